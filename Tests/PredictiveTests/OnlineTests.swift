import Distillation
import Networks
import Probability
import Tensors
import Testing

@testable import Predictive

/// One fresh draw for each example, in place of the mean of all draws.
@Suite struct OnlineTests {
  private let regression = LogisticCase()

  /// The gradient at fixed inputs, each example seen by the draw at its place in `rows`.
  private func gradient(
    _ loss: Loss,
    _ student: some Module,
    _ inputs: Tensor,
    _ target: Observation
  ) throws -> [Double] {
    let (_, gradients) = try valueWithGradients(of: student.parameters) {
      let seen = student.observe(inputs, Request(derivatives: .all))
      return try loss(Comparison(seen, target, inputs: inputs))
    }
    return flat(gradients)
  }

  /// What online observation gives on average over every draw of a bag, at one example.
  private func averageGap(_ loss: Loss) throws -> Double {
    let bag = regression.draws(60)
    let student = MixtureOfLogistics(4, inputs: 2, using: RandomGenerator(seed: 2))
    let x = Tensor([[0.8, -1.3]])
    let inputs = FunctionOfStep(bag.count) { $0 < bag.count ? Batch(x) : nil }
    let online = OnlinePredictive(bag, of: regression.model, at: inputs, acceptingBias: true)
    var mean = [Double](repeating: 0, count: 8)
    for step in bag.indices {
      let batch = try #require(try online.batch(step))
      let one = try gradient(loss, student, x, #require(batch.observation))
      mean = zip(mean, one).map { $0 + $1 / Double(bag.count) }
    }
    let all = PosteriorPredictive(Tensor(bag), of: regression.model)
    let target = try all.observe(x, Request(derivatives: .all))
    return gap(mean, try gradient(loss, student, x, target))
  }

  @Test func unbiasedLossesAreRightOnAverage() throws {
    let losses: [Loss] = [
      .softCrossEntropy(), .kullbackLeibler(), .squaredErrorOnProbabilities, .averageScoreMatching,
    ]
    for loss in losses {
      #expect(loss.terms[0].isUnbiasedOnline)
      #expect(try averageGap(loss) < 1e-12, "\(loss)")
    }
  }

  @Test func biasedLossesAreWrongOnAverageAndRefused() throws {
    let losses: [Loss] = [
      .squaredErrorOnLogits, .squaredErrorOnLogProbabilities, .derivativeSquaredError,
      .softCrossEntropy(temperature: 2), .reverseKullbackLeibler(),
    ]
    let noise = Noise([2], .normal(), batchesOf: 5, steps: 3, seed: 1, .float64)
    for loss in losses {
      #expect(!loss.terms[0].isUnbiasedOnline)
      #expect(try averageGap(loss) > 1e-3, "\(loss)")
      let student = MixtureOfLogistics(2, inputs: 2, using: RandomGenerator(seed: 2))
      func run(accepting: Bool) throws {
        let chain = MarkovChain(SliceSampler(regression.posterior), burnIn: 10)
        let online = OnlinePredictive(
          chain,
          of: regression.model,
          at: noise,
          acceptingBias: accepting
        )
        try train(student, on: online, minimizing: loss, using: SGD(learningRate: 1e-3))
      }
      let error = #expect(throws: DistillationError.self) { try run(accepting: false) }
      #expect(error?.description.contains("\(loss.terms[0].name) is biased online") == true)
      try run(accepting: true)
    }
  }

  @Test func stepsMayBeAskedForAgain() throws {
    let chain = MarkovChain(SliceSampler(regression.posterior), burnIn: 10, seed: 4)
    let noise = Noise([2], .normal(), batchesOf: 3, seed: 1, .float64)
    let online = OnlinePredictive(chain, of: regression.model, at: noise)
    func values(_ step: Int) throws -> [Double] {
      flat([try #require(try online.batch(step)?.observation?.values)])
    }
    let (first, fifth) = (try values(0), try values(5))
    #expect(try values(0) == first)
    #expect(try values(5) == fifth)
    #expect(first != fifth)
  }

  @Test func endsWithTheDraws() throws {
    let online = OnlinePredictive(
      regression.draws(10),
      of: regression.model,
      at: Noise([2], .normal(), batchesOf: 4, seed: 1, .float64)
    )
    #expect(try online.batch(1) != nil)
    #expect(try online.batch(2) == nil)
  }

  @Test func drawsOfAnotherLengthAreRefused() throws {
    let online = OnlinePredictive(
      [[1.0, 2.0, 3.0]],
      of: regression.model,
      at: Noise([2], .normal(), batchesOf: 1, seed: 1, .float64)
    )
    #expect(throws: DistillationError.self) { try online.batch(0) }
  }

  /// The student of a long online run comes as near to the predictive as that of a batch run.
  @Test func approachesTheBag() throws {
    let chain = MarkovChain(SliceSampler(regression.posterior), seed: 3)
    let steps = 4_000
    let noise = Noise(
      [2],
      .normal(standardDeviation: 10.0.squareRoot()),
      batchesOf: 10,
      steps: steps,
      seed: 8,
      .float64
    )
    let student = MixtureOfLogistics(5, inputs: 2, using: RandomGenerator(seed: 2))
    let teacher = PosteriorPredictive(
      Tensor(regression.draws(2_000, seed: 5)),
      of: regression.model
    )
    let test =
      Tensor.normal([500, 2], .float64, using: RandomGenerator(seed: 6)) * 10.0.squareRoot()
    let before = try LogisticExperiment.divergence(teacher, student, at: test)
    try train(
      student,
      on: OnlinePredictive(chain, of: regression.model, at: noise),
      minimizing: .softCrossEntropy(),
      using: SGD(learningRate: 1),
      schedule: .linear(over: steps)
    )
    let after = try LogisticExperiment.divergence(teacher, student, at: test)
    #expect(after.mean < 0.05 * before.mean, "from \(before.mean) to \(after.mean)")
  }
}
