import ArgumentParser
import Distill
import Foundation
import Runs
import Watching

/// The options every subcommand that computes has.
struct CommonOptions: ParsableArguments {
  @Option(help: "Where all random numbers start from.")
  var seed: UInt64 = 1

  @OptionGroup var machine: MachineOptions

  @OptionGroup var output: OutputOptions
}

/// Where a subcommand computes, and with how many threads.
struct MachineOptions: ParsableArguments {
  @Option(help: "Threads that one operation may use. (default: as many as there are processors)")
  var threads: Int?

  @Option(help: "Where to compute: cpu, cuda, cuda:N or mps.")
  var device = "cpu"

  func validate() throws {
    let most = Self.processors
    if let threads, !(1...most).contains(threads) {
      throw ValidationError(
        "--threads \(threads): this machine has \(most) processor\(most == 1 ? "" : "s"), so there must "
          + "be at least 1 and at most \(most)."
      )
    }
  }

  /// The most threads that can work at once.
  static var processors: Int { ProcessInfo.processInfo.activeProcessorCount }

  /// Sets the threads and finds the device.
  ///
  /// - Parameter recorded: How many threads there were before, for work that is to come out the same.
  /// - Throws: One sentence when this machine does not have the device.
  func prepare(usually recorded: Int? = nil) throws -> Device {
    // A recipe or certificate of another machine may ask for more.
    if let threads = threads ?? recorded { Machine.threads = min(max(threads, 1), Self.processors) }
    return try Device(named: device)
  }
}

/// Where a run goes, and whether it resumes another.
struct RunOptions: ParsableArguments {
  @Option(help: "The run's folder. (default: a new one under runs)")
  var out: String?

  @Option(
    defaultAsFlag: .latest,
    help: "Resume a run: the one in this folder, or the last unfinished one."
  )
  var resume: ResumedRun?

  @Flag(
    inversion: .prefixedNo,
    help: "Write curves for TensorBoard into the run's folder: tensorboard --logdir runs."
  )
  var curves = true

  @Option(
    defaultAsFlag: .any,
    help: "Show the run on a page as distill watch does, at this port if one is given."
  )
  var watch: WatchPort?

  func validate() throws {
    try watch?.check("watch")
    guard watch == nil || curves else {
      throw ValidationError("--watch and --no-curves exclude each other.")
    }
  }

  /// Refuses everything that the recipe of a run to resume says already.
  ///
  /// - Returns: Whether there is such a run.
  func isResuming(allowing others: [String] = []) throws -> Bool {
    if resume != nil { try GivenOptions.current.requireResumable(allowing: others) }
    return resume != nil
  }

  /// Refuses a file beside a run to resume, and a new run without it.
  ///
  /// - Parameters:
  ///   - name: Of the file, such as "the images".
  ///   - request: What is said where it is missing.
  /// - Returns: Whether there is a run to resume.
  func isResuming(insteadOf file: String?, _ name: String, _ request: String) throws -> Bool {
    let isResuming = try isResuming()
    guard isResuming == (file == nil) else {
      throw ValidationError(
        isResuming ? "--resume does what the recipe says: leave out \(name)." : request
      )
    }
    return isResuming
  }

  /// Does the work of a run, which the terminal and, where that is asked for, a page show.
  func working(_ output: OutputOptions, _ body: (Work) throws -> Void) throws {
    try Console(output.verbosity, recordsCurves: curves).listening { work in
      guard let watch else { return try body(work) }
      try work.watched(at: watch.number, body)
    }
  }
}

extension ResumedRun: ExpressibleByArgument {
  package init?(argument: String) {
    guard !argument.isEmpty else { return nil }
    self = .folder(argument)
  }

  package var defaultValueDescription: String { "latest" }
}

/// How much a subcommand prints.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Print results only, no progress.")
  var quiet = false

  @Flag(help: "Print JSON, one object a line.")
  var json = false

  func validate() throws {
    if quiet && json { throw ValidationError("--quiet and --json exclude each other.") }
  }

  var verbosity: Verbosity { json ? .json : quiet ? .quiet : .normal }

  var console: Console { Console(verbosity) }
}

/// A student to use, and how what it says is printed.
struct StudentArgument: ParsableArguments {
  @ArgumentParser.Argument(
    help: """
      The folder of a run, a student.json, a student.safetensors, or the .distill that distill export \
      wrote.
      """,
    completion: .file()
  )
  var student: String

  @OptionGroup var output: OutputOptions
}

/// Whether the first line of a table names its columns.
enum TableHeader: String, ExpressibleByArgument, CaseIterable {
  case yes, no

  var isThere: Bool { self == .yes }
}

/// The parts of `a, b` without the blanks around them.
func commaSeparated(_ text: String) -> [String] {
  text.split(separator: ",", omittingEmptySubsequences: false)
    .map { $0.trimmingCharacters(in: .whitespaces) }
}
