import Distill
import Foundation

/// What a student predicts at every row of a table.
struct PredictionTable: Encodable {
  let columns: [String]
  let rows: [[Double]]

  /// - Parameter data: A table with the student's inputs, in any order, and maybe other columns; nil
  ///   for densities, which have no inputs.
  init(_ student: CompactStudent, _ data: String?, quantiles: [Double]) throws {
    switch student.family {
    case .gaussians(let mixture) where mixture.dimension > 1:
      columns = ["mean", "standard deviation"]
      let n = mixture.dimension
      rows = (0..<n).map { [mixture.mean[$0], mixture.covariance[$0 * n + $0].squareRoot()] }
      return
    case .gaussians(let mixture):
      columns = Self.outcomeColumns(quantiles)
      rows = [Self.row(PredictedOutcome(mixture), quantiles)]
      return
    case .students(let mixture):
      columns = Self.outcomeColumns(quantiles)
      rows = [[mixture.mean, mixture.variance.squareRoot()] + quantiles.map(mixture.quantile)]
      return
    default: break
    }
    guard let data else {
      throw CommandError(
        "the student predicts from inputs: give --data with the columns "
          + student.inputs.prefix(12).joined(separator: ", ")
      )
    }
    let inputs = try Self.inputs(of: student, data)
    switch try student.predictions(at: inputs) {
    case .classes(let logs):
      var columns = student.classes.map { "P(\($0))" }
      var rows = logs.exponential.rowsOfScalars
      if case .dirichlet(let network) = student.family {
        columns += ["uncertainty", "of which draws differ"]
        let parts = network.uncertainties(at: inputs)
        rows = zip(rows, parts).map { $0 + [$1.total, $1.epistemic] }
      }
      (self.columns, self.rows) = (columns, rows)
    case .outcomes(let outcomes):
      columns = Self.outcomeColumns(quantiles)
      rows = outcomes.map { Self.row($0, quantiles) }
    case .means(let means):
      columns = means.shape[1] == 1 ? ["mean"] : (1...means.shape[1]).map { "mean \($0)" }
      rows = means.rowsOfScalars
    }
  }

  /// The probabilities of the classes by a student of `distill compress`.
  ///
  /// - Parameter data: Its inputs; nil for the test examples of its run.
  init(_ student: FinishedStudent, _ data: String?) throws {
    let inputs = try data.map(student.inputs) ?? student.testInputs(atMost: .max)
    columns = student.plan.data.classes.map { "P(\($0))" }
    rows = try student.probabilities(inputs).rowsOfScalars
  }

  private static func outcomeColumns(_ quantiles: [Double]) -> [String] {
    ["mean", "standard deviation"] + quantiles.map { "\(Uncertain.short(100 * $0))%" }
  }

  private static func row(_ outcome: PredictedOutcome, _ quantiles: [Double]) -> [Double] {
    [outcome.mean, outcome.deviation] + quantiles.map(outcome.quantile)
  }

  /// The columns of a table that are the student's inputs, by name; an archive has them in order.
  static func inputs(of student: CompactStudent, _ path: String) throws -> Tensor {
    if path.hasSuffix(".npz") || path.hasSuffix(".npy") {
      return try PredictiveData.read(path, PredictiveDataOptions(), .numbers).rows
    }
    return try columns(student.inputs, of: path)
  }

  /// Columns of a table in an order that is asked for, `[rows, names]`.
  ///
  /// - Throws: ``CommandError`` when one is missing or has holes.
  static func columns(_ names: [String], of path: String) throws -> Tensor {
    let url = URL(fileURLWithPath: path)
    // Other columns may hold anything.
    let others = try CSVReader(url).columns.filter { !names.contains($0) }
    let table = try CSV.read(
      from: url,
      options: CSV.Options(ignoring: others.map { .named($0) }, nonFinite: .kept)
    )
    let picked = try names.map { name in
      guard let column = table.columns.firstIndex(of: name) else {
        throw CommandError(
          "\(path) has no column \(name), which the student needs"
            + NearNames.hint(for: name, among: table.columns + others)
        )
      }
      return table.values.selecting(column, along: 1)
    }
    let inputs = Tensor.stacked(picked, along: 1)
    guard inputs.isAllFinite else {
      throw CommandError("\(path) has holes in the columns that the student needs")
    }
    return inputs
  }

  /// The rows as a matrix.
  var values: Tensor { Tensor(rows.flatMap { $0 }, shape: [rows.count, columns.count]) }

  /// The table as text, with a header.
  var csv: String { CSV.text(values, columns: columns) }
}
