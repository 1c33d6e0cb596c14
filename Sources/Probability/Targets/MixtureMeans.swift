import Foundation

/// The posterior of the means of a one-dimensional Gaussian mixture with known weights and
/// variances: `Σ_n log Σ_k weight_k N(x_n; μ_k, variance_k) + Σ_k log N(μ_k; 0, priorVariance)`.
///
/// The second experiment of the thesis has weights ⅓, variances 2, 5, 1 and a prior variance of 100.
public struct MixtureMeans: DifferentiableDistribution {
  public let data: [Double]
  public let variances: [Double]
  public let priorVariance: Double
  /// `log weight_k − ½ log(2π variance_k)`.
  private let logScales: [Double]

  public var dimension: Int { variances.count }

  /// - Throws: ``ProbabilityError/invalidData(_:)`` when the numbers do not fit together.
  public init(
    data: [Double],
    weights: [Double],
    variances: [Double],
    priorVariance: Double
  ) throws {
    guard weights.count == variances.count, !weights.isEmpty, data.allSatisfy(\.isFinite) else {
      throw ProbabilityError.invalidData(
        "A mixture needs finite data and one variance for each of its \(weights.count) weights."
      )
    }
    guard (weights + variances + [priorVariance]).allSatisfy({ $0 > 0 && $0.isFinite }) else {
      throw ProbabilityError.invalidData(
        "The weights and variances of a mixture must be positive and finite."
      )
    }
    self.data = data
    self.variances = variances
    self.priorVariance = priorVariance
    let total = weights.reduce(0, +)
    logScales = zip(weights, variances).map { log($0 / total) - 0.5 * log(2 * Double.pi * $1) }
  }

  public func logDensity(at point: [Double]) -> Double {
    var gradient = point
    return logDensity(at: point, gradient: &gradient)
  }

  public func logDensity(at point: [Double], gradient: inout [Double]) -> Double {
    var value = 0.0
    for k in variances.indices {
      value -= 0.5 * point[k] * point[k] / priorVariance
      gradient[k] = -point[k] / priorVariance
    }
    var terms = logScales
    for x in data {
      for k in variances.indices {
        terms[k] = logScales[k] - 0.5 * (x - point[k]) * (x - point[k]) / variances[k]
      }
      let total = logSumExp(terms)
      value += total
      for k in variances.indices {
        gradient[k] += exp(terms[k] - total) * (x - point[k]) / variances[k]
      }
    }
    return value
  }
}
