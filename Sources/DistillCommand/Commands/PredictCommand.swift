import ArgumentParser
import Distill
import Foundation

/// Uses a student of `distill predictive`.
struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Predict with a student that distill predictive made.",
    discussion: """
      Prints a table: the probability of every class, or mean, standard deviation and quantiles of \
      the outcome, for every row of the data. A student that is a density prints its quantiles.

      Example:
        distill predict runs/diabetes/student.json --data new.csv
      """
  )

  @ArgumentParser.Argument(help: "The student.json of a run.", completion: .file())
  var student: String

  @Option(help: "A table with the student's inputs as columns, .csv or .npz.")
  var data: String?

  @Option(help: "Probabilities of the quantiles of numbers.")
  var quantiles = "0.05,0.5,0.95"

  @Option(help: "Write the table to this .csv file instead.")
  var out: String?

  @OptionGroup var output: OutputOptions

  func run() throws {
    let probabilities = numbers(quantiles) ?? []
    guard !probabilities.isEmpty, probabilities.allSatisfy({ $0 > 0 && $0 < 1 }) else {
      throw CommandError("--quantiles \(quantiles): must be probabilities such as 0.05,0.5,0.95")
    }
    let student = try CompactStudent.read(from: URL(fileURLWithPath: student))
    let table = try PredictionTable(student, data, quantiles: probabilities)
    let console = Console(output.verbosity)
    if let out {
      try CSV.write(
        Tensor(table.rows.flatMap { $0 }, shape: [table.rows.count, table.columns.count]),
        columns: table.columns,
        to: URL(fileURLWithPath: out)
      )
      console.say("\(grouped(table.rows.count)) rows are in \(out)")
    } else {
      console.show(table.csv, table)
    }
  }
}
