import Distill

/// How an RBM is distilled into a student.
struct DistillationPlan: Codable, Equatable {
  enum Rule: String, Codable, CaseIterable { case adam, adadelta }
  enum Decline: String, Codable, CaseIterable { case cosine, constant }

  /// Hidden units of the NADE.
  var hidden = 500
  /// See ``LossText``.
  var loss = "conditional"
  /// c of the square error: `mode` (the teacher's highest log p̃ that is found), `learnt`, or a
  /// number.
  var constant = "mode"
  /// Whether the student begins at the RBM's weights.
  var warmStart = true
  var optimizer = Rule.adam
  var learningRate = 2e-3
  var schedule = Decline.cosine
  var steps = 30_000
  /// Samples in each step.
  var batch = 20
  /// Gibbs chains side by side.
  var chains = 2_000
  /// Gibbs steps before the first sample is used, and between two uses of a chain.
  var burnIn = 2_000
  var thinning = 25
  /// Hidden states that the teacher's conditionals are averaged over, for the loss `conditional`.
  var hiddenStates = 2

  /// The thesis' (Papamakarios 2015, section 3.3.2): weights at random and AdaDelta. There a chain
  /// makes 100 steps between two uses; 25 leave hardly more correlation and cost a quarter.
  static func thesis(hidden: Int, loss: String, steps: Int = 30_000) -> DistillationPlan {
    DistillationPlan(
      hidden: hidden,
      loss: loss,
      warmStart: false,
      optimizer: .adadelta,
      learningRate: 1,
      schedule: .constant,
      steps: steps
    )
  }

  /// - Throws: ``CommandError`` in one sentence for a setting that cannot be.
  func check() throws {
    let text = try LossText(loss)
    let counts = [
      ("hidden", hidden), ("steps", steps), ("batch", batch), ("chains", chains),
      ("thinning", thinning), ("hidden states", hiddenStates),
    ]
    for (name, count) in counts where count < 1 {
      throw CommandError("\(name) \(count): there must be at least one")
    }
    guard burnIn >= 0 else { throw CommandError("burn-in \(burnIn): there is no less than none") }
    guard learningRate > 0, learningRate.isFinite else {
      throw CommandError("the learning rate \(learningRate) must be above zero")
    }
    _ = try givenConstant()
    if text.contains(.reverse), text.terms.count == 1 {
      throw CommandError(
        "the loss 'reverse' alone finds one mode of many: add another, as in 'conditional + 0.1 "
          + "reverse'"
      )
    }
  }

  /// The constant, where it is a number.
  func givenConstant() throws -> Double? {
    if ["mode", "learnt"].contains(constant) { return nil }
    guard let number = Double(constant), number.isFinite else {
      throw CommandError("the constant '\(constant)' must be mode, learnt or a number")
    }
    return number
  }

  func makeOptimizer() -> any Optimizer {
    switch optimizer {
    case .adam: Adam(learningRate: learningRate)
    case .adadelta: AdaDelta(learningRate: learningRate, rho: 0.95, epsilon: 1e-6)
    }
  }

  var makeSchedule: Schedule { schedule == .cosine ? .cosine(over: steps) : .constant }

  /// The student before its first step.
  func makeStudent(of rbm: RBM, seed: UInt64) -> NADE {
    let generator = RandomGenerator(seed: seed &+ 10)
    return warmStart
      ? NADE(startingAt: rbm, hidden: hidden, using: generator)
      : NADE(inputs: rbm.inputs, hidden: hidden, using: generator)
  }

  /// Fresh samples of the teacher.
  func samples(of rbm: RBM, seed: UInt64) throws -> GibbsSamples<RBM> {
    let needsConditionals = try LossText(loss).contains(.conditional)
    return rbm.gibbsSamples(
      chains: chains,
      batchSize: { _ in batch },
      steps: steps,
      burnIn: burnIn,
      thinning: thinning,
      softTargets: needsConditionals ? hiddenStates : 0,
      seed: seed &+ 20
    )
  }
}
