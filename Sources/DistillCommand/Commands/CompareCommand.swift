import ArgumentParser
import Runs

/// Says how runs differ.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compare runs: where their recipes differ, and whether their results do.",
    discussion: """
      Students of distill compress that were tested on the same examples are compared example by \
      example, which sees far smaller differences.

      Example:
        distill compare runs/small runs/smaller
      """
  )

  @ArgumentParser.Argument(
    help: "The folders of at least two runs; the others are compared with the first.",
    completion: .directory
  )
  var runs: [String]

  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard runs.count > 1 else { throw ValidationError("name at least two runs to compare.") }
  }

  func run() throws {
    let comparison = try RunComparison(runs)
    output.console.show(comparison.text, comparison)
    for remark in comparison.remarks { output.console.say(remark) }
  }
}
