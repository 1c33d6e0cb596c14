import Foundation
import Tensors

/// Tables of numbers as text: comma-separated values (RFC 4180) and their relatives.
///
/// ```swift
/// let table = try CSV.read(from: url, labels: "species")
/// print(table.columns)       // ["length", "width"]
/// print(table.values.shape)  // [150, 2]
/// print(table.classes)       // ["setosa", "versicolor", "virginica"]
/// ```
///
/// Quoted fields may hold delimiters, line ends and doubled quotes. Lines end with LF, CRLF or CR;
/// empty lines are skipped; a UTF-8 byte order mark is allowed; gzip is recognised. A first column
/// without a name, as pandas and R write for the rows' own, is left out.
public enum CSV {
  /// Whether the first line names the columns.
  public enum Header: Sendable {
    /// It does if none of its fields is a number, if one of them is the name of a column that is
    /// asked for or stands above a column of numbers, or if they are 0, 1, 2, … as data frames
    /// without names write; refused where it may be either.
    case automatic
    case present, absent

    /// - Parameter isThere: Whether it does; nil looks at the table.
    public init(_ isThere: Bool?) {
      self = isThere.map { $0 ? .present : .absent } ?? .automatic
    }
  }

  /// A column by its name, or by its number from 0 (negative from the end).
  public enum Column: Hashable, Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    case named(String)
    case number(Int)

    public init(stringLiteral name: String) { self = .named(name) }
    public init(integerLiteral number: Int) { self = .number(number) }

    /// As sentences name it.
    var text: String {
      switch self {
      case .named(let name): "'\(name)'"
      case .number(let number): "\(number)"
      }
    }
  }

  /// What happens to fields that are not finite numbers.
  public enum NonFinite: Sendable {
    /// They are errors.
    case refused
    /// Empty fields, `NA` and `NaN` become NaN; `inf` and numbers too large become infinite.
    case kept
  }

  /// How a file is to be read.
  public struct Options: Sendable {
    /// The default is to look at the first line.
    public var header: Header
    /// The default, nil, chooses comma, semicolon, tab or bar by the first lines.
    public var delimiter: Character?
    /// The column of class labels, kept as text. The default is none.
    public var labels: Column?
    /// Columns to leave out, for instance names.
    public var ignoring: [Column]
    /// The default refuses: a hole in the data should be seen.
    public var nonFinite: NonFinite

    public init(
      header: Header = .automatic,
      delimiter: Character? = nil,
      labels: Column? = nil,
      ignoring: [Column] = [],
      nonFinite: NonFinite = .refused
    ) {
      self.header = header
      self.delimiter = delimiter
      self.labels = labels
      self.ignoring = ignoring
      self.nonFinite = nonFinite
    }

    var namedColumns: [String] {
      ((labels.map { [$0] } ?? []) + ignoring).compactMap {
        if case .named(let name) = $0 { name } else { nil }
      }
    }
  }

  /// All rows of a file.
  ///
  /// - Parameters:
  ///   - labels: The column of class labels. The default is none: every column is a number.
  ///   - options: Everything else that can be said about the file; its `labels` is used where the
  ///     argument is left out.
  ///   - limit: The most bytes of text to take in, so that a small compressed file cannot fill the
  ///     memory. The default is 4 GiB; ``CSVReader`` has no need of a limit.
  /// - Throws: ``FileError`` with the row and column of the first field that cannot be read.
  public static func read(
    from url: URL,
    labels: Column? = nil,
    options: Options = Options(),
    limit: Int = 1 << 32
  ) throws -> Table {
    var options = options
    options.labels = labels ?? options.labels
    let reader = try CSVReader(url, options: options)
    reader.limit = limit
    return try reader.nextRows(.max) ?? reader.table([], labels: [])
  }

  /// Rows of cells, those quoted that need it; each line ends with a line feed.
  package static func text(rows: [[String]]) -> String {
    rows.map { CSVWriter.line($0) + "\n" }.joined()
  }

  /// A matrix (`[rows, columns]`) as ``write(_:columns:labels:to:delimiter:)`` writes it, in memory.
  ///
  /// - Parameter labels: One for each row, as a last column named `label`. The default is none.
  public static func text(_ values: Tensor, columns: [String], labels: [String]? = nil) -> String {
    precondition(
      values.rank == 2 && values.shape[1] == columns.count
        && labels.map { $0.count == values.shape[0] } ?? true,
      "CSV.text of \(values.shape): \(columns.count) column names"
    )
    var lines = [CSVWriter.line(columns + (labels == nil ? [] : ["label"]))]
    let (texts, width) = (CSVWriter.texts(values), columns.count)
    for row in 0..<values.shape[0] {
      let label = labels.map { [$0[row]] } ?? []
      lines.append(CSVWriter.line(texts[(row * width)..<((row + 1) * width)] + label))
    }
    return lines.joined(separator: "\n")
  }

  /// Writes a matrix (`[rows, columns]`; a vector is one column), numbers so that they read back
  /// exactly; with gzip when the name ends in `.gz`.
  ///
  /// - Parameters:
  ///   - columns: The names for the first line. The default writes no such line.
  ///   - labels: One label per row, written as a last column named `label`.
  /// - Throws: ``FileError`` when the file cannot be written.
  public static func write(
    _ values: Tensor,
    columns: [String]? = nil,
    labels: [String]? = nil,
    to url: URL,
    delimiter: Character = ","
  ) throws {
    precondition((1...2).contains(values.rank), "CSV.write of \(values.shape): needs a matrix")
    let matrix = values.rank == 1 ? values.insertingAxis(1) : values
    let width = matrix.shape[1]
    precondition(
      columns.map { $0.count == width } ?? true,
      "CSV.write of \(values.shape): \(columns?.count ?? 0) column names"
    )
    precondition(
      labels.map { $0.count == matrix.shape[0] } ?? true,
      "CSV.write of \(values.shape): \(labels?.count ?? 0) labels"
    )
    try NewFile.write(to: url) { file in
      let packer = url.pathExtension == "gz" ? DeflatingWriter(.gzip, to: file.append) : nil
      let append = packer?.append ?? file.append
      let writer = CSVWriter(delimiter: delimiter, to: append)
      if let columns { try writer.append(columns + (labels == nil ? [] : ["label"])) }
      // A few rows at a time: their text is several times larger than the numbers.
      let step = max(1, (1 << 16) / max(width, 1))
      for start in stride(from: 0, to: matrix.shape[0], by: step) {
        let rows = start..<min(start + step, matrix.shape[0])
        let texts = CSVWriter.texts(matrix[rows])
        for row in rows {
          let from = (row - start) * width
          try writer.append(texts[from..<from + width] + (labels.map { [$0[row]] } ?? []))
        }
      }
      try packer?.finish()
    }
  }
}
