import ArgumentParser
import Compression
import Distillation
import Exchange
import Predictive
import Reporting
import Runs
import Tensors

/// From a bag of posterior draws to a compact predictive distribution.
struct PredictiveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predictive",
    abstract: "Distill posterior draws into a small closed-form predictive distribution.",
    discussion: """
      Takes draws that another program wrote (CmdStan, PyMC, NumPyro, …) or makes its own, and trains \
      a student that predicts what all draws predict on average: a mixture of a few regressions, a \
      mixture density, or a small network. Writes the student as JSON with its formula, and with \
      --certify how far it is from the Monte Carlo predictive.

      Example: draws of CmdStan of a logistic regression, at the inputs of a table:
        distill predictive --draws chain.csv --parameters beta --data data.csv

      Example: from a pipe, keeping no draw, at inputs from N(0, 10 I):
        distill predictive --draws - --inputs gaussian:10 --online

      Example: with a built-in sampler, and the distance from its draws:
        distill predictive --data data.csv --outcome y --certify

      Ctrl-C leaves the best student so far; resume with:
        distill predictive --resume
      """
  )

  @Option(
    help: "What the draws are of: \(PredictiveModelName.allValueStrings.joined(separator: ", "))."
  )
  var model: PredictiveModelName = .logistic

  @OptionGroup(title: "Draws") var draws: DrawArguments
  @OptionGroup(title: "Data") var data: PredictiveDataArguments
  @OptionGroup(title: "Built-in samplers") var sampling: SamplerArguments
  @OptionGroup(title: "Student") var student: StudentArguments

  @Flag(help: "Measure the distance from the Monte Carlo predictive, and write a report.")
  var certify = false

  @Option(help: "Only sample a part of the chains, such as 2/8, into the folder OUT.chains.")
  var shard: Shard?

  @OptionGroup var place: RunOptions

  @OptionGroup var common: CommonOptions

  var plan: PredictivePlan {
    var plan = PredictivePlan()
    (plan.model, plan.isCertified) = (model, certify)
    draws.tell(&plan.draws)
    data.tell(&plan.data)
    sampling.tell(&plan.sampling)
    student.tell(&plan.student)
    return plan
  }

  func validate() throws {
    try withUsage { try plan.checkOptions() }
    if place.resume != nil {
      guard place.out == nil else {
        throw ValidationError("--resume DIR names the folder already: leave out --out.")
      }
      try GivenOptions.current.refuse(["--shard"], where: true, "with --resume")
      return
    }
    try withUsage { try plan.check() }
    for (options, isIdle, condition) in plan.idleOptions {
      try GivenOptions.current.refuse(options, where: isIdle, condition)
    }
  }

  func run() throws {
    let device = try common.machine.prepare()
    try place.working(common.output) { try perform(said: CommandLine.arguments, on: device, $0) }
  }

  /// - Parameter said: The words of the command line, by which options that are said beside
  ///   `--resume` are known from those left out.
  func perform(
    said: [String],
    on device: Device,
    program: Provenance.Content? = nil,
    _ work: Work
  ) throws {
    try performPredictive(
      plan,
      seed: common.seed,
      at: place.out,
      shard: shard,
      resuming: place.resume,
      said: said,
      on: device,
      reading: recipeOfToday,
      program: program,
      work
    )
  }
}

/// A recipe as this version writes it; what is no recipe of an earlier one is handed back.
func recipeOfToday(_ text: String) throws -> String {
  try PredictivePlan.recipeOfToday(text) { try PredictiveCommand.parse($0).plan }
}
