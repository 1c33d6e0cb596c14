import ArgumentParser
import Exchange

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

      Ctrl-C leaves the best student so far; go on with:
        distill predictive --resume
      """
  )

  @Option(
    help: "What the draws are of: \(PredictiveModelName.allValueStrings.joined(separator: ", "))."
  )
  var model: PredictiveModelName = .logistic

  @OptionGroup(title: "Draws") var draws: DrawOptions
  @OptionGroup(title: "Data") var data: PredictiveDataOptions
  @OptionGroup(title: "Built-in samplers") var sampling: SamplerOptions
  @OptionGroup(title: "Student") var student: StudentOptions

  @Flag(help: "Measure the distance from the Monte Carlo predictive, and write a report.")
  var certify = false

  @Option(help: "The run's folder. (default: runs/predictive-<date>-<id>)")
  var out: String?

  @Option(
    defaultAsFlag: .latest,
    help: "Go on with a run: the one in this folder, or the last unfinished one."
  )
  var resume: ResumedRun?

  @OptionGroup var common: CommonOptions

  /// The family that is asked for, or the usual one of the model.
  var family: PredictiveFamilyName { student.family.name ?? model.families[0] }

  func validate() throws {
    if resume != nil {
      guard out == nil else {
        throw ValidationError("--resume DIR names the folder already: leave out --out.")
      }
      return
    }
    if let family = student.family.name, !model.families.contains(family) {
      let choices = model.families.map(\.rawValue).joined(separator: ", ")
      throw ValidationError(
        "--family \(family.rawValue) is not for --model \(model.rawValue): choose from \(choices)."
      )
    }
    try refuseIdle()
  }

  func run() throws {
    _ = try common.machine.prepare()
    try Console(common.output.verbosity).listening {
      try runPredictive(self, said: CommandLine.arguments, $0)
    }
  }
}
