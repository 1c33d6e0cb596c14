import Foundation
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

  public var mean: Double { zip(weights, means).reduce(0) { $0 + $1.0 * $1.1 } }

  /// Σ a_k (s_k² + m_k²) − mean².
  public var variance: Double {
    let centre = mean
    return weights.indices.reduce(0) { sum, k in
      let own =
        switch self {
        case .normals(_, _, let deviations): deviations[k] * deviations[k]
        case .poissons(_, let means): means[k]
        }
      return sum + weights[k] * (own + (means[k] - centre) * (means[k] - centre))
    }
  }

  /// The log-density of a number, the log-probability of a count.
  public func logProbability(of value: Double) -> Double {
    logSumExp(
      weights.indices.map { k in
        switch self {
        case .normals(let weights, let means, let deviations):
          log(weights[k]) + Normal.logDensity(value, means[k], deviations[k])
        case .poissons(let weights, let means):
          log(weights[k]) + value * log(means[k]) - means[k] - lgamma(value + 1)
        }
      }
    )
  }

  public func sample(using random: inout RandomStream) -> Double {
    let k = Categorical(weights: weights).sample(using: &random)
    return switch self {
    case .normals(_, let means, let deviations): means[k] + deviations[k] * random.normal()
    case .poissons(_, let means): Double(random.poisson(mean: means[k]))
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
      guard value >= 0 else { return 0 }
      return weights.indices.reduce(0) { sum, k in
        var (term, total, count) = (-means[k], 0.0, 0.0)
        while count <= value.rounded(.down) {
          total += exp(term)
          count += 1
          term += log(means[k] / count)
        }
        return sum + weights[k] * min(total, 1)
      }
    }
  }

  public var bracket: ClosedRange<Double> {
    let reach = 4 * variance.squareRoot()
    return (means.min()! - reach)...(means.max()! + reach)
  }

  /// The value below which an outcome falls with a probability; of counts the smallest for which
  /// P(y ≤ count) is as large.
  public func quantile(_ probability: Double) -> Double {
    let value = bisectedQuantile(probability)
    if case .poissons = self { return value.rounded(.up) }
    return value
  }
}
