import Foundation
import Networks
import Probability

/// Expectation maximisation on a stream: a Gaussian mixture that follows batch after batch of fresh
/// values and keeps none of them.
///
/// ```swift
/// var fit = StepwiseEM(from: start, steps: .power(0.7))
/// while let batch = nextBatch() { try fit.update(with: batch) }
/// print(fit.mixture)
/// ```
///
/// s ← (1 − η_i) s + η_i ŝ with ŝ the batch's mean of r (1, y, y yᵀ), then a = s, m = s_y / a,
/// S = s_yy / a − m mᵀ, with y in coordinates in which the start has mean 0 and deviation 1. Cappé & Moulines, *On-line expectation-maximization algorithm for latent data
/// models* (2009). When every value is an ancestral draw (parameters from the chain, then the value
/// from the model) this is online maximum likelihood of the compact predictive.
public struct StepwiseEM: Sendable, Codable {
  /// The step lengths η_i of updates i = 0, 1, 2, …
  public enum Steps: Sendable, Codable {
    /// (i + 2)^−κ; ½ < κ ≤ 1 converges.
    case power(Double)
    /// From 1 to 0 in a straight line over this many updates.
    case linear(over: Int)

    func length(_ index: Int) -> Double {
      switch self {
      case .power(let kappa): pow(Double(index) + 2, -kappa)
      case .linear(let count): max(0, 1 - Double(index) / Double(count))
      }
    }
  }

  /// The mixture after the latest update.
  public private(set) var mixture: GaussianMixture
  /// Updates made.
  public private(set) var updates = 0
  public let steps: Steps
  public let covariance: GaussianMixture.Covariance
  /// The least variance, as a share of the start's in each coordinate.
  public let floor: Double
  private var statistics: MixtureStatistics

  /// - Parameters:
  ///   - start: Where to begin; ``GaussianMixture/spread(over:components:covariance:using:)`` over a
  ///     first batch is a good place.
  ///   - steps: The default is κ = 0.7, which forgets the start soon and still averages.
  ///   - floor: The least variance, as a share of the start's in each coordinate.
  public init(
    from start: GaussianMixture,
    steps: Steps = .power(0.7),
    covariance: GaussianMixture.Covariance = .full,
    floor: Double = 1e-4
  ) {
    if case .power(let kappa) = steps {
      precondition(
        kappa > 0.5 && kappa <= 1,
        "StepwiseEM: κ = \(kappa) must be above ½ and at most 1"
      )
    }
    mixture = start
    self.steps = steps
    self.covariance = covariance
    self.floor = floor
    statistics = MixtureStatistics(of: start, in: StandardFrame(of: start))
  }

  /// Follows a batch of values `[count][dimension]`.
  ///
  /// - Returns: The mean log-probability of the values before the update.
  /// - Throws: ``PredictiveError`` for values that are not finite; the mixture is then as before.
  @discardableResult
  public mutating func update(with values: [[Double]]) throws -> Double {
    guard !values.isEmpty else { throw PredictiveError("a batch of stepwise EM has no values") }
    let (batch, log) = MixtureStatistics.expected(
      of: values,
      under: mixture,
      in: statistics.frame
    )
    guard log.isFinite else {
      throw PredictiveError(
        "the log-probability of batch \(updates) of stepwise EM is \(log): a value is not finite or "
          + "too far from every component"
      )
    }
    statistics.move(steps.length(updates), to: batch)
    mixture = try statistics.mixture(covariance, floor: floor, after: mixture)
    updates += 1
    return log
  }
}

extension StepwiseEM {
  /// - Throws: ``PredictiveError`` when the parts do not fit together.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    mixture = try fields.decode(GaussianMixture.self, forKey: .mixture)
    updates = try fields.decode(Int.self, forKey: .updates)
    steps = try fields.decode(Steps.self, forKey: .steps)
    covariance = try fields.decode(GaussianMixture.Covariance.self, forKey: .covariance)
    floor = try fields.decode(Double.self, forKey: .floor)
    statistics = try fields.decode(MixtureStatistics.self, forKey: .statistics)
    let areSteps =
      switch steps {
      case .power(let kappa): kappa > 0.5 && kappa <= 1
      case .linear(let count): count > 0
      }
    guard statistics.areOf(mixture), areSteps, savedCounts.contains(updates), [floor].areScales
    else { throw PredictiveError("the state of stepwise EM is damaged") }
  }
}
