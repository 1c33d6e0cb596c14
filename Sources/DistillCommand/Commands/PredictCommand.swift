import ArgumentParser
import Distill
import Experiments
import Runs

/// Uses a student of any application.
struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Predict with a student.",
    discussion: """
      Prints a table: the probability of every class, or mean, standard deviation and quantiles of \
      the outcome, for every row of the data; of a NADE or another model of data its log-probability; of \
      the fields of use what comes next in a text, embeddings, or boxes in images. A density of outcomes \
      prints its quantiles. Samples, P(y ≤ value) and log-probabilities of outcomes are columns more.

      Examples:
        distill predict runs/diabetes/student.json --data new.csv
        distill predict runs/small --data new.csv --classes --out predictions.csv
        distill predict student.distill --data photos --out probabilities.npy
        cut -d, -f2- new.csv | distill predict student.json --data - --cumulative 0,10 --samples 3
      """
  )

  @OptionGroup var common: StudentArgument

  @Option(
    help: """
      A table with the student's inputs as columns, .npy, .npz, IDX, lines of text, recordings (.wav), an \
      image or a folder of them; - is standard input. (default: the test examples of a run)
      """
  )
  var data: String?

  @Flag(help: "Add the name of the most probable class as a column label.")
  var classes = false

  @Option(help: "Probabilities of the quantiles of numbers. (default: 0.05,0.5,0.95)")
  var quantiles: String?

  @Option(help: "Values y whose P(outcome ≤ y) is asked for, such as 0,10.")
  var cumulative: String?

  @Option(
    help: ArgumentHelp(
      "The column of the data with outcomes, or classes, whose log-probability is asked for.",
      valueName: "column"
    )
  )
  var logProbability: String?

  @Option(help: "Outcomes drawn at each row; of a density in all.")
  var samples: Int?

  @Option(help: "Where samples come from. (default: 1)")
  var seed: UInt64?

  @Option(help: "Write the table to this file instead: .csv, .npy or .npz; - is standard output.")
  var out: String?

  func validate() throws {
    try requireOption("samples", samples, atMost: 100_000)
    if seed != nil, samples == nil {
      throw ValidationError("--seed has no effect without --samples: leave it out.")
    }
    _ = try withUsage { try request() }
  }

  func run() throws {
    let out = out == "-" ? nil : out
    if let out { try requireResultPlace(out, from: [common.student, data]) }
    let used = try UsableStudent(common.student, among: experiments)
    try used.refuseIdle(given)
    let console = common.output.console
    var table = try used.reading(data, console) { try NamedPredictions(used, $0, request()) }
    if classes { table.nameClasses(used.classes) }
    if let out {
      try table.write(to: out, used.classes)
      console.say("\(grouped(table.count)) rows are in \(out)")
    } else {
      console.show(table.csv, table)
    }
  }

  private func request() throws -> PredictionRequest {
    try PredictionRequest(
      quantiles: quantiles,
      cumulative: cumulative,
      samples: samples,
      seed: seed,
      outcomes: logProbability
    )
  }

  /// What is asked beside the student.
  private var given: Set<String> {
    let options = [
      ("--quantiles", quantiles != nil), ("--cumulative", cumulative != nil),
      ("--samples", samples != nil), ("--classes", classes), ("--data", data != nil),
      ("--log-probability", logProbability != nil),
    ]
    return Set(options.filter(\.1).map(\.0))
  }
}
