import Foundation

/// The posterior of a linear regression whose noise is not known: outcomes are x · w + σ ε with ε standard
/// normal, or Student's t of ν degrees of freedom that are known or not.
///
/// A point is `[w, log σ]`, and then log(ν − 1) where ν is not known. Priors, in the units of the outcomes:
/// the given one of w; σ exponential of mean 1, as of outcomes that were standardised; ν Gamma(2, 0.1) above
/// 1 (Juárez & Steel, *Journal of Business & Economic Statistics* 28, 2010).
public struct ScaleRegression: DifferentiableDistribution {
  /// What is known of the tails of the noise.
  public enum Tails: Hashable, Sendable {
    case normal
    case studentT(degreesOfFreedom: Double)
    case unknown
  }

  public let tails: Tails
  public let prior: GaussianPrior
  private let inputs: [[Double]]
  private let outcomes: [Double]

  public var dimension: Int { prior.dimension + (tails == .unknown ? 2 : 1) }

  /// - Parameters:
  ///   - inputs: `[count][weights]`.
  ///   - outcomes: `[count]`.
  /// - Throws: ``ProbabilityError/invalidData(_:)`` when the numbers do not fit together.
  public init(
    inputs: [[Double]],
    outcomes: [Double],
    tails: Tails = .normal,
    prior: GaussianPrior
  ) throws {
    try requireRows(inputs, outcomes: outcomes.count, dimension: prior.dimension)
    if let wrong = outcomes.firstIndex(where: { !$0.isFinite }) {
      throw ProbabilityError.invalidData("Outcome \(wrong) is \(outcomes[wrong]).")
    }
    if case .studentT(let nu) = tails, !(nu > 0 && nu.isFinite) {
      throw ProbabilityError.invalidData("\(nu) degrees of freedom; they must be positive.")
    }
    (self.inputs, self.outcomes, self.tails, self.prior) = (inputs, outcomes, tails, prior)
  }

  /// σ, and ν where there is one, of a point.
  public func noise(of point: [Double]) -> (scale: Double, degreesOfFreedom: Double?) {
    let scale = exp(point[prior.dimension])
    switch tails {
    case .normal: return (scale, nil)
    case .studentT(let nu): return (scale, nu)
    case .unknown: return (scale, 1 + exp(point[prior.dimension + 1]))
    }
  }

  public func logDensity(at point: [Double]) -> Double {
    var gradient = [Double](repeating: 0, count: dimension)
    return logDensity(at: point, gradient: &gradient)
  }

  public func logDensity(at point: [Double], gradient: inout [Double]) -> Double {
    let width = prior.dimension
    let (scale, nu) = noise(of: point)
    for j in gradient.indices { gradient[j] = 0 }
    // σ exponential, by its logarithm.
    var value = point[width] - scale
    gradient[width] = 1 - scale
    var ofFreedom = 0.0
    let each: (constant: Double, slope: Double) = nu.map(Self.constant) ?? (0, 0)
    value += Double(outcomes.count) * (each.constant - point[width])
    for (row, outcome) in zip(inputs, outcomes) {
      var eta = 0.0
      for j in 0..<width { eta += row[j] * point[j] }
      let z = (outcome - eta) / scale
      // pull = −z d log p / dz, the slope of log σ beside −1.
      let pull: Double
      if let nu {
        let ratio = z * z / nu
        value -= 0.5 * (nu + 1) * log1p(ratio)
        pull = (nu + 1) * ratio / (1 + ratio)
        ofFreedom += each.slope - 0.5 * log1p(ratio) + 0.5 * pull / nu
      } else {
        value -= 0.5 * z * z
        pull = z * z
      }
      gradient[width] += pull - 1
      let slope = z == 0 ? 0 : pull / z / scale
      for j in 0..<width { gradient[j] += slope * row[j] }
    }
    if tails == .unknown, let nu {
      value += log(nu) - 0.1 * nu + point[width + 1]
      gradient[width + 1] = (ofFreedom + 1 / nu - 0.1) * (nu - 1) + 1
    }
    value += gradient.withUnsafeMutableBufferPointer { gradient in
      point.withUnsafeBufferPointer {
        prior.logDensity(at: $0.baseAddress!, addingGradientTo: gradient.baseAddress!)
      }
    }
    return value
  }

  /// log Γ((ν + 1)/2) − log Γ(ν/2) − ½ log ν, and its slope.
  private static func constant(_ nu: Double) -> (constant: Double, slope: Double) {
    (
      lgamma(0.5 * (nu + 1)) - lgamma(0.5 * nu) - 0.5 * log(nu),
      0.5 * (digamma(0.5 * (nu + 1)) - digamma(0.5 * nu) - 1 / nu)
    )
  }

  /// ψ(x) for x > 0: by its recurrence to 10, and there by its asymptotic series.
  static func digamma(_ x: Double) -> Double {
    var (x, sum) = (x, 0.0)
    while x < 10 {
      sum -= 1 / x
      x += 1
    }
    let r = 1 / (x * x)
    let series = r * (1 / 12.0 - r * (1 / 120.0 - r * (1 / 252.0 - r * (1 / 240.0 - r / 132))))
    return sum + log(x) - 0.5 / x - series
  }
}
