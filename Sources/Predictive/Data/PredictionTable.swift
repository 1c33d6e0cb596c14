import Exchange
import Foundation
import Probability
import Tensors

/// What a student predicts at every row of a table.
package struct PredictionTable: Encodable {
  package let columns: [String]
  package let rows: [[Double]]
  /// The name of the most probable class at each row, where it is asked for.
  package private(set) var labels: [String]?

  package init(columns: [String], rows: [[Double]]) { (self.columns, self.rows) = (columns, rows) }

  /// - Parameter data: A table with the student's inputs, in any order, and maybe other columns; nil
  ///   for densities, which have no inputs.
  package init(_ student: CompactStudent, _ data: String?, _ request: PredictionRequest) throws {
    switch student.family {
    case .gaussians(let mixture) where mixture.dimension > 1:
      (columns, rows) = try Self.density(request, data, mixture.dimension) {
        mixture.logProbability(of: $0)
      } sample: {
        mixture.sample(using: &$0)
      } moments: {
        let n = mixture.dimension
        return (
          ["mean", "standard deviation"],
          (0..<n).map { [mixture.mean[$0], mixture.covariance[$0 * n + $0].squareRoot()] }
        )
      }
    case .gaussians(let mixture):
      (columns, rows) = try Self.density(PredictedOutcome(mixture), request, data)
    case .students(let mixture):
      (columns, rows) = try Self.density(mixture, request, data)
    default:
      guard let data else {
        throw RunError(
          "the student predicts from inputs: give --data with the columns "
            + student.inputs.prefix(12).joined(separator: ", ")
        )
      }
      (columns, rows) = try Self.predictions(student, data, request)
    }
  }

  package init(_ student: CompactStudent, _ data: String?, quantiles: [Double]) throws {
    try self.init(student, data, PredictionRequest(quantiles: quantiles))
  }

  package typealias Cells = (columns: [String], rows: [[Double]])

  private static func density(
    _ line: some PredictedLine,
    _ request: PredictionRequest,
    _ data: String?
  ) throws -> Cells {
    var summary = request
    (summary.samples, summary.outcomes) = (0, [])
    return try density(request, data, 1) {
      line.logProbability(of: $0[0])
    } sample: {
      [line.sample(using: &$0)]
    } moments: {
      (summary.columns(), [summary.row(line, 0, nil)])
    }
  }

  /// What is asked of a density: its samples, or the log-probability of outcomes, a row each, or else its
  /// moments.
  private static func density(
    _ request: PredictionRequest,
    _ data: String?,
    _ dimension: Int,
    logProbability: ([Double]) -> Double,
    sample: (inout RandomStream) -> [Double],
    moments: () -> Cells
  ) throws -> Cells {
    if request.samples > 0 {
      var random = RandomStream(seed: request.seed)
      let names = dimension == 1 ? ["sample"] : (1...dimension).map { "sample \($0)" }
      return (names, (0..<request.samples).map { _ in sample(&random) })
    }
    guard let outcomes = try request.outcomes(of: data) else { return moments() }
    guard request.outcomes.count == dimension else {
      throw RunError(
        "--log-probability names \(request.outcomes.count) columns where the density is of "
          + "\(dimension) numbers"
      )
    }
    return (request.logColumns, outcomes.map { [logProbability($0)] })
  }

  private static func predictions(
    _ student: CompactStudent,
    _ data: String,
    _ request: PredictionRequest
  ) throws -> Cells {
    let inputs = try inputs(of: student, data)
    let predictions = try student.predictions(at: inputs)
    var beside: Cells?
    if case .dirichlet(let network) = student.family {
      beside = (
        ["uncertainty", "of which draws differ"],
        network.uncertainties(at: inputs).map { [$0.total, $0.epistemic] }
      )
    }
    return try cells(of: predictions, student.classes, data, request, beside: beside)
  }

  /// What is predicted, and asked about it, a row for each input.
  ///
  /// - Parameter beside: More columns behind the probabilities of classes.
  package static func cells(
    of predictions: CompactStudent.Predictions,
    _ classes: [String],
    _ data: String?,
    _ request: PredictionRequest,
    beside: Cells? = nil
  ) throws -> Cells {
    switch predictions {
    case .classes(let logs):
      var columns = classes.map { "P(\($0))" } + (beside?.columns ?? [])
      var rows = logs.exponential.rowsOfScalars
      if let beside { rows = zip(rows, beside.rows).map(+) }
      if let column = request.outcomes.first {
        guard let data else {
          throw RunError(
            "--log-probability names a column of outcomes: give the table by --data"
          )
        }
        columns += request.logColumns
        let places = try labels(column, of: data, classes)
        rows = zip(zip(rows, logs.rowsOfScalars), places).map { $0.0 + [$0.1[$1]] }
      }
      return (columns, rows)
    case .outcomes(let outcomes):
      let known = try request.outcomes(of: data)
      return (
        request.columns(),
        outcomes.enumerated().map { row, outcome in request.row(outcome, row, known?[row][0]) }
      )
    case .means(let means):
      guard request.outcomes.isEmpty, request.samples == 0, request.cumulative.isEmpty else {
        throw RunError(
          "the student predicts means alone: it has no samples, cumulatives and log-probabilities"
        )
      }
      return (
        means.shape[1] == 1 ? ["mean"] : (1...means.shape[1]).map { "mean \($0)" },
        means.rowsOfScalars
      )
    }
  }

  /// The places of a column's labels among classes.
  package static func labels(
    _ column: String,
    of path: String,
    _ classes: [String]
  ) throws -> [Int] {
    let url = URL(fileURLWithPath: path)
    let others = try CSVReader(url).columns.filter { $0 != column }
    return try CSV.read(
      from: url,
      labels: .named(column),
      options: CSV.Options(ignoring: others.map { .named($0) })
    ).labelIndices(in: classes).scalars(Int.self)
  }

  /// The columns of a table that are the student's inputs, by name; an archive has them in order.
  package static func inputs(of student: CompactStudent, _ path: String) throws -> Tensor {
    if path.hasSuffix(".npz") || path.hasSuffix(".npy") {
      return try PredictiveData.read(path, PredictiveDataOptions(), .numbers).rows
    }
    return try columns(student.inputs, of: path)
  }

  /// Columns of a table in an order that is asked for, `[rows, names]`.
  ///
  /// - Throws: `RunError` when one is missing or has holes.
  package static func columns(_ names: [String], of path: String) throws -> Tensor {
    let url = URL(fileURLWithPath: path)
    // Other columns may hold anything.
    let all = try CSVReader(url).columns
    let others = all.filter { !names.contains($0) }
    func group(of name: String) -> String? {
      name.firstIndex(of: "=").map { String(name[..<$0]) }.flatMap {
        others.contains($0) ? $0 : nil
      }
    }
    var groups: [String: OneHot] = [:]
    for case let group? in names.filter({ !all.contains($0) }).map(group)
    where groups[group] == nil {
      groups[group] = try OneHot([group], of: path, known: names)
    }
    let table = try CSV.read(
      from: url,
      options: CSV.Options(ignoring: others.map { .named($0) }, nonFinite: .kept)
    )
    let picked = try names.map { name in
      if !all.contains(name), let found = group(of: name).flatMap({ groups[$0] }),
        let place = found.names.firstIndex(of: name)
      {
        return found.values!.selecting(place, along: 1)
      }
      guard let column = table.columns.firstIndex(of: name) else {
        throw RunError(
          "\(path) has no column \(name), which the student needs"
            + NearNames.hint(for: name, among: table.columns + others)
        )
      }
      return table.values.selecting(column, along: 1)
    }
    guard table.values.shape[0] > 0 else { throw RunError("\(path) holds no rows of inputs") }
    let inputs = Tensor.stacked(picked, along: 1)
    guard inputs.isAllFinite else {
      throw RunError("\(path) has holes in the columns that the student needs")
    }
    return inputs
  }

  /// The rows as a matrix.
  package var values: Tensor { Tensor(rows.flatMap { $0 }, shape: [rows.count, columns.count]) }

  /// The table as text, with a header.
  package var csv: String { CSV.text(values, columns: columns, labels: labels) }

  /// Adds the name of the most probable class, the first of equals, to each row.
  package mutating func nameClasses(_ classes: [String]) {
    labels = rows.map { row in
      classes[row[..<classes.count].indices.reduce(0) { row[$1] > row[$0] ? $1 : $0 }]
    }
  }

  /// Writes the table as `.csv`, the numbers as `.npy`, or both kinds of an archive `.npz`: `values`,
  /// and `labels`, the places of the classes, where they are asked for.
  package func write(to path: String, _ classes: [String]) throws {
    let url = URL(fileURLWithPath: path)
    switch url.pathExtension.lowercased() {
    case "npy": try NumPy.write(values, to: url)
    case "npz":
      var arrays = ["values": values]
      if let labels { arrays["labels"] = Tensor(labels.map { classes.firstIndex(of: $0)! }) }
      try NumPy.writeArchive(arrays, to: url)
    default: try CSV.write(values, columns: columns, labels: labels, to: url)
    }
  }
}
