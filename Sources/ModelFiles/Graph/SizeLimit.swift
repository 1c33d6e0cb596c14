import Exchange
import Tensors

/// Keeps a file of a few bytes from asking for more memory than there is.
enum SizeLimit {
  /// The most numbers that a value may have: as many `Float32` as fill a quarter of the machine's
  /// memory, so that a few of them fit.
  static let count = MachineMemory.bytes / 16

  /// - Throws: ``TorchError`` when a value of this shape is too large.
  static func check(shape: [Int]) throws {
    if shape.reduce(1.0, { $0 * Double(max($1, 1)) }) > Double(count) {
      throw refusal("of shape \(shape)")
    }
  }

  /// - Parameter count: How many numbers all values have that the graph still needs.
  /// - Throws: ``TorchError`` when they are too many.
  static func check(live count: Int) throws {
    guard count > 2 * Self.count else { return }
    throw TorchError("its values up to here would be more than half of the memory of this machine")
  }

  /// Arguments that are the shape of a result, or multiply one.
  private static let lengths: Set = ["size", "output_size", "repeats"]

  /// - Throws: ``TorchError`` when the arguments ask for too large a result.
  static func check(_ called: NamedOperator, _ arguments: [Argument]) throws {
    for (formal, argument) in zip(called.arguments, arguments) {
      guard case .integers(let list) = argument, lengths.contains(formal.name) else { continue }
      var product = 1
      for length in list {
        let (next, overflows) = product.multipliedReportingOverflow(by: max(length, 1))
        guard !overflows, next <= count else { throw refusal("of \(list)") }
        product = next
      }
    }
  }

  /// - Throws: ``TorchError`` when a result is too large, such as one that repeats its elements
  ///   without taking memory yet.
  static func check(_ results: [NamedOperator.Result]) throws {
    for case .tensor(let tensor) in results {
      // Products of the other axes are taken where one is empty, too.
      try check(shape: tensor.shape)
    }
  }

  private static func refusal(_ what: String) -> TorchError {
    TorchError("a value \(what) would be more than a quarter of the memory of this machine")
  }
}
