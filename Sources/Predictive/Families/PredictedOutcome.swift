import Foundation
import Mathematics
import Probability

/// The distribution of a number or a count at one input: a mixture of normals or of Poissons.
public enum PredictedOutcome: Sendable, Hashable {
  case normals(weights: [Double], means: [Double], deviations: [Double])
  case poissons(weights: [Double], means: [Double])

  private var weights: [Double] {
    switch self {
    case .normals(let weights, _, _), .poissons(let weights, _): weights
    }
  }

  private var means: [Double] {
    switch self {
    case .normals(_, let means, _), .poissons(_, let means): means
    }
  }

  private var deviations: [Double] {
    switch self {
    case .normals(_, _, let deviations): deviations
    case .poissons(_, let means): means.map { $0.squareRoot() }
    }
  }

  /// Whether every mean and deviation is a number; a predictor far out, or its exponential, may be
  /// none.
  public var isFinite: Bool { (means + deviations).allSatisfy(\.isFinite) }

  public var mean: Double { zip(weights, means).reduce(0) { $0 + $1.0 * $1.1 } }

  /// Σ a_k (s_k² + m_k²) − mean²; infinite where it overflows.
  public var variance: Double { deviation * deviation }

  /// The square root of the variance, also where the variance overflows.
  public var deviation: Double {
    let centre = mean
    let reaches = zip(means, deviations).map { hypot($0 - centre, $1) }
    guard let most = reaches.max(), most > 0 else { return 0 }
    let squares = zip(weights, reaches).reduce(0) { $0 + $1.0 * ($1.1 / most) * ($1.1 / most) }
    return most * squares.squareRoot()
  }

  /// The log-density of a number, the log-probability of a count.
  public func logProbability(of value: Double) -> Double {
    logSumExp(
      weights.indices.map { k in
        switch self {
        case .normals(let weights, let means, let deviations):
          log(weights[k]) + Normal.logDensity(value, means[k], deviations[k])
        case .poissons(let weights, let means):
          log(weights[k]) + PoissonFunctions.logProbability(value, mean: means[k])
        }
      }
    )
  }

  public func sample(using random: inout RandomStream) -> Double {
    let k = Categorical(weights: weights).sample(using: &random)
    return switch self {
    case .normals(_, let means, let deviations): means[k] + deviations[k] * random.normal()
    case .poissons(_, let means): random.poissonCount(mean: means[k])
    }
  }
}

extension PredictedOutcome: LineDistribution {
  public func cumulative(_ value: Double) -> Double {
    switch self {
    case .normals(let weights, let means, let deviations):
      return weights.indices.reduce(0) {
        let z = (value - means[$1]) / deviations[$1]
        return $0 + weights[$1] * 0.5 * erfc(-z * 0.5.squareRoot())
      }
    case .poissons(let weights, let means):
      return zip(weights, means).reduce(0) {
        $0 + $1.0 * PoissonFunctions.cumulative(value, mean: $1.1)
      }
    }
  }

  public var bracket: ClosedRange<Double> {
    let reach = 4 * deviation
    return (means.min()! - reach)...(means.max()! + reach)
  }

  /// The value below which an outcome falls with a probability; of counts the smallest for which
  /// P(y ≤ count) is as large.
  public func quantile(_ probability: Double) -> Double {
    guard case .poissons(_, let means) = self else { return bisectedQuantile(probability) }
    return PoissonFunctions.quantile(
      probability,
      from: means.max()! + 4 * deviation,
      cumulative: cumulative
    )
  }
}
