import ArgumentParser
import Distill
import Foundation

/// Uses a student of `distill predictive` or `distill compress`.
struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Predict with a student that distill predictive or distill compress made.",
    discussion: """
      Prints a table: the probability of every class, or mean, standard deviation and quantiles of \
      the outcome, for every row of the data. A student that is a density prints its quantiles.

      Examples:
        distill predict runs/diabetes/student.json --data new.csv
        distill predict runs/small --data new.csv --out probabilities.csv
      """
  )

  @ArgumentParser.Argument(
    help:
      "The student.json of a run of distill predictive, or the folder of one of distill compress.",
    completion: .file()
  )
  var student: String

  @Option(help: "A table with the student's inputs as columns, .csv or .npz.")
  var data: String?

  @Option(help: "Probabilities of the quantiles of numbers. (default: 0.05,0.5,0.95)")
  var quantiles: String?

  @Option(help: "Write the table to this .csv file instead.")
  var out: String?

  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard let quantiles else { return }
    let probabilities = numbers(quantiles) ?? []
    guard !probabilities.isEmpty, probabilities.allSatisfy(NumberBounds.innerShare.contains) else {
      throw ValidationError(
        "--quantiles \(quantiles): must be probabilities such as 0.05,0.5,0.95."
      )
    }
  }

  func run() throws {
    if let out { try requireResultPlace(out, from: [student, data]) }
    let table = try table()
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

  private func table() throws -> PredictionTable {
    func refuse(_ option: String, _ value: String?, _ reason: String) throws {
      if value != nil {
        throw CommandError("\(option) has no effect on this student, \(reason): leave it out")
      }
    }
    if isOfCompression {
      try refuse("--quantiles", quantiles, "which predicts classes")
      return try PredictionTable(FinishedStudent(student), data)
    }
    let student = try CompactStudent.read(from: URL(fileURLWithPath: student))
    if !student.classes.isEmpty { try refuse("--quantiles", quantiles, "which predicts classes") }
    if student.isDensity { try refuse("--data", data, "which has no inputs") }
    return try PredictionTable(
      student,
      data,
      quantiles: quantiles.flatMap(numbers) ?? [0.05, 0.5, 0.95]
    )
  }

  private var isOfCompression: Bool {
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: student, isDirectory: &isFolder)
    return exists && isFolder.boolValue || student.hasSuffix(".safetensors")
  }
}
