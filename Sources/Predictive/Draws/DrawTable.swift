import Foundation

/// One file of draws: its comments, its header, and its rows without those of the warm-up.
final class DrawTable: DrawRows {
  let path: String
  let columns: DrawColumns
  private let lines: LineReader
  private var comments = StanComments()
  private var rowsRead = 0
  private var row: [Double]

  var promisedCount: Int? { comments.promisedDraws }

  var place: String { "\(path), line \(lines.number) (draw \(rowsRead - comments.savedWarmUp))" }

  init(_ path: String) throws {
    self.path = path == "-" ? "standard input" : path
    lines = try LineReader(path)
    var header: [String]?
    while header == nil {
      var comment: String?
      let found: [String]?? = try lines.next { line in
        let text = String(decoding: line.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        if text.hasPrefix("#") {
          comment = text
          return nil
        }
        let fields = text.split(separator: ",", omittingEmptySubsequences: false)
        return text.allSatisfy(\.isWhitespace) ? nil : Self.joined(fields)
      }
      guard let found else {
        throw PredictiveError("\(self.path) has no header of column names: it is empty or cut off")
      }
      if let comment { comments.read(comment) }
      header = found
    }
    let names = header!
    if names.allSatisfy({ Double($0) != nil }) {
      throw PredictiveError(
        "\(self.path), line \(lines.number) has numbers where the column names must be: add a header"
      )
    }
    columns = try DrawColumns(names, of: self.path)
    row = [Double](repeating: 0, count: names.count)
  }

  /// Names without quotes and spaces; those of `beta[1,2]` that a comma cut in two are put together.
  private static func joined(_ fields: [Substring]) -> [String] {
    var names: [String] = []
    var open = false
    for field in fields {
      if open { names[names.count - 1] += "," + field } else { names.append(String(field)) }
      open = names.last!.contains("[") && !names.last!.contains("]")
    }
    return names.map { $0.trimmingCharacters(in: CharacterSet(charactersIn: " \t\"\u{FEFF}")) }
  }

  /// The next row after the warm-up, all columns; nil at the end.
  func next() throws -> [Double]? {
    while true {
      var comment: String?
      let isRow: Bool? = try lines.next { line in
        guard let first = line.first(where: { $0 != 32 && $0 != 9 }) else { return false }
        if first == CChar(UInt8(ascii: "#")) {
          comment = String(decoding: line.map { UInt8(bitPattern: $0) }, as: UTF8.self)
          return false
        }
        try parse(line)
        return true
      }
      guard let isRow else { return nil }
      if let comment { comments.read(comment) }
      guard isRow else { continue }
      rowsRead += 1
      if rowsRead > comments.savedWarmUp { return row }
    }
  }

  func checkCount(mayBeIncomplete: Bool) throws {
    let draws = max(0, rowsRead - comments.savedWarmUp)
    guard let promised = comments.promisedDraws, draws != promised else { return }
    if draws < promised && mayBeIncomplete { return }
    throw PredictiveError(
      "\(path) has \(draws) draws where its comments promise \(promised): "
        + (draws < promised
          ? "the sampler was interrupted; run it again, or say that files may be incomplete"
          : "several runs were joined; give each chain a file of its own")
    )
  }

  /// Reads the numbers of a line into the row.
  private func parse(_ line: UnsafeBufferPointer<CChar>) throws {
    guard let start = line.baseAddress else { return }
    let end = start + line.count
    var position = start
    var field = 0
    while true {
      guard field < row.count else { throw wrongCount(line) }
      var stop: UnsafeMutablePointer<CChar>?
      let value = strtod(position, &stop)
      var next = UnsafePointer(stop!)
      let isEmpty = next == position
      while next < end, next.pointee == 32 || next.pointee == 9 { next += 1 }
      guard !isEmpty, next == end || next.pointee == CChar(UInt8(ascii: ",")) else {
        throw PredictiveError(
          "\(path), line \(lines.number): '\(text(position, end))' is not a number for "
            + "\(columns.names[field])"
        )
      }
      row[field] = value
      field += 1
      if next == end { break }
      position = next + 1
    }
    if field != row.count { throw wrongCount(line) }
  }

  private func wrongCount(_ line: UnsafeBufferPointer<CChar>) -> PredictiveError {
    let count = line.count { $0 == CChar(UInt8(ascii: ",")) } + 1
    return PredictiveError(
      "\(path), line \(lines.number) has \(count) values where the header has \(row.count) columns"
    )
  }

  /// A field as text, at most 24 bytes of it.
  private func text(_ start: UnsafePointer<CChar>, _ end: UnsafePointer<CChar>) -> String {
    let bytes = UnsafeBufferPointer(start: start, count: end - start)
      .prefix { $0 != CChar(UInt8(ascii: ",")) }.prefix(24)
    return String(decoding: bytes.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
