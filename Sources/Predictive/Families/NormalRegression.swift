import Foundation
import Probability
import Tensors

/// What one normal distribution fitted to posterior draws of a regression predicts: the predictor is
/// z = m · x + Σ_j ε_j (c_j · x) with independent standard normal ε_j, so that z ~ N(m · x, v(x)) with
/// v(x) = Σ_j (c_j · x)², and the outcome follows from it.
///
/// Probabilities are E[s(z)]; numbers are N(m · x, v(x) + s²); counts are a Poisson distribution whose
/// rate is log-normal.
public struct NormalRegression: Codable, Hashable, Sendable {
  public enum Outcome: String, Codable, Sendable, CaseIterable {
    case logistic, probit, normal, poisson
  }

  public let outcome: Outcome
  /// m, `[inputs]`.
  public let mean: [Double]
  /// c, `[at most inputs][inputs]`: Σ_j c_j c_jᵀ is the covariance of the coefficients.
  public let spreads: [[Double]]
  /// s, of numbers; others have none.
  public let noise: Double?

  public var inputs: Int { mean.count }

  /// Mean, covariance and noise, as many as are free.
  public var parameterCount: Int {
    inputs + inputs * (inputs + 1) / 2 + (noise == nil ? 0 : 1)
  }

  public init(_ outcome: Outcome, mean: [Double], spreads: [[Double]], noise: Double? = nil) {
    precondition(
      !mean.isEmpty && spreads.allSatisfy { $0.count == mean.count }
        && (noise != nil) == (outcome == .normal) && noise.map { $0 > 0 } ?? true,
      "NormalRegression: \(spreads.count) spreads for \(mean.count) coefficients; numbers need a "
        + "positive noise, others none"
    )
    (self.outcome, self.mean, self.spreads, self.noise) = (outcome, mean, spreads, noise)
  }

  /// Moments of draws `[count][inputs]`, at least one.
  public init(_ outcome: Outcome, fittedTo draws: [[Double]], noise: Double? = nil) {
    let n = draws[0].count
    let count = Double(draws.count)
    let mean = (0..<n).map { i in draws.reduce(0) { $0 + $1[i] } / count }
    var covariance = [Double](repeating: 0, count: n * n)
    for draw in draws {
      for i in 0..<n {
        for j in 0..<n { covariance[i * n + j] += (draw[i] - mean[i]) * (draw[j] - mean[j]) }
      }
    }
    covariance = covariance.map { $0 / max(count - 1, 1) }
    self.init(outcome, mean: mean, spreads: Self.factored(covariance, n), noise: noise)
  }

  /// The columns of a factor of a covariance (outer product Cholesky); those of directions in which
  /// nothing varies are left out.
  private static func factored(_ covariance: [Double], _ n: Int) -> [[Double]] {
    var left = covariance
    var columns: [[Double]] = []
    for j in 0..<n {
      let pivot = left[j * n + j]
      guard pivot > 1e-13 * covariance[j * n + j] else { continue }
      let root = pivot.squareRoot()
      let column = (0..<n).map { $0 < j ? 0 : left[$0 * n + j] / root }
      for i in j..<n {
        for k in j..<n { left[i * n + k] -= column[i] * column[k] }
      }
      columns.append(column)
    }
    return columns
  }

  /// Mean and variance of the predictor at an input, `[inputs]`.
  public func predictor(at input: [Double]) -> (mean: Double, variance: Double) {
    func dot(_ row: [Double]) -> Double { zip(row, input).reduce(0) { $0 + $1.0 * $1.1 } }
    return (dot(mean), spreads.reduce(0) { $0 + dot($1) * dot($1) })
  }

  /// log P(0 | x) and log P(1 | x) at each input, `[batch, 2]`, of two classes.
  func logProbabilities(at inputs: [[Double]], _ link: Link) -> Tensor {
    let values = inputs.flatMap { input in
      let z = predictor(at: input)
      let moments = link.moments(mean: z.mean, variance: z.variance)
      return [moments.complement, moments.value]
    }
    return Tensor(values, shape: [inputs.count, 2]).clamped(min: .leastNormalMagnitude).logarithm
  }

  /// p(y | x) at one input of a number or a count.
  func distribution(at input: [Double]) -> PredictedOutcome {
    let z = predictor(at: input)
    guard let noise else { return Self.counts(z.mean, z.variance.squareRoot()) }
    return .normals(
      weights: [1],
      means: [z.mean],
      deviations: [hypot(z.variance.squareRoot(), noise)]
    )
  }

  /// Poissons at even distances of the predictor: the trapezoidal rule, which converges exponentially
  /// once the steps are shorter than both the normal and what a count tells of its rate.
  private static func counts(_ mean: Double, _ deviation: Double) -> PredictedOutcome {
    guard deviation > 0 else { return .poissons(weights: [1], means: [exp(mean)]) }
    let rate = exp(mean + deviation)
    let step = max(min(0.5, 1 / (deviation * (rate + 1).squareRoot())), 1.0 / 32)
    let count = Int((8 / step).rounded(.up))
    let places = (-count...count).map { Double($0) * step }
    let weights = places.map { exp(-0.5 * $0 * $0) }
    let total = weights.reduce(0, +)
    return .poissons(
      weights: weights.map { $0 / total },
      means: places.map { exp(mean + deviation * $0) }
    )
  }

  /// The link of two classes; nil of others.
  var link: Link? {
    switch outcome {
    case .logistic: .logistic
    case .probit: .probit
    case .normal, .poisson: nil
    }
  }

  /// As a reader would write it; `names` are those of the inputs, empty for a constant 1.
  public func formula(_ names: [String]? = nil) -> String {
    let squares = spreads.map { "(\(Formula.linear($0, names)))²" }
    let constant = noise.map { ["\(Formula.number($0))²"] } ?? []
    let variance = (squares + constant).joined(separator: " + ")
    let head =
      switch outcome {
      case .logistic, .probit: "P(y = 1 | x) = E[\(link!.symbol)(z)], z ~ N(m, v)"
      case .normal: "p(y | x) = N(y; m, v)"
      case .poisson: "p(y | x) = E[Poisson(y; exp(z))], z ~ N(m, v)"
      }
    return "\(head), m = \(Formula.linear(mean, names)), v = \(variance.isEmpty ? "0" : variance)"
  }
}

extension NormalRegression {
  private enum CodingKeys: CodingKey {
    case family, outcome, mean, spreads, noise, formula
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode("normal regression", forKey: .family)
    try container.encode(outcome, forKey: .outcome)
    try container.encode(mean, forKey: .mean)
    try container.encode(spreads, forKey: .spreads)
    try container.encodeIfPresent(noise, forKey: .noise)
    try container.encode(formula(), forKey: .formula)
  }

  /// - Throws: `DecodingError` when the numbers do not fit together.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let outcome = try container.decode(Outcome.self, forKey: .outcome)
    let mean = try container.decode([Double].self, forKey: .mean)
    let spreads = try container.decode([[Double]].self, forKey: .spreads)
    let noise = try container.decodeIfPresent(Double.self, forKey: .noise)
    try container.require(
      !mean.isEmpty && mean.areModerate && spreads.count <= mean.count
        && spreads.allSatisfy { $0.count == mean.count && $0.areModerate }
        && (noise != nil) == (outcome == .normal) && (noise.map { [$0] } ?? []).areScales,
      .mean,
      "a normal needs a mean and spreads of one length, and of numbers a positive noise, all below "
        + "1e75"
    )
    self.init(outcome, mean: mean, spreads: spreads, noise: noise)
  }
}
