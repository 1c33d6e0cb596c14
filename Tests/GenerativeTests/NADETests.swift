import Foundation
import Networks
import Tensors
import Testing

@testable import Generative

@Suite struct NADETests {
  /// A small NADE in a shuffled order, and all 2⁶ states.
  static func example(_ units: NADE.Units = .logistic) -> NADE {
    NADE(
      inputs: 6,
      hidden: 5,
      units: units,
      order: [3, 0, 5, 1, 4, 2],
      using: RandomGenerator(seed: 3)
    )
  }

  @Test(arguments: NADE.Units.allCases) func probabilitiesSumToOne(_ units: NADE.Units) {
    let nade = Self.example(units)
    let total = nade.logProbability(allStates(6)).cast(to: .float64).exponential.sum().doubleValue
    #expect(abs(total - 1) < 1e-5)
  }

  @Test(arguments: NADE.Units.allCases) func moduleAgreesWithTheKernel(_ units: NADE.Units) {
    let nade = Self.example(units)
    let states = allStates(6)
    let byOperators = nade.observe(
      states.cast(to: .float32),
      .init(derivatives: .all, features: ["logits"]),
      as: .logDensities
    )
    #expect(
      byOperators.values.flattened().largestDifference(from: nade.logProbability(states)) < 1e-5
    )
    #expect(
      byOperators.derivatives!.reshaped(to: [64, 6])
        .largestDifference(from: nade.inputDerivative(states)) < 1e-5
    )
    #expect(
      byOperators.features["logits"]!.sigmoid.largestDifference(from: nade.conditionals(states))
        < 1e-6
    )
  }

  @Test func followsItsParameters() {
    let nade = Self.example()
    let before = nade.logProbability(allStates(6))
    nade.visibleBias.replace(with: nade.visibleBias.value + 1)
    let after = nade.logProbability(allStates(6))
    #expect(before.largestDifference(from: after) > 0.1)
    nade.visibleBias.replace(with: nade.visibleBias.value - 1)
    #expect(before.largestDifference(from: nade.logProbability(allStates(6))) < 1e-5)
  }

  @Test func samplesFollowTheProbabilities() {
    let nade = Self.example()
    let count = 40_000
    let samples = nade.samples(count, seed: 5)
    let codes = (samples.cast(to: .int64) * Tensor([32, 16, 8, 4, 2, 1])).sum(along: 1)
    let observed = codes.oneHot(classes: 64).sum(along: 0).scalars(Double.self)
    let expected = nade.logProbability(allStates(6)).exponential.scalars(Double.self)
      .map { $0 * Double(count) }
    // Pearson's statistic has 63 degrees of freedom: mean 63, standard deviation 11.2.
    let statistic = zip(observed, expected).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) / $1.1 }
    #expect(statistic < 63 + 5 * 11.2)
    #expect(
      nade.samples(4, seed: 5).largestDifference(from: nade.samples(4, seed: 5, stream: 1)) > 0
    )
  }

  @Test func completionsKeepWhatIsGivenAndFollowTheConditional() throws {
    let nade = Self.example()
    let count = 20_000
    // Given the order's first two inputs, 3 and 0, on.
    let images = Tensor([1, 0, 0, 1, 0, 0] as [UInt8], shape: [1, 6]).repeated([count, 1])
    let completed = try nade.completions(of: images, given: 2, seed: 1)
    #expect(completed.selecting(3, along: 1).cast(to: .int64).sum().scalar(Int.self) == count)
    #expect(completed.selecting(0, along: 1).cast(to: .int64).sum().scalar(Int.self) == count)
    // p(x₅ = 1 | x₃ = 1, x₀ = 1) is the conditional of the order's third input.
    let p = nade.conditionals(images[0..<1]).scalars(Double.self)[5]
    let mean = completed.selecting(5, along: 1).cast(to: .float64).mean().doubleValue
    #expect(abs(mean - p) < 5 * (p * (1 - p) / Double(count)).squareRoot())
    #expect(throws: GenerativeError.self) { try nade.completions(of: images, given: 7, seed: 1) }
  }

  @Test func startsAtTheMachine() {
    let rbm = randomRBM(visible: 6, hidden: 4, scale: 1, seed: 2)
    let nade = NADE(startingAt: rbm, noise: 0, using: RandomGenerator(seed: 1))
    // The first input's conditional is one mean-field pass: σ(a₀ + W₀·σ(b)).
    let expected =
      (rbm.weights[0] * rbm.hiddenBias.sigmoid).sum().doubleValue
      + rbm.visibleBias[0].doubleValue
    let first = nade.conditionals(allStates(6)[0..<1]).scalars(Double.self)[0]
    #expect(abs(first - 1 / (1 + exp(-expected))) < 1e-6)
  }
}
