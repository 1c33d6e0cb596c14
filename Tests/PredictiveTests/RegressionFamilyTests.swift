import Distillation
import Foundation
import Networks
import Probability
import Tensors
import Testing

@testable import Predictive

/// Mixtures of regressions, models whose draws hold more than weights, and coordinates.
@Suite struct RegressionFamilyTests {
  private let normal = MixtureOfRegressions(
    [[1, -2], [0.5, 0.25]],
    .normal,
    deviations: [0.5, 2],
    weights: [1, 3]
  )
  private let counts = MixtureOfRegressions(
    [[0.4, 0.1], [-0.2, 0.9]],
    .poisson,
    weights: [2, 1]
  )

  @Test func lossIsThatOfTheDistribution() throws {
    let inputs = Tensor([[0.3, -1.0], [2.0, 0.5]])
    for (student, outcomes) in [(normal, [0.7, -1.5]), (counts, [0.0, 4.0])] {
      let loss = try student.negativeLogLikelihood(
        Comparison(
          Observation(student(inputs), meaning: .reals),
          nil,
          labels: Tensor(outcomes),
          inputs: inputs
        )
      )
      let expected = inputs.unbound().map { $0.scalars(Double.self) }.enumerated().reduce(0.0) {
        $0 - student.distribution(at: $1.element).logProbability(of: outcomes[$1.offset]) / 2
      }
      #expect(abs(loss.doubleValue - expected) < 1e-13)
    }
  }

  @Test func distributionsAreNormalised() {
    let outcome = normal.distribution(at: [0.3, -1])
    let mass = integral(-30, 30, steps: 4_000) { exp(outcome.logProbability(of: $0)) }
    #expect(abs(mass - 1) < 1e-12)
    let mean = integral(-30, 30, steps: 4_000) { $0 * exp(outcome.logProbability(of: $0)) }
    #expect(abs(mean - outcome.mean) < 1e-12)
    let square = integral(-30, 30, steps: 4_000) {
      ($0 - mean) * ($0 - mean) * exp(outcome.logProbability(of: $0))
    }
    #expect(abs(square - outcome.variance) < 1e-11)

    let count = counts.distribution(at: [1, 1])
    let p = (0..<200).map { exp(count.logProbability(of: Double($0))) }
    #expect(abs(p.reduce(0, +) - 1) < 1e-13)
    let expectation = p.enumerated().reduce(0) { $0 + Double($1.offset) * $1.element }
    #expect(abs(expectation - count.mean) < 1e-12)
    for k in [0, 1, 3, 7] {
      #expect(abs(count.cumulative(Double(k)) - p[0...k].reduce(0, +)) < 1e-13)
    }
    #expect(count.cumulative(-0.5) == 0)
  }

  @Test(arguments: [0.01, 0.3, 0.5, 0.975])
  func quantilesInvertCumulatives(_ probability: Double) {
    let outcome = normal.distribution(at: [0.3, -1])
    #expect(abs(outcome.cumulative(outcome.quantile(probability)) - probability) < 1e-13)
    // The smallest count whose cumulative is as large.
    let count = counts.distribution(at: [1, 1])
    let k = count.quantile(probability)
    #expect(k == k.rounded() && count.cumulative(k) >= probability)
    #expect(k == 0 || count.cumulative(k - 1) < probability)
  }

  @Test func samplesHaveTheMoments() {
    var random = RandomStream(seed: 5)
    for outcome in [normal.distribution(at: [0.3, -1]), counts.distribution(at: [1, 1])] {
      let values = (0..<20_000).map { _ in outcome.sample(using: &random) }
      #expect(abs(zScore(values, outcome.mean)) < zLimit)
      let squares = values.map { ($0 - outcome.mean) * ($0 - outcome.mean) }
      #expect(abs(zScore(squares, outcome.variance)) < zLimit)
    }
  }

