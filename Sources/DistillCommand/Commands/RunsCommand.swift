import ArgumentParser
import Runs

/// Lists the runs in a folder.
struct RunsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs",
    abstract: "List runs: what, when, from which teacher to which student, and how well.",
    discussion: """
      The folder is the truth: runs that were copied from elsewhere are listed too. After ± are two \
      standard errors.

      Examples:
        distill runs
        distill runs --kind compress --sort result
        distill runs /mnt/cluster/runs --state stopped
      """
  )

  @ArgumentParser.Argument(
    help: "Where the runs are, also in folders of folders.",
    completion: .directory
  )
  var folder = "runs"

  @Option(
    help: ArgumentHelp(
      "Only runs of this subcommand or experiment, such as compress.",
      valueName: "name"
    )
  )
  var kind: String?

  @Option(help: "Only runs that are in this state: finished, running, stopped or unreadable.")
  var state: RunSummary.State?

  @Option(help: "Only runs with this word in their path or their recipe.")
  var find: String?

  @Option(help: "The order: date (the newest first), path, result (the best first) or size.")
  var sort: RunList.Order = .date

  @Option(help: "List at most this many.")
  var count = 50

  @OptionGroup var output: OutputOptions

  func validate() throws {
    try requireOption("count", count, atMost: 1_000_000)
  }

  func run() throws {
    let list = try RunList(
      in: folder,
      RunList.Filter(kind: kind, state: state, word: find),
      by: sort,
      atMost: count
    )
    let console = Console(output.verbosity)
    guard !list.runs.isEmpty else {
      throw CommandError("there are no such runs in '\(folder)'")
    }
    console.show(list.table.text(width: 140), Answer(count: list.count, runs: list.runs))
    if list.count > list.runs.count {
      console.say("\(list.runs.count) of \(list.count) runs are listed: --count lists more")
    }
  }

  private struct Answer: Encodable {
    var event = "runs"
    let count: Int
    let runs: [RunSummary]
  }
}

extension RunSummary.State: ExpressibleByArgument {}

extension RunList.Order: ExpressibleByArgument {}

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
    let console = Console(output.verbosity)
    console.show(comparison.text, comparison)
    for remark in comparison.remarks { console.say(remark) }
  }
}
