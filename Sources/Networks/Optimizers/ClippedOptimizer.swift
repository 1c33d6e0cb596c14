import Tensors

/// An optimizer that sees no gradient longer than a bound (Pascanu, Mikolov & Bengio 2013):
/// g ← g·min(1, bound/‖g‖), where ‖g‖ is the Euclidean norm over all parameters together.
///
/// ```swift
/// let optimizer = ClippedOptimizer(Adam(learningRate: 1e-3), norm: 1)
/// ```
public final class ClippedOptimizer: Optimizer {
  /// The bound.
  public let norm: Double
  /// Takes the steps.
  package let optimizer: any Optimizer

  /// - Parameters:
  ///   - optimizer: Takes the steps.
  ///   - norm: The longest gradient; must be positive.
  public init(_ optimizer: any Optimizer, norm: Double) {
    precondition(norm > 0, "ClippedOptimizer: the bound \(norm) is not positive")
    (self.optimizer, self.norm) = (optimizer, norm)
  }

  public var learningRate: Double {
    get { optimizer.learningRate }
    set { optimizer.learningRate = newValue }
  }

  public func update(_ parameters: [Parameter], along gradients: [Tensor]) {
    let square = gradients.reduce(0) {
      $0 + $1.detached.cast(to: .float64).squared.sum().doubleValue
    }
    let length = square.squareRoot()
    let bounded = length > norm ? gradients.map { $0 * (norm / length) } : gradients
    optimizer.update(parameters, along: bounded)
  }

  public var state: [String: Tensor] { optimizer.state }

  public func restore(_ state: [String: Tensor], of parameters: [Parameter]) throws {
    try optimizer.restore(state, of: parameters)
  }
}
