import Distillation
import Foundation
import Networks
import Tensors
import Testing

@testable import Generative

@Suite struct RBMTests {
  @Test func energyAndItsDerivativeAgreeWithOperators() throws {
    let rbm = randomRBM(visible: 7, hidden: 5, scale: 1, seed: 1)
    let states = allStates(7)
    func formula(_ v: Tensor) -> Tensor {
      v.matmul(rbm.visibleBias) + (v.matmul(rbm.weights) + rbm.hiddenBias).softplus.sum(along: 1)
    }
    let v = states.cast(to: .float32)
    #expect(formula(v).largestDifference(from: rbm.logUnnormalized(states)) < 1e-4)
    #expect(
      (rbm.freeEnergy(states) + rbm.logUnnormalized(states)).magnitude.maximum().doubleValue == 0
    )
    let slope = gradient(at: v) { formula($0).sum() }
    #expect(slope.largestDifference(from: rbm.inputDerivative(states)) < 1e-5)
    let observation = try rbm.observe(states, .init(derivatives: .all))
    #expect(observation.values.shape == [128, 1] && observation.meaning == .logDensities)
    #expect(observation.derivatives!.shape == [128, 1, 7])
  }

  @Test func chainsReachTheDistribution() {
    let rbm = randomRBM(visible: 5, hidden: 4, scale: 1, seed: 2)
    var chains = Chains(20_000, inputs: 5, seed: 3)
    rbm.advance(&chains, steps: 100)
    let codes = (chains.states.cast(to: .int64) * Tensor([16, 8, 4, 2, 1])).sum(along: 1)
    let observed = codes.oneHot(classes: 32).sum(along: 0).scalars(Double.self)
    let statistic = zip(observed, enumerated(rbm).probabilities).reduce(0.0) {
      let expected = $1.1 * 20_000
      return $0 + ($1.0 - expected) * ($1.0 - expected) / expected
    }
    // 31 degrees of freedom: mean 31, standard deviation 7.9.
    #expect(statistic < 31 + 5 * 7.9)
  }

  @Test func streamsDoNotDependOnHowTheyAreTaken() throws {
    let rbm = randomRBM(visible: 5, hidden: 4, scale: 1, seed: 2)
    func stream() -> GibbsSamples<RBM> {
      rbm.gibbsSamples(chains: 10, batchSize: { _ in 4 }, burnIn: 3, thinning: 2, seed: 1)
    }
    let (a, b, c) = (stream(), stream(), stream())
    let inOrder = try (0..<8).map { try a.batch($0)!.inputs.scalars(UInt8.self) }
    #expect(try b.batch(7)!.inputs.scalars(UInt8.self) == inOrder[7])
    #expect(try b.batch(2)!.inputs.scalars(UInt8.self) == inOrder[2])
    for step in 0..<5 { _ = try c.batch(step) }
    let resumed = stream()
    try resumed.restore(c.state)
    #expect(try resumed.batch(5)!.inputs.scalars(UInt8.self) == inOrder[5])
    let other = rbm.gibbsSamples(chains: 11, seed: 1)
    #expect(throws: GenerativeError.self) { try other.restore(c.state) }
  }

  /// A stream that keeps its samples gives the second asker the same ones, with the same targets,
  /// and draws none again: its chains stay where they were.
  @Test func keptSamplesAreDrawnOnce() throws {
    let rbm = randomRBM(visible: 5, hidden: 4, scale: 1, seed: 2)
    func stream(keeps: Bool) -> GibbsSamples<RBM> {
      rbm.gibbsSamples(
        chains: 10,
        batchSize: { _ in 4 },
        burnIn: 3,
        thinning: 2,
        softTargets: 2,
        keepsSamples: keeps,
        seed: 1
      )
    }
    func everything(_ batch: Batch) throws -> [Float] {
      let targets = try #require(batch.observation?.features["conditionals"])
      return batch.inputs.scalars(Float.self) + targets.scalars(Float.self)
    }
    let (fresh, kept) = (stream(keeps: false), stream(keeps: true))
    let expected = try (0..<8).map { try everything(fresh.batch($0)!) }
    #expect(try (0..<8).map { try everything(kept.batch($0)!) } == expected)
    let chains = try #require(kept.state["batch"]).scalar(Int.self)
    #expect(try (0..<8).map { try everything(kept.batch($0)!) } == expected)
    #expect(try #require(kept.state["batch"]).scalar(Int.self) == chains)
    // Gone on with from a saved place, what came before is drawn again when asked for.
    let resumed = stream(keeps: true)
    try resumed.restore(kept.state)
    #expect(try everything(resumed.batch(3)!) == expected[3])
    #expect(try everything(resumed.batch(1)!) == expected[1])
  }

  @Test func placesThatAreNoneAreRefused() throws {
    let rbm = randomRBM(visible: 5, hidden: 4, scale: 1, seed: 2)
    func stream() -> GibbsSamples<RBM> {
      rbm.gibbsSamples(chains: 10, batchSize: { _ in 4 }, burnIn: 3, thinning: 2, seed: 1)
    }
    let whole = stream()
    _ = try whole.batch(2)
    let sound = whole.state
    try stream().restore(sound)
    for key in sound.keys.sorted() {
      for other in [nil, .zeros([3, 2]), .zeros([10, 5]), Tensor(-1), Tensor(Int.max)] as [Tensor?]
      {
        var state = sound
        state[key] = other
        #expect(throws: GenerativeError.self, "\(key)") { try stream().restore(state) }
      }
    }
  }

  @Test func findsTheMode() {
    let rbm = randomRBM(visible: 10, hidden: 6, scale: 1, seed: 4)
    let values = rbm.logUnnormalized(allStates(10))
    let found = rbm.mode(starts: 100, burnIn: 10, seed: 1)
    #expect(abs(found.logUnnormalized - values.maximum().doubleValue) < 1e-4)
    #expect(rbm.logUnnormalized(found.state.insertingAxis(0)).doubleValue == found.logUnnormalized)
  }

  /// Trained on two patterns, the machine gives them most of its probability.
  @Test(arguments: [nil, 50]) func learnsPatterns(_ persistent: Int?) {
    let patterns = Tensor([1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1] as [UInt8], shape: [2, 6])
    let start = RBM(visible: 6, hidden: 4, using: RandomGenerator(seed: 1))
    let trainer = RBMTrainer(
      start,
      ContrastiveDivergence(steps: 2, persistentChains: persistent, weightDecay: 0),
      seed: 2
    )
    let before = start.logUnnormalized(patterns)
    for _ in 0..<3_000 { trainer.update(on: patterns) }
    let p = enumerated(trainer.rbm).probabilities
    #expect(p[0b111000] + p[0b000111] > 0.8)
    // The machine that training began at stays as it is.
    #expect(start.logUnnormalized(patterns).largestDifference(from: before) == 0)
  }

  @Test func readsTensorsByName() throws {
    let rbm = randomRBM(visible: 6, hidden: 3, scale: 1, seed: 1)
    let states = allStates(6)
    let same = try RBM(rbm.tensors)
    #expect(same.logUnnormalized(states).largestDifference(from: rbm.logUnnormalized(states)) == 0)
    let learn = try RBM([
      "components_": rbm.weights.transposed(), "intercept_visible_": rbm.visibleBias,
      "intercept_hidden_": rbm.hiddenBias,
    ])
    #expect(learn.logUnnormalized(states).largestDifference(from: rbm.logUnnormalized(states)) == 0)
    let missing = #expect(throws: GenerativeError.self) { try RBM(["weights": rbm.weights]) }
    #expect(missing?.description.contains("visible_bias") == true)
    let other = #expect(throws: GenerativeError.self) {
      try RBM(["components_": rbm.weights.transposed(), "intercept_visible_": rbm.visibleBias])
    }
    #expect(other?.description.contains("'intercept_hidden_'") == true)
    var wrong = rbm.tensors
    wrong["hidden_bias"] = .zeros([4])
    #expect(throws: GenerativeError.self) { try RBM(wrong) }
  }
}
