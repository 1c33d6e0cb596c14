import Distillation
import Foundation
import Tensors

/// Mean predictions on their way to an observation.
struct Prediction {
  /// `[batch, outputs]`.
  let values: Tensor
  /// `[batch, outputs, inputs]`.
  let slopes: Tensor?
  let quantity: PredictedQuantity

  /// The observation: logarithms of probabilities and densities, ∇log p = ∇p / p; means as they are.
  func observation(_ elementType: ElementType) -> Observation {
    guard quantity != .means else {
      return Observation(
        values.cast(to: elementType),
        meaning: .reals,
        derivatives: slopes?.cast(to: elementType)
      )
    }
    // What is smaller has underflowed: its logarithm stays finite, its derivatives are zero.
    let positive = values.clamped(min: .leastNormalMagnitude)
    return Observation(
      positive.logarithm.cast(to: elementType),
      meaning: quantity == .densities ? .logDensities : .logProbabilities,
      derivatives: slopes.map { ($0 / positive.insertingAxis(2)).cast(to: elementType) }
    )
  }
}

extension PredictiveModel {
  /// Checks what is asked of the model against what it has.
  func check(_ inputs: Tensor, _ request: Request) throws {
    guard inputs.rank == 2, inputs.shape[1] == self.inputs else {
      throw DistillationError(
        "the posterior predictive takes \(self.inputs) numbers for each example, not inputs of "
          + "shape \(inputs.shape)"
      )
    }
    guard request.features.isEmpty else {
      throw DistillationError(
        "a posterior predictive has no intermediate features: choose a loss of values"
      )
    }
    if !hasSlopes, request.wantsDerivatives {
      throw DistillationError(
        "this model gives no derivatives: choose a loss of values, such as softCrossEntropy()"
      )
    }
  }
}

extension Request {
  /// Whether derivatives are asked for in any form.
  var wantsDerivatives: Bool {
    if case .none = derivatives { return false }
    return true
  }
}
