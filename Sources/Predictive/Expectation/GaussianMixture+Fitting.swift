import Foundation
import Probability

/// How a fit by expectation maximisation went.
public struct ExpectationMaximisation: Sendable {
  public let mixture: GaussianMixture
  /// The mean log-probability of the values before each iteration; it never falls.
  public let logProbabilities: [Double]
  /// Whether the last iteration gained less than asked for, before the limit of iterations.
  public let hasConverged: Bool
}

extension GaussianMixture {
  /// Fits a mixture to values by expectation maximisation, from the best of several starts.
  ///
  /// Each iteration takes every value's responsibilities r_k ∝ a_k N(y; m_k, S_k), and sets
  /// a = mean r, m = mean r y / a, S = mean r y yᵀ / a − m mᵀ.
  ///
  /// Dempster, Laird & Rubin (1977); starts by k-means++ (Arthur & Vassilvitskii 2007).
  ///
  /// - Parameters:
  ///   - values: `[count][dimension]`.
  ///   - covariance: The form of covariances. The default is full.
  ///   - iterations: The most iterations for each start.
  ///   - tolerance: Stops when an iteration gains less log-probability for each value.
  ///   - floor: The least variance, as a share of the values' own in each coordinate, so that no
  ///     component falls onto a single value.
  ///   - starts: How many starts are tried. The default is 4.
  /// - Throws: ``PredictiveError`` when the values are too few, not finite, or of several lengths.
  public static func fitted(
    to values: [[Double]],
    components: Int,
    covariance: Covariance = .full,
    iterations: Int = 500,
    tolerance: Double = 1e-8,
    floor: Double = 1e-4,
    starts: Int = 4,
    using random: inout RandomStream
  ) throws -> ExpectationMaximisation {
    precondition(starts > 0 && iterations > 0, "GaussianMixture.fitted: starts and iterations")
    var best: ExpectationMaximisation?
    for _ in 0..<starts {
      let start = try GaussianMixture.spread(
        over: values,
        components: components,
        covariance: covariance,
        using: &random
      )
      let fit = try start.improved(
        on: values,
        covariance: covariance,
        iterations: iterations,
        tolerance: tolerance,
        floor: floor
      )
      if fit.logProbabilities.last! > best?.logProbabilities.last ?? -.infinity { best = fit }
    }
    guard let best else { throw PredictiveError("no start of the mixture gave a finite fit") }
    return best
  }

  /// Goes on by expectation maximisation from this mixture.
  public func improved(
    on values: [[Double]],
    covariance form: Covariance = .full,
    iterations: Int = 500,
    tolerance: Double = 1e-8,
    floor: Double = 1e-4
  ) throws -> ExpectationMaximisation {
    let frame = try StandardFrame(of: values)
    var mixture = self
    var history: [Double] = []
    for _ in 0..<iterations {
      let (statistics, log) = MixtureStatistics.expected(of: values, under: mixture, in: frame)
      let gain = log - (history.last ?? -.infinity)
      history.append(log)
      if gain < tolerance {
        return ExpectationMaximisation(
          mixture: mixture,
          logProbabilities: history,
          hasConverged: true
        )
      }
      mixture = try statistics.mixture(form, floor: floor, after: mixture)
    }
    return ExpectationMaximisation(
      mixture: mixture,
      logProbabilities: history,
      hasConverged: false
    )
  }

  /// Equal weights, means at values far apart (k-means++), and each the covariance of all values.
  public static func spread(
    over values: [[Double]],
    components: Int,
    covariance form: Covariance = .full,
    using random: inout RandomStream
  ) throws -> GaussianMixture {
    guard components > 0, values.count >= components else {
      throw PredictiveError(
        "a mixture of \(components) components cannot be fitted to \(values.count) values: draw "
          + "more or use fewer components"
      )
    }
    let frame = try StandardFrame(of: values)
    let places = values.map { frame.standard($0) }
    var chosen = [random.index(below: values.count)]
    var distances = [Double](repeating: .infinity, count: values.count)
    while chosen.count < components {
      let last = places[chosen.last!]
      for (i, x) in places.enumerated() {
        var square = 0.0
        for (own, other) in zip(x, last) { square += (own - other) * (own - other) }
        distances[i] = min(distances[i], square)
      }
      // Where all values are equal, any of them will do.
      let weights = distances.contains { $0 > 0 } ? distances : distances.map { _ in 1 }
      chosen.append(Categorical(weights: weights).sample(using: &random))
    }
    let all = try GaussianMixture(
      weights: [1],
      means: [frame.centres],
      covariances: [frame.original(covariance: Cholesky.identity(frame.scales.count).lower)]
    )
    let (statistics, _) = MixtureStatistics.expected(of: values, under: all, in: frame)
    let one = try statistics.mixture(form, floor: 1e-12, after: all)
    return try GaussianMixture(
      weights: chosen.map { _ in 1 },
      means: chosen.map { values[$0] },
      covariances: chosen.map { _ in one.covariances[0] }
    )
  }
}
