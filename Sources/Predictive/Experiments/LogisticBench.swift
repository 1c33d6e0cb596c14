import Distillation
import Networks
import Probability
import Tensors

/// What the parts of the logistic experiment share under one seed: a reference to compare with, and
/// batches that were observed once for all students.
final class LogisticBench {
  private let experiment: LogisticExperiment
  private let seed: UInt64
  let posterior: LogisticRegression
  /// The bag that batch students learn from.
  let bag: [[Double]]
  private let test: Tensor
  /// What the bag predicts at the test inputs.
  private let truth: Observation
  private(set) var results: [LogisticExperiment.Result] = []

  init(_ experiment: LogisticExperiment, seed: UInt64) throws {
    (self.experiment, self.seed) = (experiment, seed)
    posterior = try experiment.posterior()
    let chain = MarkovChain(SliceSampler(posterior), burnIn: experiment.burnIn, seed: seed)
    bag = Array(chain.prefix(experiment.draws))
    test =
      Tensor.normal(
        [experiment.testInputs, 2],
        .float64,
        using: RandomGenerator(seed: seed ^ 0xA5A5)
      ) * 10.0.squareRoot()
    truth = try PosteriorPredictive(Tensor(bag), of: LogisticExperiment.model).observe(test)
  }

  /// Makes something and compares it with the Monte Carlo predictive.
  @discardableResult
  func measure<Made: Teacher>(
    _ name: String,
    components: Int = 0,
    draws: Int = 0,
    secondsBefore: Double = 0,
    _ make: () throws -> Made
  ) throws -> Made {
    let clock = ContinuousClock()
    let start = clock.now
    let made = try make()
    let seconds = (clock.now - start) / .seconds(1) + secondsBefore
    let (mean, error) = try LogisticExperiment.divergence(truth, made.observe(test))
    results.append(
      LogisticExperiment.Result(
        name: name,
        components: components,
        draws: draws,
        divergence: mean,
        standardError: error,
        seconds: seconds
      )
    )
    return made
  }

  private func noise(_ steps: Int) -> Noise {
    Noise(
      [2],
      .normal(standardDeviation: 10.0.squareRoot()),
      batchesOf: experiment.batchSize,
      steps: steps,
      seed: seed,
      .float64
    )
  }

  /// Trains a student and measures it.
  ///
  /// - Parameter observed: For batch students: what the bag predicts at every batch.
  func train(
    _ kind: LogisticExperiment.Student,
    components: Int,
    draws: Int,
    on observed: ObservedBatches? = nil
  ) throws -> MixtureOfLogistics {
    let student = MixtureOfLogistics(
      components,
      inputs: 2,
      using: RandomGenerator(seed: seed &+ 77)
    )
    try measure(
      kind.rawValue,
      components: components,
      draws: draws,
      secondsBefore: observed?.seconds ?? 0
    ) {
      // Online each example takes a draw of its own, so the draws limit the steps.
      let steps =
        kind.isOnline
        ? min(experiment.iterations, draws / experiment.batchSize) : experiment.iterations
      let inputs: any Inputs =
        if let observed { observed } else {
          OnlinePredictive(
            MarkovChain(
              SliceSampler(posterior),
              burnIn: experiment.burnIn,
              seed: seed &+ 1_000
            ),
            of: LogisticExperiment.model,
            at: noise(steps),
            derivatives: kind.loss.needs.derivatives
          )
        }
      try Distillation.train(
        student,
        on: inputs,
        minimizing: kind.loss,
        using: SGD(learningRate: experiment.learningRate),
        schedule: .linear(over: steps)
      )
      return ModuleTeacher(student)
    }
    return student
  }

  /// What a bag predicts at all batches of a run, observed at once: any number of students learn from
  /// it.
  func observe(_ bag: [[Double]]) throws -> ObservedBatches {
    let teacher = PosteriorPredictive(Tensor(bag), of: LogisticExperiment.model)
    return try ObservedBatches(of: teacher, at: noise(experiment.iterations))
  }
}

/// Batches with what a teacher does at them, observed beforehand.
final class ObservedBatches: Inputs {
  let stepCount: Int?
  /// What the observation took.
  let seconds: Double
  private let batches: [Tensor]
  private let values: [Tensor]
  private let derivatives: [Tensor]
  private let meaning: Observation.Meaning

  init(of teacher: some Teacher, at noise: Noise) throws {
    let clock = ContinuousClock()
    let start = clock.now
    batches = (0..<(noise.stepCount ?? 0)).map { noise.batch($0)!.inputs }
    stepCount = batches.count
    let all = try teacher.observe(.concatenated(batches), Request(derivatives: .all))
    values = all.values.split(every: noise.batchSize)
    derivatives = all.derivatives!.split(every: noise.batchSize)
    meaning = all.meaning
    seconds = (clock.now - start) / .seconds(1)
  }

  func batch(_ step: Int) -> Batch? {
    guard step < batches.count else { return nil }
    let observation = Observation(
      values[step],
      meaning: meaning,
      derivatives: derivatives[step]
    )
    return Batch(batches[step], observation: observation)
  }
}
