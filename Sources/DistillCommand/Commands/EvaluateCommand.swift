import ArgumentParser
import Distill
import Experiments
import Runs

/// Measures a student on data whose outcomes are known.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure a student on data whose outcomes are known.",
    discussion: """
      Of classes: accuracy, log-probability, Brier score, calibration and what is never found, beside \
      the teacher's answers where they are given. Of numbers and counts: log-probability, continuous \
      ranked probability score and the coverage of intervals. Of densities: the mean log-probability in \
      nats; of language models bits per byte; of detectors mAP. After ± are two standard errors.

      Examples:
        distill evaluate runs/small
        distill evaluate runs/small --data new.csv --teacher-values answers.npy
        distill evaluate runs/diabetes --data new.csv --outcome progression
        distill evaluate student.distill --data photos
        distill evaluate runs/nade --data digits.npz:test
      """
  )

  @OptionGroup var common: StudentArgument

  @Option(
    help: """
      Data with their outcomes, of the kinds that the student was trained on; - is standard input. \
      (default: the test examples of a run)
      """,
    completion: .file()
  )
  var data: String?

  @Option(
    name: [.customLong("labels"), .customLong("outcome")],
    help: ArgumentHelp(
      "The column or array of the outcomes, or the file of the labels. (default: the one there is)",
      valueName: "name"
    )
  )
  var outcome: String?

  @Option(
    help:
      "The teacher's logits or probabilities, a row for each example: .npy, .npz[:array] or .csv.",
    completion: .file()
  )
  var teacherValues: String?

  @Option(help: "Write the measures to this file, as JSON.")
  var out: String?

  func validate() throws {
    try GivenOptions.current.refuse(
      ["--labels", "--outcome", "--teacher-values"],
      where: data == nil,
      "without --data"
    )
  }

  func run() throws {
    if let out { try requireResultPlace(out, from: [common.student, data, teacherValues]) }
    let used = try UsableStudent(common.student, among: experiments)
    let console = common.output.console
    let evaluation = try used.reading(data, console) {
      try StudentEvaluation(of: used, on: $0, outcome: outcome, teacherValues: teacherValues)
    }
    console.show(evaluation.text, evaluation)
    for warning in evaluation.warnings { console.warn(warning) }
    if let out { try writeResult(prettyJson(evaluation), to: out) }
  }
}
