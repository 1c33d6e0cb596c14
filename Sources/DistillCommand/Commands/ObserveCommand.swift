import ArgumentParser
import Compression
import Distill
import Foundation
import Runs

/// Observes a teacher once, for any number of students.
struct ObserveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "observe",
    abstract: "Record what a teacher says about data, to teach from it as often as you like.",
    discussion: """
      Teachers and data are those of distill compress. The store is a folder; --teacher STORE teaches from \
      it. What is stopped, also by a kill, is gone on with by the same command. With --shard 2/8 only the \
      second eighth is observed, on a machine of its own if you like: files of all shards belong into one \
      folder.

      Example: the 9 most probable classes, and a student of them:
        distill observe --teacher net.pt2 --data photos --form top-k:9 --out seen
        distill compress --teacher seen --data photos --student cnn
      """
  )

  @Option(
    parsing: .upToNextOption,
    help: "Files of weights or whole models, patterns, folders, or the folder of a run."
  )
  var teacher: [String] = []

  @OptionGroup var teaching: TeacherOptions

  @OptionGroup var examples: ExampleOptions

  @Flag(help: "Also record derivatives with respect to the inputs: outputs × inputs numbers each.")
  var derivatives = false

  @Option(help: "Also record the values of these layers, such as 1,3; of an ensemble: members.")
  var features: String?

  @Option(
    help: """
      How numbers are kept: float32 (exactly), bfloat16, int8, or the K most probable classes and the mass of \
      all others, top-k:K. What rounding does is measured and said.
      """
  )
  var form: ObservationForm?

  @Option(help: "Examples that are observed at once and kept in one file. (default: 1000)")
  var chunk: Int?

  @Option(help: "The part of the work that is done here, such as 2/8.")
  var shard: Shard?

  @Flag(help: "Refuse to begin a new store: there must be one to go on with.")
  var resume = false

  @Option(parsing: .upToNextOption, help: "Instead: bring these stores into one.")
  var merge: [String] = []

  @Option(help: "The store's folder.")
  var out: String

  @OptionGroup var machine: MachineOptions

  @OptionGroup var output: OutputOptions

  func validate() throws {
    let given = GivenOptions.current
    if !merge.isEmpty {
      let usual = ["--merge", "--out", "--threads", "--device", "--quiet", "--json"]
      guard let other = given.first(beside: usual) else { return }
      throw ValidationError("\(other) has no effect with --merge: leave it out.")
    }
    let isAsked = teaching.teacherCommand != nil
    try given.refuse(
      ["--teacher", "--features", "--teacher-model"],
      where: isAsked,
      "with --teacher-command"
    )
    for (name, isMissing) in [
      ("teacher", teacher.isEmpty && !isAsked), ("data", examples.data == nil),
    ]
    where isMissing {
      throw ValidationError("--\(name) is missing: distill observe --help shows an example.")
    }
    try withUsage { try options.check(naming: optionName) }
  }

  /// What was asked for, in one value.
  var options: ObserveOptions {
    var options = ObserveOptions(teacher: teacher, data: DataSource(""), out: out)
    teaching.tell(&options)
    examples.tell(&options)
    options.form = form ?? .float32
    options.derivatives = derivatives
    options.features = features.map(commaSeparated) ?? []
    options.chunk = chunk ?? options.chunk
    options.shard = shard ?? .whole
    options.resumes = resume
    return options
  }

  func run() throws {
    let device = try machine.prepare()
    try output.console.listening { work in
      if merge.isEmpty {
        try runObserve(options, on: device, work)
      } else {
        try runMerge(merge, into: out, work)
      }
    }
  }
}

extension ObservationForm: ExpressibleByArgument {}

extension Shard: ExpressibleByArgument {}
