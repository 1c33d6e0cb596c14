import ArgumentParser
import Exchange
import Runs

extension PartitionMethod: ExpressibleByArgument {}

/// How an RBM is distilled.
struct DistillationOptions: ParsableArguments {
  @Option(
    help: """
      The student and the units of its hidden layers: nade:500, made:1000-1000, deep-nade:500-500; \
      behind the last two, a mixture over orders of the inputs: deep-nade:500-500,orders:8.
      """
  )
  var student = DistillationPlan().student

  @Option(
    help: """
      What is minimised: likelihood, conditional, squared, score, reverse, or a sum such as \
      'conditional + 0.1 squared'.
      """
  )
  var loss = DistillationPlan().loss

  @Option(help: "The constant c of the square error: mode (searched for), learnt, or a number.")
  var constant = DistillationPlan().constant

  @Flag(
    inversion: .prefixedNo,
    help: "Whether the student begins at the RBM's weights. (default: a NADE does, others cannot)"
  )
  var warmStart: Bool?

  @Option(help: "The optimizer.")
  var optimizer = DistillationPlan().optimizer

  @Option(help: "Its learning rate.")
  var learningRate = DistillationPlan().learningRate

  @Option(help: "How the learning rate goes.")
  var schedule = DistillationPlan().schedule

  @Option(help: "Steps.")
  var steps = DistillationPlan().steps

  @Option(help: "Samples in each step.")
  var batch = DistillationPlan().batch

  @Option(help: "Gibbs chains side by side.")
  var chains = DistillationPlan().chains

  @Option(help: "Gibbs steps before the first sample is used.")
  var burnIn = DistillationPlan().burnIn

  @Option(help: "Gibbs steps between two uses of a chain.")
  var thinning = DistillationPlan().thinning

  @Option(help: "Hidden states that each target of the loss 'conditional' is averaged over.")
  var hiddenStates = DistillationPlan().hiddenStates

  /// - Throws: One sentence for a setting that cannot be.
  func plan() throws -> DistillationPlan {
    _ = try withUsage(of: "loss") { try LossText(loss) }
    _ = try withUsage(of: "student") { try StudentText(student) }
    let plan = DistillationPlan(
      student: student,
      loss: loss,
      constant: constant,
      start: warmStart.map { $0 ? .rbm : .random } ?? .usual,
      optimizer: optimizer,
      learningRate: learningRate,
      schedule: schedule,
      steps: steps,
      batch: batch,
      chains: chains,
      burnIn: burnIn,
      thinning: thinning,
      hiddenStates: hiddenStates
    )
    try withUsage {
      try plan.check(naming: optionName)
      let terms = try LossText(loss)
      let given = GivenOptions.current
      let withLoss = "with --loss '\(loss)'"
      try given.refuse(["--constant"], where: !terms.contains(.squared), withLoss)
      try given.refuse(["--hidden-states"], where: !terms.contains(.conditional), withLoss)
    }
    return plan
  }
}

/// How log Z is estimated.
struct PartitionOptions: ParsableArguments {
  @Option(help: "Samples of the student and of the RBM.")
  var samples = PartitionPlan().samples

  @Option(help: "Chains that draw the RBM's samples, from samples of the student.")
  var partitionChains = PartitionPlan().chains

  @Option(help: "Gibbs steps before the first of these samples.")
  var partitionBurnIn = PartitionPlan().burnIn

  @Option(help: "Gibbs steps between two of a chain.")
  var partitionThinning = PartitionPlan().thinning

  @Option(help: "Gibbs steps between two jumps of a chain to a sample of the student; 0 for none.")
  var jumpEvery = PartitionPlan().jumpEvery

  @Option(help: "Annealing runs.")
  var runs = PartitionPlan().runs

  @Option(
    help: "Annealing steps: a number of even ones, adaptive:STEPS, or salakhutdinov-murray."
  )
  var temperatures = PartitionPlan().temperatures

  @Option(help: "How often the intervals are to hold log Z; 0.9973 are three standard errors.")
  var confidence = PartitionPlan().confidence

  /// - Throws: One sentence for a setting that cannot be.
  func plan(_ methods: [PartitionMethod]) throws -> PartitionPlan {
    let plan = PartitionPlan(
      methods: methods,
      samples: samples,
      chains: partitionChains,
      burnIn: partitionBurnIn,
      thinning: partitionThinning,
      jumpEvery: jumpEvery,
      runs: runs,
      temperatures: temperatures,
      confidence: confidence
    )
    try withUsage {
      // Chains of the distillation have the plain names.
      let ofChains = ["chains": "--partition-chains", "burnIn": "--partition-burn-in"]
        .merging(["thinning": "--partition-thinning"]) { $1 }
      try plan.check { ofChains[$0] ?? optionName($0) }
    }
    return plan
  }
}
