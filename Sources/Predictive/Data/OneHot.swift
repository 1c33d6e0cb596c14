import Exchange
import Foundation
import Tensors

/// Columns of names, such as a group, as indicators: `school=A` is 1 in rows of A and 0 in others.
package struct OneHot {
  /// The name of rows that stand for every group that is not there by name.
  package static let newGroup = "new"

  package let names: [String]
  /// `[rows, names]`; nil where there are no names.
  package let values: Tensor?

  /// - Parameters:
  ///   - columns: Those of names.
  ///   - known: The inputs that there are already, in the form `school=A`: no others are made, and a
  ///     name that is not among them is the new group. Nil makes one of each name found.
  /// - Throws: `RunError` when a column is missing or has a name that is not known.
  package init(
    _ columns: [String],
    of path: String,
    header: CSV.Header = .automatic,
    known: [String]? = nil
  )
    throws
  {
    var (names, parts): ([String], [Tensor]) = ([], [])
    for column in columns {
      let table = try Self.labels(column, of: path, header)
      let labels = table.labels ?? []
      let prefix = column + "="
      let choices =
        known?.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
        ?? table.classes
      let places = Dictionary(zip(choices, 0...), uniquingKeysWith: { first, _ in first })
      var indicators = [Double](repeating: 0, count: labels.count * choices.count)
      for (row, label) in labels.enumerated() {
        guard let place = places[label] ?? places[Self.newGroup] else {
          throw RunError(
            "\(path): row \(row + 1) has the \(column) '\(label)', of which the student knows nothing "
              + "(it knows \(choices.prefix(12).joined(separator: ", "))): rows of the \(column) "
              + "'\(Self.newGroup)' in the data of the draws would say what is predicted for others"
          )
        }
        indicators[row * choices.count + place] = 1
      }
      names += choices.map { prefix + $0 }
      parts.append(Tensor(indicators, shape: [labels.count, choices.count]))
    }
    self.names = names
    values = parts.isEmpty ? nil : .concatenated(parts, along: 1)
  }

  private static func labels(
    _ column: String,
    of path: String,
    _ header: CSV.Header
  ) throws -> Table {
    let url = URL(fileURLWithPath: path)
    let all = try CSVReader(url, options: CSV.Options(header: header)).columns
    guard all.contains(column) else {
      throw RunError(
        "\(path) has no column \(column)" + NearNames.hint(for: column, among: all)
      )
    }
    let others = all.filter { $0 != column }.map { CSV.Column.named($0) }
    return try CSV.read(
      from: url,
      labels: .named(column),
      options: CSV.Options(header: header, ignoring: others)
    )
  }
}
