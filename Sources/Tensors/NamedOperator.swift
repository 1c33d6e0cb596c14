import CTorch

/// A libtorch operator whose name is known only when a file is read.
package final class NamedOperator {
  /// What it does to the memory of an argument.
  package enum Aliasing {
    case reads
    /// A result may share it.
    case shares
    case writes
  }

  /// One of its arguments.
  package struct Formal {
    package let name: String
    package let aliasing: Aliasing
  }

  /// A result of a call.
  package enum Result {
    case none
    case tensor(Tensor)
    case integer(Int)
    case real(Double)
    case bool(Bool)
  }

  /// Such as `aten::add.Tensor`.
  package let name: String
  package let arguments: [Formal]
  /// Whether it draws random numbers.
  package let isRandom: Bool
  private let raw: dt_operator

  /// Nil when libtorch has no operator of that name.
  package init?(_ name: String, _ overload: String) {
    guard let raw = dt_operator_find(name, overload) else { return nil }
    self.raw = raw
    self.name = overload.isEmpty ? name : "\(name).\(overload)"
    isRandom = dt_operator_is_random(raw)
    arguments = (0..<dt_operator_arguments(raw)).map { index in
      let aliasing: Aliasing =
        switch dt_operator_aliasing(raw, index) {
        case DT_WRITES: .writes
        case DT_SHARES: .shares
        default: .reads
        }
      return Formal(name: String(cString: dt_operator_argument(raw, index)), aliasing: aliasing)
    }
  }

  deinit { dt_operator_release(raw) }

  /// The results of a call, lists laid flat.
  ///
  /// - Parameters:
  ///   - arguments: In the schema's order.
  ///   - capacity: How many results there are.
  /// - Throws: ``TorchError`` with what libtorch refused, or when there are fewer or more results.
  package func results(_ arguments: [Argument], capacity: Int) throws -> [Result] {
    try withUnsafeTemporaryAllocation(of: dt_value.self, capacity: max(capacity, 1)) { buffer in
      let produced = arguments.withValues {
        dt_call_values(raw, $0, Int32(arguments.count), buffer.baseAddress, Int32(capacity))
      }
      guard produced >= 0 else { throw TorchError(String(cString: dt_last_error())) }
      let results = (0..<min(produced, capacity)).map { Result(owning: buffer[$0]) }
      guard produced == capacity else {
        throw TorchError("\(produced) results where \(capacity) are expected")
      }
      return results
    }
  }
}

extension NamedOperator.Result {
  fileprivate init(owning value: dt_value) {
    self =
      switch UInt32(value.kind) {
      case DT_TENSOR.rawValue: .tensor(Tensor(owning: value.as.tensor))
      case DT_INTEGER.rawValue: .integer(Int(value.as.integer))
      case DT_REAL.rawValue: .real(value.as.real)
      case DT_BOOL.rawValue: .bool(value.as.integer != 0)
      default: .none
      }
  }
}
