import Tensors

/// Derivatives with respect to the inputs, of log-probabilities whatever the model gave.
extension Observation {
  /// The derivatives that losses compare, `[batch, classes, inputs…]`: of the log-probabilities
  /// where the values are over classes, of the logits of labels, of the values themselves otherwise.
  ///
  /// From logits z, ∇log p_k = ∇z_k − Σ_j p_j ∇z_j; from one logit, ∇log(1−σ) = −σ∇z and
  /// ∇log σ = (1−σ)∇z; from probabilities, ∇log p_k = ∇p_k / p_k.
  ///
  /// - Throws: ``DistillationError`` when no derivatives were observed.
  public func comparedDerivatives() throws -> Tensor {
    guard let derivatives else {
      throw DistillationError(
        "derivatives are needed but were not observed: give a teacher that answers requests for "
          + "derivatives, or choose a loss of values"
      )
    }
    if meaning == .labelProbabilities {
      // Of their logits.
      let slope = (values * (1 - values)).clamped(min: Double(Float.leastNormalMagnitude))
      return Self.weigh(derivatives, by: 1 / slope)
    }
    guard meaning.isOverClasses else { return derivatives }
    switch (meaning, isBinary) {
    case (.logits, false):
      let mean = Self.weigh(derivatives, by: try probabilities()).sum(along: 1, keepingAxes: true)
      return derivatives - mean
    case (.logits, true):
      return .concatenated(
        [
          Self.weigh(derivatives, by: -values.sigmoid),
          Self.weigh(derivatives, by: (-values).sigmoid),
        ],
        along: 1
      )
    case (.logProbabilities, false):
      return derivatives
    case (.logProbabilities, true):
      // p / (1 − p), of the odds against class 0.
      let odds = values.exponential / (-values.exponentialMinusOne)
      return .concatenated([Self.weigh(derivatives, by: -odds), derivatives], along: 1)
    default:
      let both =
        isBinary ? Tensor.concatenated([-derivatives, derivatives], along: 1) : derivatives
      return Self.weigh(both, by: 1 / (try probabilities()))
    }
  }

  /// Σ_k v_k ∂log p_k/∂x, `[batch, projections, inputs…]`: those observed along the directions of
  /// this comparison, else from all derivatives.
  ///
  /// - Parameter directions: v, `[batch, projections, classes]`.
  package func derivatives(along directions: Tensor) throws -> Tensor {
    if let projection { return projection.derivatives }
    let all = try comparedDerivatives()
    return directions.matmul(all.flattened(from: 2)).reshaped(
      to: Array(directions.shape.prefix(2)) + all.shape.dropFirst(2)
    )
  }

  /// Numbers `[batch, outputs]` times derivatives `[batch, outputs, inputs…]`.
  static func weigh(_ derivatives: Tensor, by weights: Tensor) -> Tensor {
    let axes = Array(repeating: 1, count: derivatives.rank - 2)
    return derivatives * weights.reshaped(to: weights.shape + axes)
  }

  /// The values whose derivatives losses compare: log-probabilities over classes, logits of labels, else
  /// as they are.
  var comparedValues: Tensor {
    (try? meaning.isOfLabels ? labelLogits() : logProbabilities()) ?? values
  }

  /// What ``comparedValues`` are.
  var comparedMeaning: Meaning {
    meaning.isOverClasses ? .logProbabilities : meaning.isOfLabels ? .labelLogits : meaning
  }
}