  @Test func formulasNameInputs() {
    #expect(
      normal.formula(["age", ""])
        == "p(y | x) = 0.25 N(y; 1 age − 2, 0.5²) + 0.75 N(y; 0.5 age + 0.25, 2²)"
    )
    #expect(counts.description.hasPrefix("p(y | x) = 0.6667 Poisson(y; exp(0.4 x₁ + 0.1 x₂))"))
  }

  /// Online maximum likelihood recovers the mixture that two draws make.
  @Test func fitsTheMixtureOfTwoDraws() throws {
    let model = LinearPredictorModel(.linearWithNoise, inputs: 2)
    let draws = [[1, -2, 0.5], [-1, 1, 0.5]]
    let samples = PredictiveSamples(
      BagDraws(draws, seed: 1),
      of: model,
      at: Noise([2], batchesOf: 100, steps: 600, seed: 2, .float64),
      seed: 3
    )
    let student = MixtureOfRegressions([[0.5, -1], [-0.5, 0.5]], .normal)
    try train(
      student,
      observedAs: .reals,
      on: samples,
      minimizing: student.negativeLogLikelihood,
      using: Adam(learningRate: 0.05),
      schedule: .linear(over: 600)
    )
    // 60,000 samples, the later ones with little weight: a few thousand effective ones, half each.
    let flat = student.coefficients.value.scalars(Double.self) + student.deviations
    #expect(gap(flat, [1, -2, -1, 1, 0.5, 0.5]) < 0.1, "\(flat)")
    #expect(abs(student.weights[0] - 0.5) < 0.05)
  }

  @Test func noiseInTheDrawIsTheKnownNoise() {
    let known = LinearPredictorModel(.linear(noise: 0.7), inputs: 2)
    let drawn = LinearPredictorModel(.linearWithNoise, inputs: 2)
    #expect(drawn.dimension == 3)
    let x = [0.4, -1.1]
    let a = known.logProbability(of: 0.3, given: [[1, 2], [3, -1]], at: x)
    let b = drawn.logProbability(of: 0.3, given: [[1, 2, 0.7], [3, -1, 0.7]], at: x)
    #expect(abs(a - b) < 1e-15)
    let sums = drawn.sum(Tensor([[1.0, 2, 0.7], [3, -1, 9]]), at: Tensor([x]), slopes: true)
    #expect(abs(sums.values.doubleValue - (4 * 0.4 + 1 * -1.1)) < 1e-15)
    #expect(sums.slopes?.scalars(Double.self) == [4, 1])
  }

  @Test func mixtureDrawsAreThoseOfKnownSpreads() {
    let known = MixtureMeansModel(weights: [1, 3], variances: [4, 0.25])
    let drawn = GaussianMixtureModel(components: 2, weights: nil, deviations: nil)
    let both = GaussianMixtureModel(components: 2, weights: [1, 3], deviations: [2, 0.5])
    for y in [-2.0, 0.3, 5] {
      let p = known.prediction(of: [-1, 2], at: [y])[0]
      #expect(abs(both.prediction(of: [-1, 2], at: [y])[0] - p) < 1e-15)
      let draw = [-1, 2, 0.25, 0.75, 2, 0.5]
      #expect(abs(drawn.prediction(of: draw, at: [y])[0] - p) < 1e-15)
      #expect(abs(drawn.logProbability(of: y, given: [draw], at: []) - log(p)) < 1e-13)
    }
    var random = RandomStream(seed: 8)
    let values = (0..<20_000).map { _ in both.sample([-1, 2], using: &random) }
    #expect(abs(zScore(values, 0.25 * -1 + 0.75 * 2)) < zLimit)
  }

  @Test func tabulatedValuesAreLookedUp() throws {
    let model = TabulatedModel(rows: 3, columns: 1, .probabilities)
    let teacher = PosteriorPredictive(Tensor([[0.1, 0.2, 0.3], [0.3, 0.4, 0.9]]), of: model)
    let p = try teacher.observe(Tensor([[2.0], [0.0]])).probabilities().scalars(Double.self)
    #expect(gap(p, [0.4, 0.6, 0.8, 0.2]) < 1e-15)
    let many = TabulatedModel(rows: 2, columns: 2, .means)
    #expect(many.prediction(of: [1, 2, 3, 4], at: [1]) == [3, 4])
  }

  /// Predictions do not change when inputs, draws and students change their coordinates together.
  @Test(arguments: [true, false])
  func coordinatesChangeNothing(_ hasIntercept: Bool) {
    let rows = Tensor([[1.0, 200, 7], [3, 100, 7], [-2, 500, 7]])
    let scaling = InputScaling(of: rows, hasIntercept: hasIntercept)
    let w = [0.5, -0.01, 0.2] + (hasIntercept ? [3] : [])
    let z = scaling.scaled(rows)
    let given =
      hasIntercept ? Tensor.concatenated([rows, Tensor([[1.0], [1], [1]])], along: 1) : rows
    let a = given.matmul(Tensor(w)).scalars(Double.self)
    let b = z.matmul(Tensor(scaling.scaledCoefficients(w))).scalars(Double.self)
    #expect(gap(a, b) < 1e-13)
    #expect(gap(scaling.unscaledCoefficients(scaling.scaledCoefficients(w)), w) < 1e-14)
    let network = MLP(
      [scaling.dimension, 4, 2],
      activation: .tanh,
      .float64,
      using: RandomGenerator(seed: 1)
    )
    let folded = scaling.folded(network)
    #expect(folded.widths == [3, 4, 2])
    let (c, d) = withoutGradient {
      (folded(rows).scalars(Double.self), network(z).scalars(Double.self))
    }
    #expect(gap(c, d) < 1e-13)
  }

  /// Outcomes in other units: the density changes by the scale alone.
  @Test func densityNetworksRescale() throws {
    let network = MixtureDensityNetwork(
      [2, 5],
      components: 2,
      .float64,
      using: RandomGenerator(seed: 1)
    )
    let x = Tensor([[0.3, -0.2]])
    let before = try network.mixtures(at: x)[0].logProbability(of: 0.4)
    network.rescaleOutcomes(shift: 10, scale: 3)
    let after = try network.mixtures(at: x)[0].logProbability(of: 10 + 3 * 0.4)
    #expect(abs(after - (before - log(3))) < 1e-12)
  }

  @Test func marginalsOfTheDirichlet() {
    let network = DirichletNetwork([2, 4, 3], .float64, using: RandomGenerator(seed: 1))
    let x = [0.5, -0.5]
    let marginal = network.marginals(at: Tensor([x]))[0][1]
    let quantile = marginal.quantile(0.3)
    #expect(abs(marginal.cumulative(quantile) - 0.3) < 1e-12)
    var random = RandomStream(seed: 4)
    let draws = (0..<20_000).map { _ in network.sample(at: x, using: &random) }
    #expect(abs(zScore(draws.map { $0[1] }, marginal.mean)) < zLimit)
    #expect(abs(zScore(draws.map { $0[1] < quantile ? 1 : 0 }, 0.3)) < zLimit)
    // Dir(p) integrates to one over the triangle p₁ + p₂ < 1.
    let mass = integral(0.0005, 0.9995, steps: 400) { a in
      integral(0.0005, 0.9995, steps: 400) { b in
        a + b < 0.9999 ? exp(network.logProbability(of: [a, b, 1 - a - b], at: x)) : 0
      }
    }
    #expect(abs(mass - 1) < 0.05)
  }
}
