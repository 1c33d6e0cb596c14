import Tensors

/// One evaluation of a module: whether it is for training, where random numbers come from, and what
/// to note down on the way.
///
/// ```swift
/// let pass = Pass(taps: ["features"])
/// let logits = network(images, pass)
/// let features = pass.features["features"]
/// ```
public final class Pass {
  /// The generator of a training pass (dropout draws from it), or nil when evaluating.
  public let generator: RandomGenerator?

  /// The names of the intermediate values wanted.
  public let taps: Set<String>

  /// The intermediate values seen so far, by name.
  public private(set) var features: [String: Tensor] = [:]

  /// Every tap that was passed where some are wanted, with its shape without the batch axis: what
  /// there is to choose from.
  public private(set) var passed: [(name: String, shape: [Int])] = []

  /// The multiply–adds of this pass so far, where they are counted.
  public private(set) var multiplyAdds = 0

  private let isCounting: Bool
  private var path: [String] = []

  /// A pass for evaluation that notes the values of `taps`.
  ///
  /// - Parameter countsMultiplyAdds: Whether layers add up their ``multiplyAdds``.
  public init(taps: Set<String> = [], countsMultiplyAdds: Bool = false) {
    generator = nil
    self.taps = taps
    isCounting = countsMultiplyAdds
  }

  /// A pass for training: batch statistics are used and updated, dropout draws from `generator`.
  public init(training generator: RandomGenerator, taps: Set<String> = []) {
    self.generator = generator
    self.taps = taps
    isCounting = false
  }

  /// A pass for evaluation without taps.
  public static var evaluation: Pass { Pass() }

  public var isTraining: Bool { generator != nil }

  /// Notes a value under a name when it is wanted, and gives it back.
  @discardableResult
  public func tap(_ name: String, _ value: @autoclosure () -> Tensor) -> Tensor {
    let value = value()
    if taps.isEmpty { return value }
    let full = (path + [name]).joined(separator: ".")
    passed.append((full, Array(value.shape.dropFirst())))
    if taps.contains(full) { features[full] = value }
    return value
  }

  /// Adds the multiply–adds of a product, where they are counted.
  public func count(_ multiplyAdds: @autoclosure () -> Int) {
    if isCounting { self.multiplyAdds += multiplyAdds() }
  }

  /// Runs a part whose taps are named under `name`, and notes its result under that name itself.
  public func within(_ name: String, _ part: () -> Tensor) -> Tensor {
    if taps.isEmpty { return part() }
    path.append(name)
    let value = part()
    path.removeLast()
    return tap(name, value)
  }
}
