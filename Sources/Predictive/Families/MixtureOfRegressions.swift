import Distillation
import Foundation
import Mathematics
import Networks
import Probability
import Tensors

/// A closed-form regression: p(y | x) = Σ_k a_k N(y; w_k · x, s_k²) of numbers, or
/// Σ_k a_k Poisson(y; exp(w_k · x)) of counts.
///
/// The posterior predictive of linear and Poisson regression is such a mixture of as many components
/// as there are draws; here a few, fitted by ``negativeLogLikelihood`` on predictive samples.
public struct MixtureOfRegressions: Module {
  public enum Outcome: String, Codable, Sendable, CaseIterable {
    case normal, poisson
  }

  /// w, `[components, inputs]`.
  public let coefficients: Parameter
  /// The logarithms of the weights up to a constant, `[components]`; a buffer when they are fixed.
  public let logWeights: Parameter
  /// log s, `[components]`; a buffer that nothing reads for counts.
  public let logDeviations: Parameter
  public let outcome: Outcome

  public var components: Int { coefficients.shape[0] }
  public var inputs: Int { coefficients.shape[1] }

  /// - Parameters:
  ///   - coefficients: `[components][inputs]`.
  ///   - deviations: s, of numbers; counts have none. The default is 1.
  ///   - weights: Positive, in any scale. The default is equal weights.
  ///   - weightsAreFixed: Whether training leaves the weights alone.
  public init(
    _ coefficients: [[Double]],
    _ outcome: Outcome,
    deviations: [Double]? = nil,
    weights: [Double]? = nil,
    weightsAreFixed: Bool = false
  ) {
    let weights = weights ?? coefficients.map { _ in 1 }
    let deviations = deviations ?? coefficients.map { _ in 1 }
    precondition(
      !coefficients.isEmpty && weights.count == coefficients.count
        && deviations.count == coefficients.count
        && (weights + deviations).allSatisfy { $0 > 0 && $0.isFinite },
      "MixtureOfRegressions: \(weights.count) weights and \(deviations.count) deviations for "
        + "\(coefficients.count) components; must be as many, and positive"
    )
    let total = weights.reduce(0, +)
    self.coefficients = Parameter(Tensor(coefficients))
    logWeights = Parameter(
      Tensor(weights.map { log($0 / total) }),
      role: weightsAreFixed ? .buffer : .trained
    )
    logDeviations = Parameter(
      Tensor(deviations.map { log($0) }),
      role: outcome == .normal ? .trained : .buffer
    )
    self.outcome = outcome
  }

  /// The predictors w_k · x, `[batch, components]`.
  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    input.linear(weight: coefficients.value)
  }

  /// The weights a, adding to one.
  public var weights: [Double] { logWeights.value.softmax().scalars() }

  /// s; meaningless for counts.
  public var deviations: [Double] { logDeviations.value.exponential.scalars() }

  /// log p(y | x) of outcomes `[batch]` whose predictors are known.
  private func logProbabilities(_ predictors: Tensor, _ outcomes: Tensor) -> Tensor {
    let y = outcomes.insertingAxis(1)
    let terms =
      switch outcome {
      case .normal:
        ((y - predictors) * (-logDeviations.value).exponential).squared * -0.5
          - logDeviations.value - StandardNormal.logSqrtTwoPi
      case .poisson: y * predictors - predictors.exponential - (y + 1).logGamma
      }
    return (terms + logWeights.value.logSoftmax()).logSumExp(along: 1)
  }

  /// −log p(y | x), mean over the batch, of outcomes y that are the batch's labels, `[batch]` real
  /// numbers. Unbiased online when each y is drawn from its own draw's prediction
  /// (``PredictiveSamples``).
  public var negativeLogLikelihood: Loss {
    let mixture = self
    return Loss("negativeLogLikelihood", needs: Needs(labels: true)) { comparison in
      let outcomes = try comparison.labelled()
      return -mixture.logProbabilities(comparison.student.values, outcomes).mean()
    }.unbiasedOnline()
  }

  /// p(y | x) at one input, `[inputs]`.
  public func distribution(at input: [Double]) -> PredictedOutcome {
    let flat = coefficients.value.scalars(Double.self)
    let predictors = (0..<components).map { k in
      input.indices.reduce(0.0) { $0 + flat[k * inputs + $1] * input[$1] }
    }
    return switch outcome {
    case .normal: .normals(weights: weights, means: predictors, deviations: deviations)
    case .poisson: .poissons(weights: weights, means: predictors.map { exp($0) })
    }
  }
}

extension MixtureOfRegressions: CustomStringConvertible {
  public var description: String { formula() }
}

extension MixtureOfRegressions: Codable {
  private enum CodingKeys: CodingKey {
    case family, outcome, weights, coefficients, deviations, weightsAreFixed, formula
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode("mixture of regressions", forKey: .family)
    try container.encode(outcome, forKey: .outcome)
    try container.encode(weights, forKey: .weights)
    try container.encode(coefficients.rows, forKey: .coefficients)
    if outcome == .normal { try container.encode(deviations, forKey: .deviations) }
    try container.encode(logWeights.role == .buffer, forKey: .weightsAreFixed)
    try container.encode(description, forKey: .formula)
  }

  /// - Throws: `DecodingError` when weights, coefficients and deviations do not fit together.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let coefficients = try container.decode([[Double]].self, forKey: .coefficients)
    let weights = try container.decode([Double].self, forKey: .weights)
    let deviations = try container.decodeIfPresent([Double].self, forKey: .deviations)
    try container.require(
      coefficients.count == weights.count && coefficients.first?.isEmpty == false
        && deviations?.count ?? weights.count == weights.count
        && coefficients.allSatisfy {
          $0.count == coefficients[0].count && $0.areModerate
        }
        && weights.areWeights && (deviations ?? []).areScales,
      .coefficients,
      "a mixture needs a positive weight and deviation for each row of coefficients, and rows of "
        + "one length, all below 1e75"
    )
    self.init(
      coefficients,
      try container.decode(Outcome.self, forKey: .outcome),
      deviations: deviations,
      weights: weights,
      weightsAreFixed: try container.decode(Bool.self, forKey: .weightsAreFixed)
    )
  }
}
