import Foundation
import Mathematics

extension PredictedOutcome {
  /// The continuous ranked probability score ∫ (F(z) − 1{y ≤ z})² dz, of counts the sum over whole
  /// numbers, in units of the outcome; smaller is better (Gneiting & Raftery, *Strictly proper scoring
  /// rules, prediction, and estimation*, 2007).
  ///
  /// Mixtures of normals have it in closed form (Grimit, Gneiting, Berrocal & Johnson 2006).
  ///
  /// - Parameter value: The outcome y.
  public func rankedProbabilityScore(of value: Double) -> Double {
    switch self {
    case .normals(let weights, let means, let deviations):
      // E|y − y'| of a normal with this mean and deviation.
      func distance(_ mean: Double, _ deviation: Double) -> Double {
        guard deviation > 0 else { return abs(mean) }
        let z = mean / deviation
        let density = exp(-0.5 * z * z - StandardNormal.logSqrtTwoPi)
        return 2 * deviation * density + mean * (2 * StandardNormal.cumulative(z) - 1)
      }
      var score = 0.0
      for i in weights.indices {
        score += weights[i] * distance(value - means[i], deviations[i])
        for j in weights.indices {
          score -=
            0.5 * weights[i] * weights[j]
            * distance(means[i] - means[j], hypot(deviations[i], deviations[j]))
        }
      }
      return max(0, score)
    case .poissons: return countScore(of: value)
    }
  }

  /// The sum over counts: where the cumulative is 0 or 1 to rounding each term is, too.
  private func countScore(of value: Double) -> Double {
    let (low, high) = (quantile(1e-12), quantile(1 - 1e-12))
    // Counts below the outcome have F², the others (1 − F)².
    let below = sum(from: min(low, value), until: min(value, high)) { $0 * $0 }
    let above = sum(from: max(low, value), until: high) { (1 - $0) * (1 - $0) }
    return below + above + max(0, value - high) + max(0, low - value)
  }

  /// Σ f(F(k)) over counts; of many the middle of each of some thousand runs stands for all of it.
  private func sum(from start: Double, until end: Double, _ term: (Double) -> Double) -> Double {
    guard end > start else { return 0 }
    let width = max(1, ((end - start) / 4_096).rounded(.up))
    var (sum, place) = (0.0, start)
    while place < end {
      let length = min(width, end - place)
      sum += length * term(cumulative(place + ((length - 1) / 2).rounded(.down)))
      place += length
    }
    return sum
  }
}
