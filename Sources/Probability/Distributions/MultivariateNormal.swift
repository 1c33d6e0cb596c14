import Mathematics

/// The normal distribution of a vector, `N(mean, covariance)`.
public struct MultivariateNormal: Distribution, DifferentiableDistribution, Codable, Hashable {
  /// `[dimension]`.
  public let mean: [Double]
  /// The Cholesky factor of the covariance.
  public let factor: Cholesky
  private let logNormalizer: Double

  public var dimension: Int { mean.count }

  /// The distribution with this mean and row-major covariance, `[dimension, dimension]`.
  ///
  /// - Throws: ``ProbabilityError/notPositiveDefinite(_:)``.
  public init(mean: [Double], covariance: [Double]) throws {
    guard let factor = Cholesky(covariance, dimension: mean.count) else {
      throw ProbabilityError.notPositiveDefinite("the covariance of a multivariate normal")
    }
    self.mean = mean
    self.factor = factor
    logNormalizer =
      Double(mean.count) * StandardNormal.logSqrtTwoPi + 0.5 * factor.logDeterminant
  }

  /// Independent coordinates with these means and standard deviations.
  public init(mean: [Double], standardDeviations: [Double]) throws {
    var covariance = [Double](repeating: 0, count: mean.count * mean.count)
    for (i, sd) in standardDeviations.enumerated() { covariance[i * mean.count + i] = sd * sd }
    try self.init(mean: mean, covariance: covariance)
  }

  public func logProbability(of value: [Double]) -> Double { logDensity(at: value) }

  public func logDensity(at point: [Double]) -> Double {
    var z = zip(point, mean).map { $0 - $1 }
    factor.solveLower(&z)
    return -0.5 * z.reduce(0) { $0 + $1 * $1 } - logNormalizer
  }

  public func logDensity(at point: [Double], gradient: inout [Double]) -> Double {
    for i in gradient.indices { gradient[i] = point[i] - mean[i] }
    factor.solveLower(&gradient)
    var square = 0.0
    for z in gradient { square += z * z }
    factor.solveUpper(&gradient)
    for i in gradient.indices { gradient[i] = -gradient[i] }
    return -0.5 * square - logNormalizer
  }

  public func sample(using random: inout RandomStream) -> [Double] {
    let z = factor.multiply((0..<dimension).map { _ in random.normal() })
    return zip(mean, z).map { $0 + $1 }
  }
}
