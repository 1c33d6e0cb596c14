import Foundation
import Mathematics
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
  /// Whether the first line names the columns.
  public let hasHeader: Bool
  /// What had to be guessed about the file, for people.
  public let remarks: [String]
  /// The most bytes of text to take in.
  var limit = Int.max

  private let url: URL
  private let records: CSVRecords
  private let options: CSV.Options
  /// The names of all columns of the file.
  private let names: [String]
  private let numeric: [Int]
  private let label: Int?
  /// A column of the rows' numbers or names.
  private let index: Int?
  private let decimalComma: Bool
  /// Whether the record at hand is data that has not been given out.
  private var isPending: Bool

  /// - Throws: ``FileError`` when the file is missing, not text in UTF-8, lacks a column, has two of
  ///   one name, or may or may not have a line of names.
  public init(_ url: URL, options: CSV.Options = CSV.Options()) throws {
    self.url = url
    self.options = options
    let (records, sample, delimiter) = try Self.firstRecord(of: url, options)
    self.records = records
    isPending = true
    let width = records.ends.count
    try records.bound.take(64 * Double(width), for: "its row of \(width) columns")
    decimalComma = CSVGuess.hasDecimalCommas(sample, delimiter, url)
    let header: CSVHeader.Answer =
      switch options.header {
      case .present: CSVHeader.Answer(isHeader: true)
      case .absent: CSVHeader.Answer(isHeader: false)
      case .automatic:
        try CSVHeader.guess(
          sample,
          delimiter,
          decimalComma: decimalComma,
          asked: options.namedColumns,
          url
        )
      }
    var remarks = header.remark.map { [$0] } ?? []
    if decimalComma { remarks.append("commas in numbers taken for decimal points") }
    hasHeader = header.isHeader
    var names = (0..<width).map(String.init)
    if header.isHeader {
      names = try Self.texts(records)
      isPending = false
    }
    func positions(_ column: CSV.Column) throws -> [Int] {
      let found: [Int] =
        switch column {
        case .named(let name): names.indices.filter { names[$0] == name }
        case .number(let number): [number < 0 ? number + width : number]
        }
      guard !found.isEmpty, found.allSatisfy((0..<width).contains) else {
        throw FileError(
          url,
          "there is no column \(column.text)",
          "choose from: \(names.prefix(30).joined(separator: ", "))"
        )
      }
      return found
    }
    let labels = try options.labels.map(positions) ?? []
    var left = Set(try options.ignoring.flatMap(positions) + labels)
    index = header.isHeader && width > 1 && names[0].isRowNames && !left.contains(0) ? 0 : nil
    if let index {
      left.insert(index)
      remarks.append("the first column, which has no name, left out as numbers of rows")
    }
    let numeric = (0..<width).filter { !left.contains($0) }
    try Self.requireDifferent(numeric + labels, names, url)
    self.names = names
    self.label = labels.first
    self.numeric = numeric
    self.remarks = remarks
    columns = numeric.map { names[$0] }
  }

  /// The names of all columns but one of the rows' own numbers or names, that of labels too.
  var allColumns: [String] { names.indices.filter { $0 != index }.map { names[$0] } }

  /// Columns of one name cannot be told apart.
  private static func requireDifferent(_ used: [Int], _ names: [String], _ url: URL) throws {
    var first: [String: Int] = [:]
    for position in used {
      if let other = first.updateValue(position, forKey: names[position]) {
        let name = names[position].isEmpty ? "have no name" : "are called '\(names[position])'"
        throw FileError(
          url,
          "columns \(min(other, position) + 1) and \(max(other, position) + 1) \(name)",
          "give each column a name of its own"
        )
      }
    }
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
  ) throws -> (CSVRecords, sample: [UInt8], delimiter: UInt8) {
    let source = try FileBytes.opening(url)
    var sample = [UInt8](repeating: 0, count: CSVHeader.sampleSize)
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
    return (records, sample, delimiter)
  }

  /// The next rows, at most `count`; nil at the end.
  ///
  /// - Throws: ``FileError`` with the row and column of the first field that cannot be read.
  public func nextRows(_ count: Int) throws -> Table? {
    precondition(count > 0, "nextRows(\(count)): needs a positive count")
    var values: [Double] = []
    var labels: [String] = []
    var (rows, kept) = (0, 0)
    while rows < count {
      guard try isPending || records.advance() else { break }
      isPending = false
      try appendRow(to: &values, &labels)
      rows += 1
      // As the examples that become of them, which are Float32.
      kept += 4 * numeric.count + (label == nil ? 0 : 16)
      if count == .max, kept >= MemoryBound.step {
        try records.bound.take(Double(kept), for: "the table up to row \(grouped(rows))")
        kept = 0
      }
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

  /// What each column holds, text too, by the rest of the file.
  ///
  /// - Throws: ``FileError`` for a row of another length.
  public func summaries() throws -> [CSV.ColumnSummary] {
    var summaries = names.map { CSV.ColumnSummary($0) }
    while try isPending || records.advance() {
      isPending = false
      try requireWidth()
      for column in summaries.indices {
        summaries[column].add(records.field(column), decimalComma: decimalComma)
      }
    }
    return summaries.indices.filter { $0 != index }.map { summaries[$0] }
  }

  func table(_ values: [Double], labels: [String], rows: Int = 0) -> Table {
    Table(
      columns: columns,
      values: Tensor(values, shape: [rows, columns.count]),
      labels: label == nil ? nil : labels,
      hasHeader: hasHeader,
      remarks: remarks,
      url: url
    )
  }

  private func requireWidth() throws {
    guard records.ends.count == names.count else {
      throw records.error(
        "the number of fields is \(records.ends.count) instead of \(names.count)",
        "correct the row, or state the delimiter"
      )
    }
  }

  private func appendRow(to values: inout [Double], _ labels: inout [String]) throws {
    try requireWidth()
    if let index, let value = CSVNumber.value(of: records.field(index), decimalComma: decimalComma),
      value != value.rounded()
    {
      throw records.error(
        "\(shown(records.field(index))) stands in a first column without a name, and numbers no row",
        "name the column, or leave it out"
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
      let name = text.trimmingCharacters(in: .whitespaces)
      guard !name.isEmpty || options.nonFinite == .kept else {
        throw records.error(
          "the label is missing",
          column: "'\(names[label])'",
          "fill the gap, or leave the row out"
        )
      }
      labels.append(name)
    }
  }

  private func number(_ field: ArraySlice<UInt8>, _ column: Int) throws -> Double {
    let value =
      CSVNumber.value(of: field, decimalComma: decimalComma)
      ?? (CSVNumber.isMissing(field) ? .nan : nil)
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

extension String {
  /// Whether a first column of this name is what pandas and R write for the rows' names.
  fileprivate var isRowNames: Bool { isEmpty || self == "Unnamed: 0" }
}
