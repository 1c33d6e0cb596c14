import Testing

@testable import Probability

@Suite struct KernelMomentTests {
  /// Every kernel on every target: 8 × 15 comparisons at |z| < 5 and no divergence of the chains
  /// among themselves. With normal z the joint false-alarm probability is 7·10⁻⁵.
  @Test(arguments: KernelCase.all, TargetCase.all)
  func momentsAreWithinMonteCarloError(_ kernel: KernelCase, _ target: TargetCase) {
    let draws = kernel.sample(target.target, 4000, 2026)
    for expectation in target.expectations {
      let z = expectation.zScore(draws)
      #expect(abs(z) < 5, "\(kernel) on \(target): \(expectation.name) is \(z) errors away")
    }
    for j in 0..<draws.dimension {
      let chains = draws.chains(ofCoordinate: j)
      // With too few effective draws the comparison above would prove nothing.
      #expect(Diagnostics.bulkEffectiveSampleSize(chains) > 200, "\(kernel) on \(target)")
      #expect(Diagnostics.rHat(chains) < 1.05, "\(kernel) on \(target)")
    }
  }

  /// On a normal target the stationary distribution of unadjusted Langevin is known: with step ε,
  /// precision 1 and gradient noise of variance s², the variance is
  /// `(ε + ε² s² / 4) / (1 − (1 − ε/2)²)`. Five comparisons at |z| < 5.
  @Test func stochasticGradientLangevinHasItsKnownBias() {
    let step = 0.4
    let noise = 1.5
    let kernel = StochasticGradientLangevin(dimension: 1, schedule: .constant(step)) {
      x,
      gradient,
      random in
      gradient[0] = -(x[0] - 2) + noise * random.normal()
    }
    let draws = MarkovChain(kernel, burnIn: 200, seed: 5).sample(20_000, chains: 2)
    let variance =
      (step + step * step * noise * noise / 4) / (1 - (1 - step / 2) * (1 - step / 2))
    #expect(abs(Expectation("x", 2) { $0[0] }.zScore(draws)) < 5)
    let spread = Expectation("(x − 2)²", variance) { ($0[0] - 2) * ($0[0] - 2) }
    #expect(abs(spread.zScore(draws)) < 5)
    // The test must see the bias: the target's own variance is far outside.
    #expect(abs(Expectation("unbiased", 1) { ($0[0] - 2) * ($0[0] - 2) }.zScore(draws)) > 10)
  }

  /// Preconditioning makes coordinates of very different scale mix alike, and it is frozen: the
  /// draws equal those of a chain whose preconditioner is already known to be constant in time.
  @Test func preconditionedLangevinMixesEveryScale() {
    let scales = [0.01, 1.0]
    let kernel = StochasticGradientLangevin(
      dimension: 2,
      schedule: .constant(0.05),
      preconditioner: .rootMeanSquare(decay: 0.999, damping: 1e-5)
    ) { x, gradient, _ in
      for j in 0..<2 { gradient[j] = -x[j] / (scales[j] * scales[j]) }
    }
    let chain = MarkovChain(kernel, from: [0.01, 1], burnIn: 20_000, thinning: 10, seed: 6)
    let draws = chain.sample(8000, chains: 2)
    for j in 0..<2 {
      let mean = Expectation("x", 0) { $0[j] }
      #expect(abs(mean.zScore(draws)) < 5)
      let variance = Diagnostics.variance(draws.chains(ofCoordinate: j).flatMap { $0 })
      // G is about the scale, so the bias of the variance is a factor 1 / (1 − ε G/ 4 scale²):
      // unbounded for plain steps of this size in the first coordinate, which would explode.
      #expect(variance > 0.3 * scales[j] * scales[j] && variance < 10 * scales[j] * scales[j])
    }
  }
}
