import ArgumentParser
import Distill
import Foundation
import Runs

/// Uses a student of `distill predictive` or `distill compress`.
struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Predict with a student that distill predictive or distill compress made.",
    discussion: """
      Prints a table: the probability of every class, or mean, standard deviation and quantiles of \
      the outcome, for every row of the data. A student that is a density prints its quantiles. Samples, \
      P(y ≤ value) and log-probabilities of known outcomes are columns more.

      Examples:
        distill predict runs/diabetes/student.json --data new.csv
        distill predict runs/small --data new.csv --out probabilities.csv
        cut -d, -f2- new.csv | distill predict student.json --data - --cumulative 0,10 --samples 3
      """
  )

  @ArgumentParser.Argument(
    help:
      "The student.json of a run of distill predictive, or the folder of one of distill compress.",
    completion: .file()
  )
  var student: String

  @Option(help: "A table with the student's inputs as columns, .csv or .npz; - is standard input.")
  var data: String?

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

  @Option(help: "Write the table to this .csv file instead.")
  var out: String?

  @OptionGroup var output: OutputOptions

  func validate() throws {
    try requireOption("samples", samples, atMost: 100_000)
    if seed != nil, samples == nil {
      throw ValidationError("--seed has no effect without --samples: leave it out.")
    }
    if let cumulative, numberList(cumulative)?.allSatisfy(\.isFinite) != true {
      throw ValidationError("--cumulative \(cumulative): must be numbers such as 0,10.")
    }
    guard let quantiles else { return }
    let probabilities = numberList(quantiles) ?? []
    guard !probabilities.isEmpty, probabilities.allSatisfy(NumberBounds.innerShare.contains) else {
      throw ValidationError(
        "--quantiles \(quantiles): must be probabilities such as 0.05,0.5,0.95."
      )
    }
  }

  func run() throws {
    if let out { try requireResultPlace(out, from: [student, data]) }
    let table = try InputTable.with(data, self.table)
    let console = Console(output.verbosity)
    if let out {
      try CSV.write(
        table.values,
        columns: table.columns,
        to: URL(fileURLWithPath: out)
      )
      console.say("\(grouped(table.rows.count)) rows are in \(out)")
    } else {
      console.show(table.csv, table)
    }
  }

  private func table(_ data: String?) throws -> PredictionTable {
    func refuse(_ option: String, _ value: String?, _ reason: String) throws {
      if value != nil {
        throw CommandError("\(option) has no effect on this student, \(reason): leave it out")
      }
    }
    func refuseNumbers() throws {
      try refuse("--quantiles", quantiles, "which predicts classes")
      try refuse("--cumulative", cumulative, "which predicts classes")
      try refuse("--samples", samples.map(String.init), "which predicts classes")
    }
    if isOfCompression {
      try refuseNumbers()
      try refuse("--log-probability", logProbability, "whose report has those of its data")
      return try PredictionTable(FinishedStudent(student), data)
    }
    let student = try CompactStudent.read(from: URL(fileURLWithPath: student))
    if !student.classes.isEmpty { try refuseNumbers() }
    if student.isDensity, logProbability == nil {
      try refuse("--data", data, "which has no inputs")
    }
    return try PredictionTable(
      student,
      data,
      PredictionRequest(
        quantiles: quantiles.flatMap(numberList) ?? [0.05, 0.5, 0.95],
        cumulative: cumulative.flatMap(numberList) ?? [],
        samples: samples ?? 0,
        seed: seed ?? 1,
        outcomes: logProbability?.split(separator: ",").map(String.init) ?? []
      )
    )
  }

  private var isOfCompression: Bool {
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: student, isDirectory: &isFolder)
    return exists && isFolder.boolValue || student.hasSuffix(".safetensors")
  }
}

extension PredictionTable {
  /// The probabilities of the classes by a student of `distill compress`.
  ///
  /// - Parameter data: Its inputs; nil for the test examples of its run.
  init(_ student: FinishedStudent, _ data: String?) throws {
    let inputs = try data.map(student.inputs) ?? student.testInputs(atMost: .max)
    self.init(
      columns: student.plan.data.classes.map { "P(\($0))" },
      rows: try student.probabilities(inputs).rowsOfScalars
    )
  }
}
