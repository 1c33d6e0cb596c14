import Exchange
import Foundation
import Mathematics
import Tensors

extension Inspection {
  /// The columns of a table: numbers as arrays, text as notes.
  ///
  /// - Parameter labels: The column of classes by its name, as `first` or as `last`.
  static func table(
    _ url: URL,
    labels: String?,
    header: CSV.Header
  ) throws -> (arrays: [Array], notes: [String: String]) {
    let asked = try labels.map { try TableChoice.labels(url, header, asked: $0) }
    let reader = try asked?.0 ?? CSVReader(url, options: CSV.Options(header: header))
    let columns = try reader.summaries()
    var notes: [String: String] = [:]
    if !reader.remarks.isEmpty { notes["read as"] = reader.remarks.joined(separator: "; ") }
    for column in columns where column.isText { notes[column.name] = column.text }
    if let labels = asked?.1 {
      notes[labels] = try CSV.read(
        from: url,
        options: CSV.Options(
          header: reader.hasHeader ? .present : .absent,
          labels: .named(labels),
          ignoring: columns.filter { $0.name != labels }.map { .named($0.name) },
          nonFinite: .kept
        )
      ).classes.joined(separator: ", ")
    }
    return (columns.filter { !$0.isText && $0.name != asked?.1 }.map(Array.init), notes)
  }
}

extension CSV.ColumnSummary {
  /// What stands in a column of text, for people.
  fileprivate var text: String {
    let count = grouped(values.count) + (values.count == Self.most ? " or more" : "")
    let shown = values.prefix(5).joined(separator: ", ") + (values.count > 5 ? ", …" : "")
    return texts == rows - notFinite
      ? "text, \(count) different: \(shown)"
      : "text in \(grouped(texts)) of \(grouped(rows)) rows, beside numbers: \(shown)"
  }
}

extension Inspection.Array {
  fileprivate init(_ column: CSV.ColumnSummary) {
    (name, elementType) = (column.name, "\(ElementType.float64)")
    shape = [column.rows]
    (minimum, maximum, notFinite) = (column.minimum, column.maximum, column.notFinite)
  }
}
