import Distill

/// How an RBM is distilled into a student.
package struct DistillationPlan: Codable, Equatable {
  /// Where a student begins.
  package enum Start: String, Codable, CaseIterable {
    /// A NADE at the RBM's weights, others at random ones.
    case usual
    case rbm, random
  }

  /// See ``StudentText``.
  package var student = "nade:500"
  /// See ``LossText``.
  package var loss = "conditional"
  /// c of the square error: `mode` (the teacher's highest log p̃ that is found), `learnt`, or a
  /// number.
  package var constant = "mode"
  package var start = Start.usual
  package var optimizer = Named<OptimizerFormula>.adam
  package var learningRate = 2e-3
  package var schedule = Named<ScheduleFormula>.cosine
  package var steps = 30_000
  /// Samples in each step.
  package var batch = 20
  /// Gibbs chains side by side.
  package var chains = 2_000
  /// Gibbs steps before the first sample is used, and between two uses of a chain.
  package var burnIn = 2_000
  package var thinning = 25
  /// Hidden states that the teacher's conditionals are averaged over, for the loss `conditional`.
  package var hiddenStates = 2

  package init(
    student: String = "nade:500",
    loss: String = "conditional",
    constant: String = "mode",
    start: Start = Start.usual,
    optimizer: Named<OptimizerFormula> = .adam,
    learningRate: Double = 2e-3,
    schedule: Named<ScheduleFormula> = .cosine,
    steps: Int = 30_000,
    batch: Int = 20,
    chains: Int = 2_000,
    burnIn: Int = 2_000,
    thinning: Int = 25,
    hiddenStates: Int = 2
  ) {
    self.student = student
    self.loss = loss
    self.constant = constant
    self.start = start
    self.optimizer = optimizer
    self.learningRate = learningRate
    self.schedule = schedule
    self.steps = steps
    self.batch = batch
    self.chains = chains
    self.burnIn = burnIn
    self.thinning = thinning
    self.hiddenStates = hiddenStates
  }

  /// The thesis' (Papamakarios 2015, section 3.3.2): weights at random and AdaDelta. There a chain
  /// makes 100 steps between two uses; 25 leave hardly more correlation and cost a quarter.
  package static func thesis(hidden: Int, loss: String, steps: Int = 30_000) -> DistillationPlan {
    DistillationPlan(
      student: "nade:\(hidden)",
      loss: loss,
      start: .random,
      optimizer: .adaDelta,
      learningRate: 1,
      schedule: .constant,
      steps: steps
    )
  }

  /// - Throws: `RunError` in one sentence for a setting that cannot be.
  package func check(naming name: (String) -> String = { $0 }) throws {
    let text = try LossText(loss)
    let student = try StudentText(student)
    try student.check(text)
    guard start != .rbm || student.architecture is NADEArchitecture else {
      throw RunError(
        "'\(self.student)' cannot begin at the RBM's weights, which only a NADE can: leave that out"
      )
    }
    try requireCount(name("steps"), steps, atMost: mostSteps)
    for (key, count) in [("batch", batch), ("chains", chains), ("thinning", thinning)] {
      try requireCount(name(key), count)
    }
    try requireCount(name("burnIn"), burnIn, atLeast: 0)
    try requireCount(name("hiddenStates"), hiddenStates, atMost: 1_000)
    try requireNumbers(name("learningRate"), [learningRate], .learningRate)
    _ = try givenConstant()
    if text.contains(.reverse), text.names.count == 1 {
      throw RunError(
        "the loss 'reverse' alone finds one mode of many: add another, as in 'conditional + 0.1 "
          + "reverse'"
      )
    }
  }

  /// The constant, where it is a number.
  package func givenConstant() throws -> Double? {
    if ["mode", "learnt"].contains(constant) { return nil }
    guard let number = Double(constant), number.magnitude <= 1e9 else {
      throw RunError(
        "the constant '\(constant)' must be mode, learnt or a number up to a billion"
      )
    }
    return number
  }

  package func makeOptimizer() -> any Optimizer {
    optimizer.item.optimizer(learningRate: learningRate)
  }

  package var makeSchedule: Schedule { schedule.item.schedule(over: steps) }

  /// The student before its first step.
  package func makeStudent(of rbm: RBM, seed: UInt64) throws -> any StoredModel {
    let architecture = try StudentText(student).architecture
    guard let nade = architecture as? NADEArchitecture, start != .random else {
      return architecture.model(inputs: rbm.inputs, seed: seed &+ 10)
    }
    return NADE(
      startingAt: rbm,
      hidden: nade.hidden,
      using: RandomGenerator(seed: seed &+ 10)
    )
  }

  /// What the student stands for after its last step, or at some step before.
  package func finished(_ model: any StoredModel, seed: UInt64) throws -> any StoredModel {
    try StudentText(student).architecture.finished(model, seed: seed &+ 11)
  }

  /// Samples of the teacher: fresh ones, or for students of several plans that all see the same.
  package func samples(of rbm: RBM, shared: Bool = false, seed: UInt64) throws -> GibbsSamples<RBM>
  {
    let needsConditionals = try shared || LossText(loss).contains(.conditional)
    return rbm.gibbsSamples(
      chains: chains,
      batchSize: { _ in batch },
      steps: steps,
      burnIn: burnIn,
      thinning: thinning,
      softTargets: needsConditionals ? hiddenStates : 0,
      keepsSamples: shared,
      seed: seed &+ 20
    )
  }
}
