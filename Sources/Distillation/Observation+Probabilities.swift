import Foundation
import Tensors

/// Probabilities of classes, whatever the model gave.
extension Observation {
  /// log p_k, `[batch, classes]`, of the distribution softened by a temperature T:
  /// p_k ∝ exp(z_k / T) for logits z, and p_k^(1/T) renormalised otherwise.
  ///
  /// Finite for logits of any finite size; probabilities of zero count as the smallest positive
  /// normal number of Float32, 1.2e−38.
  ///
  /// - Throws: ``DistillationError`` when the values are not over classes.
  public func logProbabilities(temperature: Double = 1) throws -> Tensor {
    try requireClasses(for: "log-probabilities")
    let unsoftened: Tensor
    switch meaning {
    case .logits:
      let softened = temperature == 1 ? values : values / temperature
      return isBinary
        ? .concatenated([(-softened).logSigmoid, softened.logSigmoid], along: 1)
        : softened.logSoftmax()
    case .logProbabilities:
      unsoftened =
        isBinary
        ? .concatenated([Self.logOfPositive(-values.exponentialMinusOne), values], along: 1)
        : values
    default:
      unsoftened = Self.logOfPositive(bothClasses)
    }
    return temperature == 1 ? unsoftened : (unsoftened / temperature).logSoftmax()
  }

  /// p_k, `[batch, classes]`, softened by a temperature as in ``logProbabilities(temperature:)``.
  ///
  /// - Throws: ``DistillationError`` when the values are not over classes.
  public func probabilities(temperature: Double = 1) throws -> Tensor {
    if meaning == .probabilities && temperature == 1 { return bothClasses }
    if meaning == .logits && !isBinary {
      try requireClasses(for: "probabilities")
      return (temperature == 1 ? values : values / temperature).softmax()
    }
    return try logProbabilities(temperature: temperature).exponential
  }

  /// The logit of class 1 against class 0, `[batch, 1]`: log p₁ − log p₀.
  ///
  /// - Throws: ``DistillationError`` when the values are not over two classes.
  public func binaryLogit() throws -> Tensor {
    if meaning == .logits && isBinary { return values }
    guard meaning.isOverClasses, classCount == 2 else {
      throw DistillationError(
        "a single logit needs an observation of two classes, not of \(outputCount) \(meaning.words)"
      )
    }
    let both = meaning == .logits ? values : try logProbabilities()
    return both.slicing(1..<2, along: 1) - both.slicing(0..<1, along: 1)
  }

  /// The probabilities given, one output completed to two classes.
  private var bothClasses: Tensor {
    isBinary ? .concatenated([1 - values, values], along: 1) : values
  }

  /// The logarithm, of the smallest normal Float32 where there is no positive number.
  private static func logOfPositive(_ numbers: Tensor) -> Tensor {
    numbers.clamped(min: Double(Float.leastNormalMagnitude)).logarithm
  }

  func requireClasses(for purpose: String) throws {
    guard classes == nil else {
      throw DistillationError(
        "\(purpose) of all classes cannot be had from the \(outputCount) most probable ones: use "
          + "topKullbackLeibler, or observe the teacher in full"
      )
    }
    guard meaning.isOverClasses else {
      throw DistillationError(
        "\(purpose) cannot be had from \(meaning.words): observe the model as logits, "
          + "logProbabilities or probabilities, or choose a loss for \(meaning.words)"
      )
    }
  }
}

extension Observation.Meaning {
  /// The meaning in a sentence.
  var words: String {
    switch self {
    case .logits: "logits"
    case .logProbabilities: "log-probabilities"
    case .probabilities: "probabilities"
    case .logDensities: "log-densities"
    case .reals: "real numbers"
    case .labelLogits: "logits of labels"
    case .labelProbabilities: "probabilities of labels"
    }
  }
}
