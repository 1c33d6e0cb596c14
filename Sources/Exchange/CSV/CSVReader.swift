import Foundation
import Tensors

/// Reads a table a chunk of rows at a time, so that it may be larger than the memory.
///
/// ```swift
/// let reader = try CSVReader(url, options: CSV.Options(labels: "species"))
/// while let chunk = try reader.nextRows(10_000) {
///   use(chunk.values)
/// }
/// ```
public final class CSVReader {
  /// The names of the numeric columns; their numbers from 0 where the file has no header.
  public let columns: [String]
  /// The most bytes of text to take in.
  var limit = Int.max

  private let url: URL
  private let records: CSVRecords
  private let options: CSV.Options
  /// The names of all columns of the file.
  private let names: [String]
  private let numeric: [Int]
  private let label: Int?
  /// Whether the record at hand is data that has not been given out.
  private var isPending: Bool

  /// - Throws: ``FileError`` when the file is missing, not text in UTF-8, or lacks a column.
  public init(_ url: URL, options: CSV.Options = CSV.Options()) throws {
    self.url = url
    self.options = options
    let records = try Self.firstRecord(of: url, options)
    self.records = records
    isPending = true
    let width = records.ends.count
    let isText = !(0..<width).contains { CSVNumber.value(of: records.field($0)) != nil }
    let hasHeader: Bool =
      switch options.header {
      case .present: true
      case .absent: false
      case .automatic: isText
      }
    var names = (0..<width).map(String.init)
    if hasHeader {
      names = try Self.texts(records)
      isPending = false
    }
    func position(_ column: CSV.Column) throws -> Int {
      let index: Int? =
        switch column {
        case .named(let name): names.firstIndex(of: name)
        case .number(let number): number < 0 ? number + width : number
        }
      guard let index, (0..<width).contains(index) else {
        throw FileError(
          url,
          "there is no column \(column.text)",
          "choose from: \(names.prefix(30).joined(separator: ", "))"
        )
      }
      return index
    }
    let label = try options.labels.map(position)
    let left = Set(try options.ignoring.map(position) + (label.map { [$0] } ?? []))
    let numeric = (0..<width).filter { !left.contains($0) }
    self.names = names
    self.label = label
    self.numeric = numeric
    columns = numeric.map { names[$0] }
  }

  private static func texts(_ records: CSVRecords) throws -> [String] {
    try records.ends.indices.map { index in
      guard let text = String(validating: records.field(index), as: UTF8.self) else {
        throw records.error("a column's name is not UTF-8", "save the table as UTF-8")
      }
      return text.trimmingCharacters(in: .whitespaces)
    }
  }

  /// Looks at the start of the file: byte order mark, delimiter, first record.
  private static func firstRecord(
    of url: URL,
    _ options: CSV.Options
  ) throws -> CSVRecords {
    let source = try FileBytes.opening(url)
    var sample = [UInt8](repeating: 0, count: 1 << 16)
    sample.removeLast(sample.count - (try sample.withUnsafeMutableBytes(source.read)))
    if sample.starts(with: [0xff, 0xfe]) || sample.starts(with: [0xfe, 0xff]) {
      throw FileError(url, at: .byte(0), "the text is UTF-16", "save the table as UTF-8")
    }
    if sample.starts(with: [0xef, 0xbb, 0xbf]) { sample.removeFirst(3) }
    let delimiter = options.delimiter?.asciiValue ?? CSVGuess.delimiter(of: sample, url)
    precondition(
      options.delimiter?.isASCII ?? true && ![0x22, 0x0a, 0x0d].contains(delimiter),
      "CSV: the delimiter must be one ASCII character, not a quote or line end"
    )
    let records = CSVRecords(RewoundBytes(sample, before: source), delimiter: delimiter)
    guard try records.advance() else {
      throw FileError(url, "there is no row in it", FileError.fetchAgain)
    }
    return records
  }

  /// The next rows, at most `count`; nil at the end.
  ///
  /// - Throws: ``FileError`` with the row and column of the first field that cannot be read.
  public func nextRows(_ count: Int) throws -> Table? {
    precondition(count > 0, "nextRows(\(count)): needs a positive count")
    var values: [Double] = []
    var labels: [String] = []
    var rows = 0
    while rows < count {
      guard try isPending || records.advance() else { break }
      isPending = false
      try appendRow(to: &values, &labels)
      rows += 1
      if records.position > limit {
        throw FileError(
          url,
          "the text is longer than \(limit) bytes",
          "read it in chunks with CSVReader, or raise the limit"
        )
      }
    }
    return rows == 0 ? nil : table(values, labels: labels, rows: rows)
  }

  func table(_ values: [Double], labels: [String], rows: Int = 0) -> Table {
    Table(
      columns: columns,
      values: Tensor(values, shape: [rows, columns.count]),
      labels: label == nil ? nil : labels,
      url: url
    )
  }

  private func appendRow(to values: inout [Double], _ labels: inout [String]) throws {
    guard records.ends.count == names.count else {
      throw records.error(
        "the number of fields is \(records.ends.count) instead of \(names.count)",
        "correct the row, or state the delimiter"
      )
    }
    for column in numeric {
      values.append(try number(records.field(column), column))
    }
    if let label {
      guard let text = String(validating: records.field(label), as: UTF8.self) else {
        throw records.error(
          "the label is not UTF-8",
          column: names[label],
          "save the table as UTF-8"
        )
      }
      labels.append(text.trimmingCharacters(in: .whitespaces))
    }
  }

  private func number(_ field: ArraySlice<UInt8>, _ column: Int) throws -> Double {
    let value = CSVNumber.value(of: field) ?? (CSVNumber.isMissing(field) ? .nan : nil)
    guard let value else {
      throw records.error(
        "\(shown(field)) is not a number",
        column: "'\(names[column])'",
        "correct it, or leave the column out"
      )
    }
    guard value.isFinite || options.nonFinite == .kept else {
      throw records.error(
        "\(shown(field)) is not a finite number",
        column: "'\(names[column])'",
        "fill the gap, or leave the row out"
      )
    }
    return value
  }
}
