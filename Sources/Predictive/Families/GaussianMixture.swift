import Foundation
import Mathematics
import Probability

/// A closed-form density: p(y) = Σ_k a_k N(y; m_k, S_k), with full or diagonal covariances.
///
/// Fitted to draws by `fitted(to:components:…)` (batch expectation maximisation) or one batch of
/// fresh draws after another by ``StepwiseEM``, which keeps none.
public struct GaussianMixture: Distribution, Codable, Hashable {
  /// The form of covariances.
  public enum Covariance: String, Codable, Sendable, CaseIterable {
    case full, diagonal
  }

  /// a, adding to one, `[components]`.
  public let weights: [Double]
  /// `[components][dimension]`.
  public let means: [[Double]]
  /// `[components][dimension × dimension]`, row-major.
  public let covariances: [[Double]]
  private let factors: [Cholesky]
  /// log a_k − ½ log det(2π S_k).
  private let logScales: [Double]

  public var components: Int { weights.count }
  public var dimension: Int { means[0].count }

  /// - Parameters:
  ///   - weights: Positive, in any scale.
  ///   - covariances: Row-major `[dimension × dimension]` each.
  /// - Throws: ``PredictiveError`` when a covariance is not positive definite or the numbers do not
  ///   fit together.
  public init(weights: [Double], means: [[Double]], covariances: [[Double]]) throws {
    let n = means.first?.count ?? 0
    guard n > 0, weights.count == means.count, covariances.count == means.count,
      means.allSatisfy({ $0.count == n && $0.areModerate }),
      covariances.allSatisfy({ $0.count == n * n && $0.areModerate }),
      weights.allSatisfy({ $0 >= 0 }), weights.areModerate, weights.contains(where: { $0 > 0 })
    else {
      throw PredictiveError(
        "a mixture of Gaussians needs a weight, a mean and a covariance for each component, all of "
          + "one dimension and below 1e75, and weights that are not negative"
      )
    }
    let total = weights.reduce(0, +)
    self.weights = weights.map { $0 / total }
    self.means = means
    self.covariances = covariances
    factors = try covariances.enumerated().map { k, matrix in
      guard let factor = Cholesky(matrix, dimension: n) else {
        throw PredictiveError(
          "the covariance of component \(k) of the mixture is not positive definite: use fewer "
            + "components or a larger floor of variances"
        )
      }
      return factor
    }
    logScales = zip(self.weights, factors).map {
      log($0) - Double(n) * StandardNormal.logSqrtTwoPi - 0.5 * $1.logDeterminant
    }
  }

  /// On the real line.
  public init(weights: [Double], means: [Double], variances: [Double]) throws {
    try self.init(
      weights: weights,
      means: means.map { [$0] },
      covariances: variances.map { [$0] }
    )
  }

  public func logProbability(of value: [Double]) -> Double {
    precondition(
      value.count == dimension,
      "GaussianMixture: a value of \(value.count) numbers for a density in \(dimension)"
    )
    return logSumExp(
      weights.indices.map { k in
        var z = zip(value, means[k]).map { $0 - $1 }
        factors[k].solveLower(&z)
        return logScales[k] - 0.5 * z.reduce(0) { $0 + $1 * $1 }
      }
    )
  }

  /// log a − ½ log det(2π S), m and L of a component, where S = L Lᵀ:
  /// `[1 + dimension + dimension²]`.
  func parts(of component: Int) -> [Double] {
    [logScales[component]] + means[component] + factors[component].lower
  }

  public func logProbability(of value: Double) -> Double { logProbability(of: [value]) }

  public func sample(using random: inout RandomStream) -> [Double] {
    let k = Categorical(weights: weights).sample(using: &random)
    let z = factors[k].multiply((0..<dimension).map { _ in random.normal() })
    return zip(means[k], z).map { $0 + $1 }
  }

  /// Σ a_k m_k.
  public var mean: [Double] {
    (0..<dimension).map { i in zip(weights, means).reduce(0) { $0 + $1.0 * $1.1[i] } }
  }

  /// Σ a_k (S_k + m_k m_kᵀ) − mean meanᵀ, row-major.
  public var covariance: [Double] {
    let centre = mean
    return (0..<(dimension * dimension)).map { e in
      let (i, j) = (e / dimension, e % dimension)
      return weights.indices.reduce(0) {
        $0 + weights[$1]
          * (covariances[$1][e] + (means[$1][i] - centre[i]) * (means[$1][j] - centre[j]))
      }
    }
  }
}

extension GaussianMixture: LineDistribution {
  /// P(y ≤ value), of a mixture on the real line.
  public func cumulative(_ value: Double) -> Double {
    requireLine("cumulative")
    return weights.indices.reduce(0) {
      let z = (value - means[$1][0]) / factors[$1].lower[0]
      return $0 + weights[$1] * 0.5 * erfc(-z * 0.5.squareRoot())
    }
  }

  public var bracket: ClosedRange<Double> {
    requireLine("quantile")
    let centres = means.map { $0[0] }
    let widest = factors.map { $0.lower[0] }.max()!
    return (centres.min()! - 4 * widest)...(centres.max()! + 4 * widest)
  }

  private func requireLine(_ name: String) {
    precondition(
      dimension == 1,
      "GaussianMixture.\(name): only on the real line, not in \(dimension) dimensions"
    )
  }
}

extension GaussianMixture: CustomStringConvertible {
  public var description: String {
    let n = dimension
    let terms = weights.indices.map { k in
      let isDiagonal = covariances[k].indices.allSatisfy {
        $0 / n == $0 % n || covariances[k][$0] == 0
      }
      let diagonal = (0..<n).map { covariances[k][$0 * n + $0] }
      let rows = (0..<n).map { Formula.vector(Array(covariances[k][($0 * n)..<(($0 + 1) * n)])) }
      let spread =
        n == 1
        ? Formula.number(diagonal[0])
        : isDiagonal ? "diag\(Formula.vector(diagonal))" : "[\(rows.joined(separator: ", "))]"
      let mean = Formula.vector(means[k], resolving: diagonal.map { $0.squareRoot() })
      return "\(Formula.number(weights[k])) N(y; \(mean), \(spread))"
    }
    return "p(y) = " + terms.joined(separator: " + ")
  }
}

extension GaussianMixture {
  private enum CodingKeys: CodingKey {
    case family, weights, means, covariances, formula
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode("mixture of Gaussians", forKey: .family)
    try container.encode(weights, forKey: .weights)
    try container.encode(means, forKey: .means)
    try container.encode(covariances, forKey: .covariances)
    try container.encode(description, forKey: .formula)
  }

  /// - Throws: `DecodingError`, or ``PredictiveError`` when the numbers do not fit together.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    try self.init(
      weights: container.decode([Double].self, forKey: .weights),
      means: container.decode([[Double]].self, forKey: .means),
      covariances: container.decode([[Double]].self, forKey: .covariances)
    )
  }
}
