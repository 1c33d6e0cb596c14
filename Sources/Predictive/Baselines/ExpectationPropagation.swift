import Foundation
import Probability

/// The normal approximation of the posterior of logistic or probit regression whose one-dimensional
/// tilted moments match those of every observation in turn.
///
/// Each observation's factor s(± w · x) is replaced by exp(ν z − ½ τ z²), z = w · x; its ν and τ are
/// set so that, with the factor put back in its place, mean and variance of z stay the same.
/// Minka, *Expectation propagation for approximate Bayesian inference* (2001).
public struct ExpectationPropagation: Sendable {
  public let posterior: GaussianPosterior
  /// Passes over the observations until nothing moved.
  public let passes: Int

  /// - Parameters:
  ///   - inputs: `[count][dimension]`; add a column of ones for a bias.
  ///   - labels: `[count]`.
  ///   - prior: The prior of the weights.
  ///   - damping: The share of the way that a factor moves. The default of 1 goes all the way.
  ///   - maximumPasses: The default of 200 is ten times what is usual.
  /// - Throws: ``PredictiveError`` when the numbers do not fit together or the passes do not converge.
  public init(
    inputs: [[Double]],
    labels: [Bool],
    prior: GaussianPrior,
    link: Link,
    damping: Double = 1,
    maximumPasses: Int = 200
  ) throws {
    let n = prior.mean.count
    guard !inputs.isEmpty, inputs.count == labels.count,
      inputs.allSatisfy({ $0.count == n && $0.allSatisfy(\.isFinite) })
    else {
      throw PredictiveError(
        "expectation propagation needs a label for each of its \(inputs.count) inputs, each of "
          + "\(n) finite numbers"
      )
    }
    precondition(damping > 0 && damping <= 1, "ExpectationPropagation: damping \(damping)")
    // The sign of the label goes into the input: every factor is s(w · x).
    let signed = zip(inputs, labels).map { x, label in label ? x : x.map { -$0 } }
    var sites = (
      tau: [Double](repeating: 0, count: inputs.count),
      nu: [Double](repeating: 0, count: inputs.count)
    )
    var state = try Self.state(signed, sites.tau, sites.nu, prior)
    for pass in 1...maximumPasses {
      var largest = 0.0
      for (i, x) in signed.enumerated() {
        var vx = [Double](repeating: 0, count: n)
        var mean = 0.0
        for a in 0..<n {
          for b in 0..<n { vx[a] += state.covariance[a * n + b] * x[b] }
          mean += x[a] * state.mean[a]
        }
        let variance = zip(x, vx).reduce(0) { $0 + $1.0 * $1.1 }
        guard variance > 0 else { continue }
        let cavityPrecision = 1 / variance - sites.tau[i]
        guard cavityPrecision > 0 else { continue }
        let cavityMean = (mean / variance - sites.nu[i]) / cavityPrecision
        let tilted = link.moments(mean: cavityMean, variance: 1 / cavityPrecision)
        let tau = 1 / tilted.tiltedVariance - cavityPrecision
        let nu = tilted.tiltedMean / tilted.tiltedVariance - cavityMean * cavityPrecision
        let dTau = damping * (tau - sites.tau[i])
        let dNu = damping * (nu - sites.nu[i])
        sites.tau[i] += dTau
        sites.nu[i] += dNu
        // How far the factor's change moved z, in its own standard deviations.
        largest = max(largest, abs(dTau) * variance, abs(dNu) * variance.squareRoot())
        // V ← V − V x xᵀ V dτ / (1 + dτ xᵀVx), by Sherman and Morrison; the mean follows.
        let shrink = dTau / (1 + dTau * variance)
        let shift = dNu - shrink * (mean + dNu * variance)
        for a in 0..<n {
          state.mean[a] += shift * vx[a]
          for b in 0..<n { state.covariance[a * n + b] -= shrink * vx[a] * vx[b] }
        }
      }
      // Rounding of many rank-one updates is removed once a pass.
      state = try Self.state(signed, sites.tau, sites.nu, prior)
      guard largest.isFinite else { break }
      if largest < 1e-10 {
        posterior = GaussianPosterior(mean: state.mean, covariance: state.covariance, link: link)
        passes = pass
        return
      }
    }
    throw PredictiveError(
      "expectation propagation did not settle in \(maximumPasses) passes: use a smaller damping"
    )
  }

  /// The normal with precision P + Σ τ x xᵀ and precision × mean P m + Σ ν x.
  private static func state(
    _ inputs: [[Double]],
    _ tau: [Double],
    _ nu: [Double],
    _ prior: GaussianPrior
  ) throws -> (mean: [Double], covariance: [Double]) {
    let n = prior.mean.count
    var precision = prior.precision
    var mean = (0..<n).map { i in
      (0..<n).reduce(0) { $0 + prior.precision[i * n + $1] * prior.mean[$1] }
    }
    for (i, x) in inputs.enumerated() {
      for a in 0..<n {
        mean[a] += nu[i] * x[a]
        for b in 0..<n { precision[a * n + b] += tau[i] * x[a] * x[b] }
      }
    }
    guard let factor = Cholesky(precision, dimension: n) else {
      throw PredictiveError(
        "the precision of expectation propagation is not positive definite: use a smaller damping"
      )
    }
    factor.solve(&mean)
    var covariance: [Double] = []
    for i in 0..<n {
      var column = [Double](repeating: 0, count: n)
      column[i] = 1
      factor.solve(&column)
      covariance += column
    }
    return (mean, covariance)
  }
}
