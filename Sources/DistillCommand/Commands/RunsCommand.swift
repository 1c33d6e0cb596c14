import ArgumentParser
import Exchange
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
    guard !list.runs.isEmpty else {
      throw RunError("there are no such runs in '\(folder)'")
    }
    output.console.show(
      list.table.text(width: 140),
      event: "runs",
      ["count": list.count, "runs": list.runs]
    )
    if list.count > list.runs.count {
      output.console.say("\(list.runs.count) of \(list.count) runs are listed: --count lists more")
    }
  }
}

extension RunSummary.State: ExpressibleByArgument {}

extension RunList.Order: ExpressibleByArgument {}
