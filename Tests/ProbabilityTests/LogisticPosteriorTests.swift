import Foundation
import Testing

@testable import Probability

/// The thesis' two-dimensional example: 24 points, prior N(0, 100 I).
@Suite struct LogisticPosteriorTests {
  let inputs: [[Double]]
  let labels: [Bool]
  let model: LogisticRegression

  init() throws {
    var random = RandomStream(seed: 24)
    inputs = (0..<24).map { n in [(n < 12 ? -4 : 4) + random.normal(), random.normal()] }
    var coins = random.split(1)
    labels = inputs.map { Bernoulli(logit: $0[0]).sample(using: &coins) }
    model = try LogisticRegression(
      inputs: inputs,
      labels: labels,
      prior: GaussianPrior(dimension: 2, standardDeviation: 10)
    )
  }

  /// Posterior expectations by the trapezium rule on a grid, from the definition in double
  /// precision. The integrand is smooth and vanishes at the edge, so the rule converges fast.
  private func quadrature() -> [Double] {
    var sums = [Double](repeating: 0, count: 6)
    let step = 0.1
    for i in -500...500 {
      for j in -500...500 {
        let w = [Double(i) * step, Double(j) * step]
        var logDensity = -(w[0] * w[0] + w[1] * w[1]) / 200
        for (x, y) in zip(inputs, labels) {
          let z = (w[0] * x[0] + w[1] * x[1]) * (y ? 1 : -1)
          logDensity += min(z, 0) - log1p(exp(-abs(z)))
        }
        let density = exp(logDensity)
        sums[0] += density
        sums[1] += density * w[0]
        sums[2] += density * w[1]
        sums[3] += density * w[0] * w[0]
        sums[4] += density * w[1] * w[1]
        sums[5] += density / (1 + exp(-(0.5 * w[0] + w[1])))
      }
    }
    return sums.dropFirst().map { $0 / sums[0] }
  }

  /// 4 kernels × 5 expectations at |z| < 5, the last a predictive probability.
  @Test func kernelsAgreeWithQuadrature() throws {
    let exact = quadrature()
    let expectations = [
      Expectation("w₀", exact[0]) { $0[0] }, Expectation("w₁", exact[1]) { $0[1] },
      Expectation("w₀²", exact[2]) { $0[0] * $0[0] },
      Expectation("w₁²", exact[3]) { $0[1] * $0[1] },
      Expectation("σ", exact[4]) { 1 / (1 + exp(-(0.5 * $0[0] + $0[1]))) },
    ]
    let whitening = try LaplaceApproximation(of: model).whitening
    let draws = [
      MarkovChain(SliceSampler(model), seed: 1).sample(10_000, chains: 2),
      MarkovChain(
        Whitened(model as any UnnormalizedDistribution, by: whitening) { SliceSampler($0) },
        seed: 2
      ).sample(10_000, chains: 2),
      MarkovChain(
        Whitened(model as any DifferentiableDistribution, by: whitening) {
          HamiltonianMonteCarlo($0, steps: 3)
        },
        seed: 3
      ).sample(20_000, chains: 2),
      MarkovChain(NoUTurnSampler(model), seed: 4).sample(10_000, chains: 2),
    ]
    for (k, draws) in draws.enumerated() {
      for expectation in expectations {
        let z = expectation.zScore(draws)
        #expect(abs(z) < 5, "kernel \(k): \(expectation.name) is \(z) errors away")
      }
    }
  }
}
