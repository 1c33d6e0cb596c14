import Tensors

/// Labels that do not exclude each other, whatever the model gave.
extension Observation {
  /// The logit of each label, `[batch, labels]`: log p − log(1 − p).
  ///
  /// Finite: probabilities of 0 and 1 count as the smallest normal number of Float32, and 1 less it.
  ///
  /// - Throws: ``DistillationError`` when the values are not of labels.
  public func labelLogits() throws -> Tensor {
    switch meaning {
    case .labelLogits: return values
    case .labelProbabilities:
      let least = Double(Float.leastNormalMagnitude)
      return values.clamped(min: least).logarithm - (1 - values).clamped(min: least).logarithm
    default:
      throw DistillationError(
        "labels that do not exclude each other cannot be had from \(meaning.words): observe the model "
          + "as labelLogits or labelProbabilities, or choose a loss for \(meaning.words)"
      )
    }
  }

  /// The probability of each label, `[batch, labels]`, softened by a temperature T: σ(z / T).
  ///
  /// - Throws: ``DistillationError`` when the values are not of labels.
  public func labelProbabilities(temperature: Double = 1) throws -> Tensor {
    if meaning == .labelProbabilities, temperature == 1 { return values }
    return (try labelLogits() / temperature).sigmoid
  }
}
