import Foundation
import Tensors

/// Which columns of a table are what.
package struct TableChoice {
  /// The name of the column of labels; its number where columns have none.
  let label: String
  /// The names of the columns that are left out.
  let ignored: [String]
  /// The inputs in the order that was asked for; nil for that of the table.
  let inputs: [String]?

  private static let places = ["first", "last"]
  private static let usual = ["label", "class", "target", "species", "y"]

  /// - Parameters:
  ///   - labels: The column that was asked for: a name, a number, `first` or `last`.
  ///   - like: The inputs of the table to learn from, where this is another: it need not have the
  ///     columns that are left out.
  /// - Throws: ``FileError`` when there are no such columns, or it is not clear which holds the labels.
  init(
    _ url: URL,
    _ header: CSV.Header,
    labels: String?,
    _ source: DataSource,
    like: LabelledData?
  ) throws {
    let (reader, found) = try Self.labels(url, header, labels)
    var label = found
    let columns = reader.allColumns
    if let labels, Self.places.contains(labels), let inputs = like?.columns, reader.hasHeader {
      // The same column as there, wherever it stands.
      let others = columns.filter { !inputs.contains($0) && source.ignored?.contains($0) != true }
      if others.count == 1 { label = others[0] }
    }
    func known(_ name: String) throws -> String {
      guard columns.contains(name) else {
        throw FileError(
          url,
          "there is no column '\(name)'",
          "choose from: \(columns.prefix(30).joined(separator: ", "))"
        )
      }
      return name
    }
    let inputs = try source.inputs?.map(known)
    guard inputs.map({ !$0.contains(label) && Set($0).count == $0.count }) ?? true else {
      throw FileError(
        url,
        "the inputs asked for name a column twice, or that of the labels ('\(label)')",
        "name each column once"
      )
    }
    let left = try source.ignored.map { like == nil ? try $0.map(known) : $0 } ?? []
    guard !left.contains(label) else {
      throw FileError(url, "column '\(label)' holds the labels", "do not leave it out")
    }
    let wanted = inputs.map(Set.init)
    ignored = columns.filter { name in
      name != label && (left.contains(name) || wanted.map { !$0.contains(name) } ?? false)
    }
    (self.label, self.inputs) = (label, inputs)
  }

  /// The table's first line, and its column of labels. Nothing is read as a number here.
  private static func labels(
    _ url: URL,
    _ header: CSV.Header,
    _ asked: String?
  ) throws -> (CSVReader, String) {
    if let asked { return try labels(url, header, asked: asked) }
    // What is no line of names may look like one with a name twice.
    let named =
      if case .absent = header { nil as CSVReader? } else { try? open(url, header: .present) }
    if let named,
      let column = named.allColumns.first(where: { usual.contains($0.lowercased()) })
    {
      return (named, column)
    }
    let reader = try open(url, header: header)
    throw FileError(
      url,
      reader.hasHeader
        ? "no column is called label"
        : "it has no line of names, so which column holds the classes is not clear",
      "name the column of the classes with --labels"
        + (reader.hasHeader
          ? "; there are " + reader.allColumns.prefix(8).joined(separator: ", ")
          : ": last, first, or its number from 0 to \(reader.allColumns.count - 1)")
    )
  }

  /// A table's first line, and the column that was asked for by its name, its number where columns
  /// have none, or as `first` or `last`.
  ///
  /// - Throws: ``FileError`` when there is no such column.
  package static func labels(
    _ url: URL,
    _ header: CSV.Header,
    asked: String
  ) throws -> (CSVReader, String) {
    guard places.contains(asked) else {
      return (try open(url, header: header, labels: asked), asked)
    }
    let reader = try open(url, header: header)
    let columns = reader.allColumns
    let isName = columns.contains(asked)
    return (reader, isName ? asked : asked == places[0] ? columns[0] : columns.last!)
  }

  private static func open(
    _ url: URL,
    header: CSV.Header,
    labels: String? = nil
  ) throws -> CSVReader {
    try CSVReader(
      url,
      options: CSV.Options(header: header, labels: labels.map { .named($0) }, nonFinite: .kept)
    )
  }

  /// The numbers with the inputs in the order that was asked for.
  func arranged(_ table: Table) -> Tensor {
    guard let inputs, inputs != table.columns else { return table.values }
    let order = inputs.map { table.columns.firstIndex(of: $0)! }
    return table.values.transposed()[rows: Tensor(order)].transposed().contiguous
  }
}
