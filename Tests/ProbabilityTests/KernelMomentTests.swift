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

  /// The noise of many coordinates comes from another generator: on a standard normal target the
  /// stationary variance is 1 / (1 − ε/4) in each of 5,000 coordinates, which are independent, and
  /// equal seeds give equal draws.
  @Test func manyCoordinatesHaveTheSameNoise() {
    let (count, step) = (5_000, 0.5)
    let kernel = StochasticGradientLangevin(dimension: count, schedule: .constant(step)) {
      x,
      gradient,
      _ in
      for i in x.indices { gradient[i] = -x[i] }
    }
    let start = [Double](repeating: 0, count: count)
    let chain = MarkovChain(kernel, from: start, burnIn: 60, thinning: 20, seed: 4)
    let draws = Array(chain.prefix(4))
    #expect(draws == Array(chain.prefix(4)))
    let variance = 1 / (1 - step / 4)
    for draw in draws {
      // The mean and the mean square of 5,000 independent normal numbers, at 5 errors.
      let root = Double(count).squareRoot()
      #expect(abs(Diagnostics.mean(draw)) < 5 * variance.squareRoot() / root)
      let square = Diagnostics.mean(draw.map { $0 * $0 })
      #expect(abs(square / variance - 1) < 5 * 2.0.squareRoot() / root)
    }
    let product = Diagnostics.mean(zip(draws[0], draws[1]).map { $0 * $1 })
    // Twenty steps apart: correlated by (1 − ε/2)²⁰ = 0.003.
    #expect(abs(product / variance) < 5 / Double(count).squareRoot() + 0.004)
  }

  /// Preconditioning makes coordinates of very different scale mix alike, and it is frozen after
  /// burn-in: the variance is then that of plain Langevin with step εG, `s² / (1 − εG / 4s²)`, and G
  /// is the fixed point of `G = 1 / √E[g²]`, about the scale s. Plain steps of this size explode in
  /// the first coordinate.
  @Test func preconditionedLangevinMixesEveryScale() {
    let (scales, step) = ([0.01, 1.0], 0.02)
    let kernel = StochasticGradientLangevin(
      dimension: 2,
      schedule: .constant(step),
      preconditioner: .rootMeanSquare(decay: 0.999, damping: 1e-5)
    ) { x, gradient, _ in
      for j in 0..<2 { gradient[j] = -x[j] / (scales[j] * scales[j]) }
    }
    var iterator = MarkovChain(kernel, from: [0.01, 1], burnIn: 20_000, thinning: 10, seed: 6)
      .makeIterator()
    let values = (0..<16_000).flatMap { _ in iterator.next()! }
    let draws = Draws(values: values, chains: 1, count: 16_000, dimension: 2)
    let tuned = iterator.checkpoint.state.scale
    for j in 0..<2 {
      let (s, g) = (scales[j], tuned[j])
      #expect(abs(Expectation("x", 0) { $0[j] }.zScore(draws)) < 5)
      let variance = s * s / (1 - step * g / (4 * s * s))
      #expect(abs(Expectation("x²", variance) { $0[j] * $0[j] }.zScore(draws)) < 5)
    }
    // The bias itself is seen in the first coordinate: a third of its variance and more.
    #expect(abs(Expectation("x²", scales[0] * scales[0]) { $0[0] * $0[0] }.zScore(draws)) > 10)
    // E[g²] over the running window of 1,000 steps: those of the first coordinate are nearly
    // independent, and r = var / s² solves r − (ε / 4s) √r − 1 = 0. Three errors of a root.
    let half = step / (8 * scales[0])
    let root = half + (half * half + 1).squareRoot()
    let ratio: Double = tuned[0] * root / scales[0]
    let tolerance: Double = 3 * (2.0 / 1_000).squareRoot()
    #expect(abs(ratio - 1) < tolerance)
  }
}
