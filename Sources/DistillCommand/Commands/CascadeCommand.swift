import ArgumentParser
import Runs

/// When a student hands over to its teacher.
struct CascadeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cascade",
    abstract:
      "Let the student answer where it is sure, and its teacher elsewhere, with a guarantee.",
    discussion: """
      Finds how sure the student must be so that the two together disagree with the teacher on no more \
      than a share of all inputs, on a part of the run's test examples that chose nothing else, and \
      measures the two on the other part. distill predict and exported students then say which answers \
      they hand over.

      Example:
        distill cascade runs/small --risk 0.01
      """
  )

  @Argument(
    help: .init("A finished run of distill compress: its folder.", valueName: "run"),
    completion: .directory
  )
  var folder: String

  @Option(help: "The share of inputs on which the two may disagree with the teacher.")
  var risk = 0.01

  @Option(help: "How probable it must be at least that they do not disagree on more.")
  var confidence = 0.95

  @Option(help: "The share of the test examples that the threshold is found on.")
  var calibration = 0.5

  @OptionGroup var common: CommonOptions

  func validate() throws { try withUsage { try options.check(naming: optionName) } }

  private var options: CascadeOptions {
    CascadeOptions(
      run: folder,
      risk: risk,
      level: confidence,
      calibration: calibration,
      seed: common.seed
    )
  }

  func run() throws {
    let device = try common.machine.prepare(usually: recordedThreads(folder))
    try common.output.console.listening { _ = try runCascade(options, on: device, $0) }
  }
}
