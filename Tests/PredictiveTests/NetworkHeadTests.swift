import Distillation
import Foundation
import Networks
import Probability
import Tensors
import Testing

@testable import Predictive

/// Networks whose outputs are the parameters of a distribution.
@Suite struct NetworkHeadTests {
  private let inputs = Tensor.normal([6, 2], .float64, using: RandomGenerator(seed: 5))

  private func value(_ loss: Loss, _ module: some Module, _ target: Observation) throws -> Double {
    let seen = withoutGradient { module.observe(inputs, as: target.meaning) }
    return try loss(Comparison(seen, target, inputs: inputs)).doubleValue
  }

  @Test(arguments: [1, 3])
  func mixtureDensityIsThatOfItsMixtures(_ components: Int) throws {
    let network = MixtureDensityNetwork(
      [2, 5],
      components: components,
      .float64,
      using: RandomGenerator(seed: 1)
    )
    let y = [0.3, -1, 2, 0, 5, -0.2]
    let expected = try zip(network.mixtures(at: inputs), y)
      .reduce(0) { $0 - $1.0.logProbability(of: $1.1) / 6 }
    let seen = withoutGradient { network.observe(inputs, as: .reals) }
    let loss = try network.negativeLogLikelihood(
      Comparison(seen, labels: Tensor(y), inputs: inputs)
    )
    #expect(abs(loss.doubleValue - expected) < 1e-13)
  }

  @Test func dirichletLossIsTheDensity() throws {
    let network = DirichletNetwork([2, 5, 3], .float64, using: RandomGenerator(seed: 1))
    let probabilities = [[0.2, 0.3, 0.5], [0.9, 0.05, 0.05], [0.1, 0.8, 0.1]]
    let rows = probabilities + probabilities
    let target = Observation(Tensor(rows), meaning: .probabilities)
    let alphas = withoutGradient { network(inputs).exponential }.unbound()
      .map { $0.scalars(Double.self) }
    var expected = 0.0
    for (alpha, p) in zip(alphas, rows) {
      expected -= lgamma(alpha.reduce(0, +)) / 6
      for (a, share) in zip(alpha, p) { expected -= ((a - 1) * log(share) - lgamma(a)) / 6 }
    }
    #expect(abs(try value(network.negativeLogLikelihood, network, target) - expected) < 1e-12)
  }

  /// Closed forms against draws of the Dirichlet.
  @Test func uncertaintiesAreThoseOfDraws() {
    let network = DirichletNetwork([2, 5, 3], .float64, using: RandomGenerator(seed: 1))
    let alpha = withoutGradient { network(inputs).exponential }[0].scalars(Double.self)
    let uncertainty = network.uncertainties(at: inputs)[0]
    var random = RandomStream(seed: 2)
    let entropies = (0..<20_000).map { _ in
      let g = alpha.map { random.gamma(shape: $0) }
      let total = g.reduce(0, +)
      return g.reduce(0) { $1 > 0 ? $0 - $1 / total * log($1 / total) : $0 }
    }
    #expect(abs(zScore(entropies, uncertainty.aleatoric)) < zLimit)
    let p = uncertainty.probabilities
    #expect(abs(p.reduce(0) { $0 - $1 * log($1) } - uncertainty.total) < 1e-12)
    #expect(uncertainty.epistemic > 0)
  }

  /// Online maximum likelihood comes near the exact predictive of a conjugate regression.
  @Test func learnsFromPredictiveSamples() throws {
    var random = RandomStream(seed: 8)
    // Draws of N((1, −2), 0.25 I), noise 0.7: y | x ~ N(x₀ − 2 x₁, 0.25 |x|² + 0.49).
    let draws = (0..<80_000).map { _ in [1 + 0.5 * random.normal(), -2 + 0.5 * random.normal()] }
    let steps = 2_500
    let samples = PredictiveSamples(
      draws,
      of: LinearPredictorModel(.linear(noise: 0.7), inputs: 2),
      at: Noise([2], .normal(), batchesOf: 32, steps: steps, seed: 1, .float64),
      seed: 3
    )
    let network = MixtureDensityNetwork([2, 20], .float64, using: RandomGenerator(seed: 1))
    try train(
      network,
      observedAs: .reals,
      on: samples,
      minimizing: network.negativeLogLikelihood,
      using: Adam(learningRate: 0.01),
      schedule: .linear(over: steps)
    )
    let points = [[0.5, 0.5], [-1, 0.3], [1, -1], [0, 0]]
    for (x, mixture) in zip(points, try network.mixtures(at: Tensor(points))) {
      let mean = x[0] - 2 * x[1]
      let variance = 0.25 * (x[0] * x[0] + x[1] * x[1]) + 0.49
      // A tenth of a nat of divergence is a mean wrong by 0.45 standard deviations; the start is
      // whole nats away.
      let (m, v) = (mixture.mean[0], mixture.covariance[0])
      let divergence = 0.5 * (log(v / variance) + (variance + (mean - m) * (mean - m)) / v - 1)
      #expect(divergence < 0.1, "at \(x): N(\(m), \(v)) for N(\(mean), \(variance))")
    }
  }
}
