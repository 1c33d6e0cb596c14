import Distill
import Foundation

/// What a student says, with the files that its rows are about and what these are.
package struct NamedPredictions: Encodable {
  package private(set) var table: PredictionTable
  /// The file of each row, where each is about one.
  private let files: [String]?
  /// What each row is, where that is no number.
  private let labels: [String]?

  /// - Parameter data: The inputs; nil for the test examples of a run, and for densities of outcomes, which
  ///   have none.
  package init(_ student: UsableStudent, _ data: String?, _ request: PredictionRequest) throws {
    guard case .field(let field) = student else {
      table = try PredictionTable(student, data, request)
      (files, labels) = (nil, nil)
      return
    }
    let said = try field.use().answers(to: data)
    table = try PredictionTable(said, student.classes, data, request)
    (files, labels) = (said.files, said.labels)
  }

  package var count: Int { table.rows.count }

  /// Adds the name of the most probable class to each row.
  package mutating func nameClasses(_ classes: [String]) { table.nameClasses(classes) }

  /// The table as text, with a header: files come first, what rows are last.
  package var csv: String {
    let beside = labels ?? table.labels
    guard files != nil || labels != nil else { return table.csv }
    func cells(_ file: String?, _ numbers: Substring, _ label: String?) -> String {
      func quoted(_ cell: String?) -> [Substring] {
        cell.map { [CSV.text(rows: [[$0]]).dropLast()] } ?? []
      }
      return (quoted(file) + [numbers] + quoted(label)).joined(separator: ",")
    }
    let columns = CSV.text(rows: [table.columns]).dropLast()
    let header = cells(files.map { _ in "file" }, columns, beside.map { _ in "label" })
    // No number has the end of a line in it.
    let numbers = CSV.text(table.values, columns: table.columns)
      .split(separator: "\n", omittingEmptySubsequences: false).suffix(count)
    let rows = numbers.enumerated().map { cells(files?[$0], $1, beside?[$0]) }
    return ([header] + rows).joined(separator: "\n")
  }

  /// Writes the table as `.csv`, the numbers as `.npy` or `.npz`.
  package func write(to path: String, _ classes: [String]) throws {
    let ending = (path.lowercased() as NSString).pathExtension
    guard files != nil || labels != nil, !["npy", "npz", "gz"].contains(ending) else {
      return try table.write(to: path, classes)
    }
    try writeResult(csv + "\n", to: path)
  }

  private enum Key: CodingKey { case files, labels }

  package func encode(to encoder: any Encoder) throws {
    try table.encode(to: encoder)
    var container = encoder.container(keyedBy: Key.self)
    try container.encodeIfPresent(files, forKey: .files)
    try container.encodeIfPresent(labels, forKey: .labels)
  }
}
