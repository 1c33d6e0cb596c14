import Foundation
import Testing

@testable import Probability

@Suite struct MixtureTests {
  private let data = [-2.1, -1.7, 0.4, 1.2, 1.5, 2.2]

  /// Weights and variances unknown, by central differences: error h² f‴/6 plus rounding / h.
  @Test func gradientsAreTheSlopesOfTheDensity() throws {
    let posterior = try MixturePosterior(
      data: data,
      parameters: MixtureParameters(components: 3)
    )
    let point = [-1.9, 0.5, 1.8, 0.3, -0.4, -0.2, 0.1, 0.6]
    let gradient = posterior.gradient(at: point)
    let step = 1e-5
    for j in point.indices {
      var (above, below) = (point, point)
      above[j] += step
      below[j] -= step
      let slope = (posterior.logDensity(at: above) - posterior.logDensity(at: below)) / (2 * step)
      #expect(abs(slope - gradient[j]) < 1e-7, "coordinate \(j)")
    }
  }

  @Test func drawsAndMixturesAreTheSame() {
    let parameters = MixtureParameters(components: 3)
    let values = MixtureParameters.Values(
      weights: [0.2, 0.5, 0.3],
      means: [1, -2, 4],
      variances: [0.5, 2, 3]
    )
    let back = parameters.values(of: parameters.draw(of: values))
    for (a, b) in zip(
      back.weights + back.means + back.variances,
      values.weights + values.means + values.variances
    ) { #expect(abs(a - b) < 1e-14) }
  }

  /// Unknown means and weights with known variances: given who belongs to which component, means are
  /// normal and weights Dirichlet, so that the posterior is a sum over 2⁶ assignments. Both kinds of
  /// kernel agree with it: 2 × 4 comparisons at |z| < 5.
  @Test func unknownWeightsAgreeWithEnumeration() throws {
    let (variances, alpha, spread) = ([0.5, 1.0], 1.5, 9.0)
    var prior = MixturePosterior.Prior()
    (prior.meanVariance, prior.concentration) = (spread, alpha)
    let posterior = try MixturePosterior(
      data: data,
      parameters: MixtureParameters(components: 2, variances: variances),
      prior: prior
    )
    // Sums over assignments of evidence × (1, E[w₀], E[μ₀], E[μ₁], E[w₀²]).
    var sums = [Double](repeating: 0, count: 5)
    for assignment in 0..<(1 << data.count) {
      var counts = [0.0, 0]
      var log = 0.0
      var means = [0.0, 0]
      for k in 0..<2 {
        let members = data.indices.filter { (assignment >> $0 & 1) == k }.map { data[$0] }
        let n = Double(members.count)
        let variance = 1 / (1 / spread + n / variances[k])
        means[k] = variance * members.reduce(0, +) / variances[k]
        let squares = members.reduce(0) { $0 + $1 * $1 } / variances[k]
        log +=
          0.5 * Foundation.log(variance / spread) - 0.5 * n * Foundation.log(variances[k])
          - 0.5 * (squares - means[k] * means[k] / variance) + lgamma(alpha + n)
        counts[k] = n
      }
      let evidence = exp(log)
      let (a, total) = (alpha + counts[0], 2 * alpha + 6)
      for (i, value) in [1, a / total, means[0], means[1], a * (a + 1) / (total * (total + 1))]
        .enumerated()
      { sums[i] += evidence * value }
    }
    let expectations = [
      Expectation("w₀", sums[1] / sums[0]) { 1 / (1 + exp(-$0[2])) },
      Expectation("μ₀", sums[2] / sums[0]) { $0[0] },
      Expectation("μ₁", sums[3] / sums[0]) { $0[1] },
      Expectation("w₀²", sums[4] / sums[0]) { pow(1 + exp(-$0[2]), -2) },
    ]
    let blocks = [[0], [1]]
    let samples = [
      MarkovChain(
        LabelSwitching(SliceSampler(posterior), of: posterior, blocks: blocks),
        thinning: 2,
        seed: 1
      ).sample(15_000, chains: 2, threads: 2),
      MarkovChain(
        LabelSwitching(NoUTurnSampler(posterior), of: posterior, blocks: blocks),
        seed: 2
      ).sample(15_000, chains: 2, threads: 2),
    ]
    for (k, draws) in samples.enumerated() {
      for expectation in expectations {
        let z = expectation.zScore(draws)
        #expect(abs(z) < 5, "kernel \(k): \(expectation.name) is \(z) errors away")
      }
    }
  }

  /// Two modes that no small move connects: masses e^0 and e^−1 at ±20 are visited in proportion,
  /// from the wrong one too.
  @Test func exchangesLeaveModesInProportion() {
    let target = LogDensity(dimension: 2) { x in
      let (a, b) = (x[0] - 20, x[1] + 20)
      let (c, d) = (x[0] + 20, x[1] - 20)
      let (right, wrong) = (-0.5 * (a * a + b * b), -1 - 0.5 * (c * c + d * d))
      let largest = max(right, wrong)
      return largest + log(exp(right - largest) + exp(wrong - largest))
    }
    let kernel = LabelSwitching(
      SliceSampler(target),
      of: target,
      blocks: [[0], [1]],
      probability: 0.5
    )
    let draws = MarkovChain(kernel, from: [-20, 20], burnIn: 100, seed: 4).sample(20_000, chains: 2)
    let share = Expectation("right mode", 1 / (1 + exp(-1))) { $0[0] > 0 ? 1 : 0 }
    #expect(abs(share.zScore(draws)) < 5)
    #expect(abs(Expectation("x₀ + x₁", 0) { $0[0] + $0[1] }.zScore(draws)) < 5)
    #expect(abs(Expectation("(x₀ + x₁)²", 2) { pow($0[0] + $0[1], 2) }.zScore(draws)) < 5)
  }
}
