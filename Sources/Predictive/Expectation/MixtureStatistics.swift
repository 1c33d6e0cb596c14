import Foundation
import Probability

/// What a Gaussian mixture needs to know of data: for each component the sums of responsibilities r,
/// of r y, and of r (y yᵀ).
struct MixtureStatistics: Sendable, Codable {
  let dimension: Int
  /// `[components]`.
  var counts: [Double]
  /// `[components × dimension]`.
  var sums: [Double]
  /// `[components × dimension × dimension]`.
  var products: [Double]

  init(components: Int, dimension: Int) {
    self.dimension = dimension
    counts = [Double](repeating: 0, count: components)
    sums = [Double](repeating: 0, count: components * dimension)
    products = [Double](repeating: 0, count: components * dimension * dimension)
  }

  /// Those that a mixture expects of one value of its own.
  init(of mixture: GaussianMixture) {
    self.init(components: mixture.components, dimension: mixture.dimension)
    let n = dimension
    for k in counts.indices {
      let (a, m) = (mixture.weights[k], mixture.means[k])
      counts[k] = a
      for i in 0..<n {
        sums[k * n + i] = a * m[i]
        for j in 0..<n {
          products[(k * n + i) * n + j] = a * (mixture.covariances[k][i * n + j] + m[i] * m[j])
        }
      }
    }
  }

  /// The means over values of r (1, y, y yᵀ) under a mixture, and of the values' log-probabilities.
  static func expected(
    of values: [[Double]],
    under mixture: GaussianMixture
  ) -> (statistics: MixtureStatistics, logProbability: Double) {
    var result = MixtureStatistics(components: mixture.components, dimension: mixture.dimension)
    let n = mixture.dimension
    var total = 0.0
    for y in values {
      let terms = mixture.logTerms(at: y)
      let log = logSumExp(terms)
      total += log
      for k in terms.indices {
        let r = exp(terms[k] - log)
        result.counts[k] += r
        for i in 0..<n {
          result.sums[k * n + i] += r * y[i]
          for j in 0..<n { result.products[(k * n + i) * n + j] += r * y[i] * y[j] }
        }
      }
    }
    result.scale(by: 1 / Double(values.count))
    return (result, total / Double(values.count))
  }

  private mutating func scale(by factor: Double) {
    for i in counts.indices { counts[i] *= factor }
    for i in sums.indices { sums[i] *= factor }
    for i in products.indices { products[i] *= factor }
  }

  /// Moves a share of the way to other statistics.
  mutating func move(_ share: Double, to other: MixtureStatistics) {
    for i in counts.indices { counts[i] += share * (other.counts[i] - counts[i]) }
    for i in sums.indices { sums[i] += share * (other.sums[i] - sums[i]) }
    for i in products.indices { products[i] += share * (other.products[i] - products[i]) }
  }

  /// The mixture that makes these statistics most probable: a = s, m = s_y / a,
  /// S = s_yy / a − m mᵀ, variances no smaller than the floor. A component that lost all its weight
  /// stays where it was.
  func mixture(
    _ form: GaussianMixture.Covariance,
    floor: Double,
    after previous: GaussianMixture
  ) throws -> GaussianMixture {
    let n = dimension
    var means = previous.means
    var covariances = previous.covariances
    for k in counts.indices where counts[k] > 1e-12 {
      let m = (0..<n).map { sums[k * n + $0] / counts[k] }
      means[k] = m
      for e in 0..<(n * n) {
        let (i, j) = (e / n, e % n)
        let covariance = products[k * n * n + e] / counts[k] - m[i] * m[j]
        covariances[k][e] = i == j ? max(covariance, floor) : form == .full ? covariance : 0
      }
      // Rounding or a floor may spoil a covariance of correlated coordinates: widen it until it is
      // one again.
      var ridge = floor
      while Cholesky(covariances[k], dimension: n) == nil {
        for i in 0..<n { covariances[k][i * n + i] += ridge }
        ridge *= 2
      }
    }
    return try GaussianMixture(
      weights: counts.map { max($0, 1e-12) },
      means: means,
      covariances: covariances
    )
  }
}
