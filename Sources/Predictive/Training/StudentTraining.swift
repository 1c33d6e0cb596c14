import Distillation
import Exchange
import Foundation
import Networks
import Probability
import Tensors

/// How long and how fast a student is trained: what was asked for, or what is usual.
package struct StudentPlan: Codable, Equatable {
  package let family: String
  package let components: Int
  package let loss: String
  package let isOnline: Bool
  package let batchSize: Int
  /// Nil: as long as there are draws.
  package let steps: Int?
  package let learningRate: Double
  /// Online: inputs at which each draw teaches.
  package let reuse: Int

  /// Online: the draws that all steps take, where there are as many.
  package var drawCount: Int {
    guard let steps else { return .max }
    let (uses, overflows) = steps.multipliedReportingOverflow(by: batchSize)
    return overflows ? .max : uses / reuse + (uses % reuse == 0 ? 0 : 1)
  }
}

/// Trains a student by steps, with checkpoints, and hands over what it is so far when stopped.
package struct StudentTraining {
  package let task: PredictiveTask
  package let plan: StudentPlan
  package let problem: PredictiveProblem
  /// Where the draws come from.
  package let source: any DrawSource
  /// What the student is; the plan's family, or a form that it is compared with.
  package let family: PredictiveFamilyName

  package init(
    task: PredictiveTask,
    plan: StudentPlan,
    problem: PredictiveProblem,
    source: any DrawSource,
    family: PredictiveFamilyName? = nil
  ) {
    (self.task, self.plan, self.problem, self.source) = (task, plan, problem, source)
    self.family = family ?? task.family
  }

  package static let checkpoint = "student.checkpoint.safetensors"

  /// - Returns: Whether the run was stopped before its end.
  package func train<Student: Module>(
    _ student: Student,
    observedAs meaning: Observation.Meaning = .logits,
    on inputs: any Inputs,
    observing teacher: (any Teacher)? = nil,
    minimizing loss: Loss,
    looking look: ((any Module) throws -> [String: Double])? = nil
  ) throws -> Bool {
    let work = task.work
    let schedule =
      plan.steps.map { Schedule.linear(over: $0) }
      ?? Schedule { pow(1 + Double($0) / 500, -0.75) }
    let distiller = Distiller(
      student,
      observedAs: meaning,
      minimizing: loss,
      using: Adam(learningRate: plan.learningRate),
      schedule: schedule,
      seed: task.seed
    )
    var inputs = plan.steps.map { inputs.ending(after: $0) } ?? inputs
    if let draws = source as? HashedDraws { inputs = InputsOfDraws(inputs: inputs, draws: draws) }
    work.begin("student", of: plan.steps)
    var report = TrainingReport(to: work)
    let record = try distiller.run(
      on: inputs,
      observing: teacher,
      checkpointing: task.folder.map {
        CheckpointPolicy($0.file(Self.checkpoint), everySeconds: 15)
      },
      measuringTerms: work.termShare
    ) { step in
      report.take(step)
      if let look, isLook(at: step.step) { work.measure(at: step.step, try look(student)) }
      return task.work.isCancelled() ? .stop : .proceed
    }
    work.end()
    guard record.steps > 0 else {
      if task.work.isCancelled() { throw Stopped("stopped before there was a student") }
      throw RunError(
        "there were too few draws for a single step: give more, or a larger --reuse"
      )
    }
    let metric = TrainingMetric(
      network: "student",
      step: record.steps,
      loss: record.losses.latest ?? .nan,
      seconds: record.seconds
    )
    try task.folder?.record([metric], by: "network")
    // A wish to stop may also have ended the draws.
    let isShort = plan.steps.map { record.steps < $0 } ?? true
    return record.ending == .stopped || (isShort && task.work.isCancelled())
  }

  /// Batches of inputs in the coordinates of the problem, with the numbers of their rows where they
  /// are rows of the data.
  package var inputs: any Inputs {
    guard let rows = problem.rows else {
      let scaling = problem.scaling
      let noise = Noise(
        [scaling.inputs],
        batchesOf: plan.batchSize,
        steps: plan.steps,
        seed: task.seed,
        .float64
      )
      return FunctionOfStep(plan.steps) { step in
        noise.batch(step).map { Batch(scaling.withConstant($0.inputs)) }
      }
    }
    let fitted = problem.fitted ?? .range(0..<rows.shape[0])
    let (size, seed) = (plan.batchSize, task.seed)
    if problem.smoothsRows {
      let smoothed = SmoothedRows(rows[rows: fitted], inputs: problem.scaling.inputs)
      return FunctionOfStep(plan.steps) { step in
        let generator = RandomGenerator(seed: RandomStream(seed: seed).split(UInt64(step)).stream)
        return Batch(smoothed.sample(size, using: generator))
      }
    }
    guard fitted.count >= size else {
      // Batches larger than the table take rows with replacement.
      return FunctionOfStep(plan.steps) { step in
        let generator = RandomGenerator(seed: RandomStream(seed: seed).split(UInt64(step)).stream)
        let picks = Tensor.randomIntegers(0..<fitted.count, [size], using: generator)
        let indices = fitted[rows: picks]
        return Batch(rows[rows: indices], indices: indices)
      }
    }
    let batches = Examples(rows[rows: fitted]).batches(
      of: size,
      epochs: nil,
      shuffled: seed,
      droppingLast: true
    )
    return FunctionOfStep(plan.steps) { step in
      try batches.batch(step).map { batch in
        Batch(batch.inputs, indices: fitted[rows: batch.indices!])
      }
    }
  }

  /// Batches with what the draws predict on average; `derivatives` where the loss compares them.
  package func batches(
    of model: some PredictiveModel,
    _ bag: [[Double]],
    derivatives: Bool
  ) throws -> (inputs: any Inputs, teacher: (any Teacher)?) {
    let teacher = PosteriorPredictive(Tensor(bag), of: model)
    guard let rows = problem.rows, !problem.smoothsRows else { return (inputs, teacher) }
    // Every row is met many times: what is predicted there is worked out once.
    let isTable = problem.isTabulated
    let places =
      isTable
      ? Tensor.range(0..<rows.shape[0]).cast(to: .float64).insertingAxis(1) : rows
    let seen = try teacher.observe(places, derivatives ? Request(derivatives: .all) : .values)
    let inputs = self.inputs
    return (
      FunctionOfStep(plan.steps) { step in
        guard let batch = try inputs.batch(step), let picks = batch.indices else { return nil }
        return Batch(
          rows[rows: picks],
          observation: Observation(
            seen.values[rows: picks],
            meaning: seen.meaning,
            derivatives: seen.derivatives?[rows: picks]
          )
        )
      }, nil
    )
  }

  /// Batches with what one fresh draw each predicts.
  package func online(
    _ model: some PredictiveModel,
    _ draws: any DrawStream,
    derivatives: Bool,
    acceptingBias: Bool
  ) -> any Inputs {
    let given = inputs
    guard model is TabulatedModel, let rows = problem.rows else {
      return OnlinePredictive(
        draws,
        of: model,
        at: given,
        derivatives: derivatives,
        acceptingBias: acceptingBias
      )
    }
    let places = rowNumbers(given)
    let observed = OnlinePredictive(
      draws,
      of: model,
      at: places,
      derivatives: false,
      acceptingBias: acceptingBias
    )
    return FunctionOfStep(plan.steps) { step in
      try observed.batch(step).map { Batch(rows[rows: $0.indices!], observation: $0.observation) }
    }
  }

  /// Inputs with an outcome each that a fresh draw predicts there.
  package func samples(_ draws: any DrawStream) -> any Inputs {
    let given = inputs
    guard problem.isTabulated, let rows = problem.rows else {
      return predictiveSamples(problem.model, draws, at: given, seed: task.seed)
    }
    let drawn = predictiveSamples(problem.model, draws, at: rowNumbers(given), seed: task.seed)
    return FunctionOfStep(plan.steps) { step in
      try drawn.batch(step).map { batch in
        var examples = Batch(rows[rows: batch.indices!])
        examples.labels = batch.labels
        return examples
      }
    }
  }

  /// The numbers of the rows as inputs, which tabulated models take.
  private func rowNumbers(_ given: any Inputs) -> any Inputs {
    FunctionOfStep(plan.steps) { step in
      try given.batch(step).map {
        Batch($0.indices!.cast(to: .float64).insertingAxis(1), indices: $0.indices)
      }
    }
  }
}

/// Predictive samples of a model whose type is not known.
private func predictiveSamples(
  _ model: some PredictiveModel,
  _ draws: any DrawStream,
  at inputs: any Inputs,
  seed: UInt64
) -> any Inputs {
  PredictiveSamples(draws, of: model, at: inputs, seed: seed)
}

extension Inputs {
  /// The first `count` batches.
  fileprivate func ending(after count: Int) -> any Inputs { limited(to: count) }
}
