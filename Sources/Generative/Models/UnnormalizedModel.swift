import Distillation
import Tensors

/// A distribution over binary or real states that is known up to a constant: p(x) = p̃(x)/Z.
///
/// This is all that a teacher must give; what can also draw samples is a ``ChainModel``. As a
/// `Teacher` it is observed to have the log-density log p̃(x), and if asked its derivatives.
public protocol UnnormalizedModel: Teacher {
  /// The number of units of a state.
  var inputs: Int { get }

  /// log p̃(x) of states `[count, inputs]`: `[count]`.
  func logUnnormalized(_ states: Tensor) -> Tensor

  /// log p̃ at states `[count, inputs]`, `[count]` in Float64 from beginning to end: what differences
  /// of large numbers are made of. The default is ``logUnnormalized(_:)`` with its rounding.
  func preciseLogUnnormalized(_ states: Tensor) -> Tensor

  /// ∂log p̃/∂x at states `[count, inputs]`, of the formula continued to real x: `[count, inputs]`.
  /// The default differentiates ``logUnnormalized(_:)``.
  func inputDerivative(_ states: Tensor) -> Tensor
}

extension UnnormalizedModel {
  public func preciseLogUnnormalized(_ states: Tensor) -> Tensor {
    logUnnormalized(states).cast(to: .float64)
  }

  public func inputDerivative(_ states: Tensor) -> Tensor {
    gradient(at: states.elementType.isFloatingPoint ? states : states.cast(to: .float32)) {
      logUnnormalized($0).sum()
    }
  }

  public func observe(_ inputs: Tensor, _ request: Request) throws -> Observation {
    let states = inputs.flattened(from: 1)
    var result = Observation(logUnnormalized(states).insertingAxis(1), meaning: .logDensities)
    guard !request.features.contains("conditionals") else { throw noConditionals }
    guard request.features.isEmpty else {
      throw DistillationError("an unnormalised model has no features to observe, only log p̃")
    }
    switch request.derivatives {
    case .none: break
    case .all: result.derivatives = inputDerivative(states).insertingAxis(1)
    case .along(let directions):
      // One output: every projection is its derivative times a number.
      result.projection = .init(
        directions: directions,
        derivatives: directions * inputDerivative(states).insertingAxis(1)
      )
    }
    return result
  }
}

/// A teacher made of a function log p̃: all that is known of some model.
///
/// ```swift
/// let teacher = UnnormalizedFunction(inputs: 16) { energy($0) * -1 }
/// ```
public struct UnnormalizedFunction: UnnormalizedModel {
  public let inputs: Int
  private let body: (Tensor) -> Tensor

  /// - Parameter body: log p̃ of `[count, inputs]`: `[count]`, differentiable for score matching.
  public init(inputs: Int, _ body: @escaping (_ states: Tensor) -> Tensor) {
    self.inputs = inputs
    self.body = body
  }

  public func logUnnormalized(_ states: Tensor) -> Tensor { body(states) }
}
