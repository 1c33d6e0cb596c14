import Foundation

/// The posterior of a one-dimensional Gaussian mixture whose means, and optionally weights and
/// variances, are unknown.
///
/// `Σ_n log Σ_k w_k N(x_n; μ_k, v_k)` plus log-priors: μ_k ~ N(0, meanVariance); w ~ Dirichlet(α, …, α);
/// v_k ~ inverse gamma(shape, scale), density ∝ v^(−shape−1) exp(−scale / v). Densities are of the
/// draw's numbers (``MixtureParameters``), so those of w and v include their Jacobians. Where only means
/// are unknown ``MixtureMeans`` is faster.
public struct MixturePosterior: DifferentiableDistribution {
  /// Priors of what is unknown.
  public struct Prior: Codable, Hashable, Sendable {
    public var meanVariance = 100.0
    /// α of the weights.
    public var concentration = 1.0
    public var varianceShape = 2.0
    public var varianceScale = 2.0

    public init() {}
  }

  public let data: [Double]
  public let parameters: MixtureParameters
  public let prior: Prior

  public var dimension: Int { parameters.dimension }

  /// - Throws: ``ProbabilityError/invalidData(_:)`` for data that is not finite.
  public init(data: [Double], parameters: MixtureParameters, prior: Prior = Prior()) throws {
    if let n = data.firstIndex(where: { !$0.isFinite }) {
      throw ProbabilityError.invalidData(
        "Value \(n) of the data is \(data[n]); remove or fill it."
      )
    }
    guard
      [prior.meanVariance, prior.concentration, prior.varianceShape, prior.varianceScale]
        .allSatisfy({ $0 > 0 && $0.isFinite })
    else {
      throw ProbabilityError.invalidData(
        "The priors of a mixture need positive, finite numbers, not \(prior)."
      )
    }
    self.data = data
    self.parameters = parameters
    self.prior = prior
  }

  public func logDensity(at point: [Double]) -> Double {
    var gradient = point
    return logDensity(at: point, gradient: &gradient)
  }

  public func logDensity(at point: [Double], gradient: inout [Double]) -> Double {
    precondition(
      point.count == dimension && gradient.count == dimension,
      "MixturePosterior: a point of \(point.count) numbers for \(dimension)"
    )
    let values = parameters.values(of: point)
    let likelihood = MixtureLikelihood(
      data: data,
      logScales: zip(values.weights, values.variances).map {
        log($0) - 0.5 * log(2 * Double.pi * $1)
      },
      means: values.means,
      variances: values.variances
    )
    var value = likelihood.value
    for (k, mean) in values.means.enumerated() {
      value -= 0.5 * mean * mean / prior.meanVariance
      gradient[k] = likelihood.firstMoments[k] / values.variances[k] - mean / prior.meanVariance
    }
    if parameters.weights == nil {
      // The Dirichlet density Π w^(α−1) times the Jacobian Π w of log-ratios is Π w^α.
      let alpha = prior.concentration
      value += alpha * values.weights.reduce(0) { $0 + log($1) }
      let total = Double(data.count) + alpha * Double(parameters.components)
      for k in 0..<(parameters.components - 1) {
        gradient[parameters.firstLogRatio + k] =
          likelihood.shares[k] + alpha - total * values.weights[k]
      }
    }
    if parameters.variances == nil {
      for (k, variance) in values.variances.enumerated() {
        // v^(−shape−1) exp(−scale/v) times the Jacobian v of log v.
        let pull = prior.varianceScale / variance
        value -= prior.varianceShape * log(variance) + pull
        gradient[parameters.firstLogVariance + k] =
          0.5 * (likelihood.secondMoments[k] / variance - likelihood.shares[k])
          - prior.varianceShape + pull
      }
    }
    return value
  }
}
