import Distillation
import Foundation
import Networks
import Tensors
import Testing

@testable import Generative

@Suite struct AnyOrderTests {
  static func deep() -> DeepNADE {
    StudentCase.spread(
      DeepNADE(inputs: 5, hidden: [8, 7], activation: .tanh, using: RandomGenerator(seed: 4))
    )
  }

  /// The training pass estimates the mean of log q(x) over all 120 orders.
  @Test func deepNADETrainsOnTheMeanOverOrders() {
    let model = Self.deep()
    let state = allStates(5)[19..<20]
    let orders = permutations(Array(0..<5))
    let exact = orders.map { model.ordered(by: $0).logProbability(state).doubleValue }
    let mean = exact.reduce(0, +) / 120
    let count = 40_000
    let pass = Pass(training: RandomGenerator(seed: 1))
    let estimates = model(state.repeated([count, 1]), pass).cast(to: .float64)
    let error = estimates.standardDeviation().doubleValue / Double(count).squareRoot()
    #expect(abs(estimates.mean().doubleValue - mean) < 5 * error)
    // Orders must differ, or the test says nothing.
    #expect(exact.max()! - exact.min()! > 20 * error)
  }

  /// With a state's own bits as targets, the cross-entropy with conditionals is −log q's estimate from
  /// the same mask.
  /// A model whose hidden states are looked at a few rows at a time gives what all at once give.
  @Test func manyRowsAreTakenInPieces() {
    let generator = RandomGenerator(seed: 5)
    let model = DeepNADE(inputs: 50, hidden: [10_000], using: generator)
    let states = (Tensor.uniform([5, 50], using: generator) .< 0.5).cast(to: .float32)
    let whole = gradient(at: states) { model($0).sum() }
    #expect(model.inputDerivative(states).largestDifference(from: whole) < 1e-4)
    let values = withoutGradient { model(states).flattened() }
    #expect(model.logProbability(states).largestDifference(from: values) < 1e-3)
  }

  @Test func deepNADELearnsConditionalsOfMissingInputs() throws {
    let states = allStates(5)
    let rbm = randomRBM(visible: 5, hidden: 3, scale: 1, seed: 1)
    func step(_ loss: Loss) throws -> (loss: Double, weights: Tensor) {
      let model = Self.deep()
      let bits = states.cast(to: .float32)
      let seen = Observation(
        rbm.logUnnormalized(states).insertingAxis(1),
        meaning: .logDensities,
        features: ["conditionals": bits]
      )
      let record = try distill(
        rbm,
        into: model,
        on: FunctionOfStep(1) { $0 == 0 ? Batch(states, observation: seen) : nil },
        minimizing: loss,
        using: SGD(learningRate: 1),
        seed: 7
      )
      return (try #require(record.losses.latest), model.maskWeights.value)
    }
    let (own, expected) = (try step(.conditionalCrossEntropy), try step(.negativeLogLikelihood))
    #expect(abs(own.loss - expected.loss) < 1e-5 * abs(expected.loss))
    #expect(own.weights.largestDifference(from: expected.weights) < 1e-5)
    #expect(own.weights.largestDifference(from: Self.deep().maskWeights.value) > 1e-3)
  }

  /// What is known need not come first in the model's own order.
  @Test func completionsOfAnyPartAreThoseOfTheOrderThatTakesItFirst() throws {
    let known = [false, true, false, false, true]
    let start = allStates(5)[9..<10].repeated([20_000, 1])
    let deep = Self.deep()
    let made = StudentCase.spread(
      MADE(inputs: 5, hidden: [9], masks: .orderAgnostic(), using: RandomGenerator(seed: 1))
    )
    func check(_ model: some AnyOrderModel) throws {
      let completed = try model.completions(of: start, known: known, seed: 2)
      let conditional = conditional(
        model.ordered(by: [1, 4, 0, 2, 3]).logProbability(allStates(5)),
        on: start[0],
        known
      )
      expect(completed, follow: conditional)
    }
    try check(deep)
    try check(made)
    #expect(throws: GenerativeError.self) {
      try deep.completions(of: start, known: [true], seed: 1)
    }
  }

  /// Gibbs sampling draws from the conditional distribution of any normalised model.
  @Test func gibbsCompletionsReachTheConditional() throws {
    let known = [false, true, false, false, true]
    let mixture = OrderMixture([NADETests.example(), NADETests.example(.relu)])
    let start = allStates(6)[9..<10].repeated([10_000, 1])
    let completed = try mixture.gibbsCompletions(
      of: start,
      known: known + [false],
      sweeps: 30,
      seed: 3
    )
    expect(
      completed,
      follow: conditional(mixture.logProbability(allStates(6)), on: start[0], known + [false])
    )
  }

  /// log q(x) given what is known of a state, −∞ where x disagrees.
  private func conditional(_ joint: Tensor, on state: Tensor, _ known: [Bool]) -> Tensor {
    let disagrees =
      ((allStates(known.count) .!= state) .& Tensor(known).insertingAxis(0)).anyTrue(along: 1)
    let part = joint.filled(with: -.infinity, where: disagrees)
    return part - part.logSumExp(along: 0)
  }
}

@Suite struct OrderMixtureTests {
  static func mixture() -> OrderMixture<MADE> {
    OrderMixture(
      StudentCase.spread(
        MADE(inputs: 5, hidden: [9], masks: .agnostic(), using: RandomGenerator(seed: 1))
      ).members(3, seed: 2)
    )
  }

  @Test func isTheMeanOfItsMembers() {
    let mixture = Self.mixture()
    let states = allStates(5)
    let parts = mixture.members.map { $0.logProbability(states).exponential }
    let mean = (parts[0] + parts[1] + parts[2]) / 3
    #expect(mean.largestDifference(from: mixture.logProbability(states).exponential) < 1e-6)
    #expect(parts[0].largestDifference(from: parts[1]) > 1e-3)
    #expect(
      mixture(states).flattened().largestDifference(from: mixture.logProbability(states)) < 1e-5
    )
    // Members share their parameters, and training sees each once.
    #expect(mixture.parameters.count == mixture.members[0].parameters.count)
  }

  @Test func samplesFollowTheProbabilities() {
    let mixture = Self.mixture()
    let (samples, logProbability) = mixture.sampled(20_000, seed: 4, stream: 1)
    expect(samples, follow: mixture.logProbability(allStates(5)))
    #expect(logProbability.largestDifference(from: mixture.logProbability(samples)) == 0)
    // Neighbouring samples are independent: no member's come together.
    let half = samples[0..<10_000]
    expect(half, follow: mixture.logProbability(allStates(5)))
  }

  @Test func derivativesAreThoseOfDifferences() throws {
    let mixture = Self.mixture()
    mixture.move(.float64)
    let x = Tensor.uniform([4, 5], .float64, using: RandomGenerator(seed: 9))
    try expectDerivatives(of: mixture, at: x)
    let byOperators = gradient(at: x) { mixture($0).sum() }
    #expect(byOperators.largestDifference(from: mixture.inputDerivative(x)) < 1e-8)
  }
}

private func permutations(_ items: [Int]) -> [[Int]] {
  items.count <= 1
    ? [items]
    : items.indices.flatMap { index in
      var rest = items
      let item = rest.remove(at: index)
      return permutations(rest).map { [item] + $0 }
    }
}
