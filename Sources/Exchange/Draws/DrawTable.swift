import Foundation

/// One file of draws: its comments, its header, and its rows without those of the warm-up.
final class DrawTable: DrawRows {
  let path: String
  let columns: DrawColumns
  private let lines: LineReader
  private let mayBeIncomplete: Bool
  private var header: TableHeader
  private var comments = StanComments()
  private var rowsRead = 0
  private var row: [Double]

  var promisedCount: Int? { comments.promisedDraws }

  var remarks: [String] {
    header.beginsWithRowName
      ? ["the first column of \(path) has no name and is taken for the names of rows"] : []
  }

  var place: String { "\(path), line \(lines.number) (draw \(rowsRead - comments.leadingRows))" }

  init(
    _ path: String,
    mayBeIncomplete: Bool = false,
    isCancelled: @escaping () -> Bool = { false }
  ) throws {
    self.path = path == "-" ? "standard input" : path
    self.mayBeIncomplete = mayBeIncomplete
    lines = try LineReader(path, isCancelled: isCancelled)
    var header: TableHeader?
    var comment = ""
    while header == nil {
      let found: String? = try lines.next { line in
        String(decoding: line.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      }
      guard let text = found else {
        throw DrawError("\(self.path) has no header of column names: it is empty or cut off")
      }
      if text.hasPrefix("#") {
        comments.read(text)
        comment = text
      } else if !text.allSatisfy(\.isWhitespace) {
        guard !text.contains("\r") else {
          throw DrawError(
            "the lines of \(self.path) end with CR alone: end them with LF, as `tr '\\r' '\\n'` does"
          )
        }
        header = try TableHeader(text, of: self.path)
      }
    }
    self.header = header!
    let names = header!.names
    if names.allSatisfy({ Double($0) != nil }) {
      throw DrawError(
        "\(self.path), line \(lines.number) has numbers where the column names must be: add a header"
          + (comment.count { $0 == "," } + 1 == names.count && names.count > 1
            ? ", which numpy.savetxt writes with comments=''" : "")
      )
    }
    comments.read(header: names)
    if let refusal = comments.refusal { throw DrawError("\(self.path) \(refusal)") }
    columns = try DrawColumns(names, of: self.path)
    row = [Double](repeating: 0, count: names.count)
  }

  private enum Line {
    case comment(String)
    case row, blank, cut
  }

  /// The next row after the warm-up, all columns; nil at the end.
  func next() throws -> [Double]? {
    while true {
      let line: Line? = try lines.next { line in
        guard let first = line.first(where: { $0 != 32 && $0 != 9 }) else { return .blank }
        if first == CChar(UInt8(ascii: "#")) {
          return .comment(String(decoding: line.map { UInt8(bitPattern: $0) }, as: UTF8.self))
        }
        // Programs that promise a number of draws, or are still running, end every line they finish.
        if lines.isUnfinished && (mayBeIncomplete || promisedCount != nil) { return .cut }
        try parse(line)
        return .row
      }
      switch line {
      case nil, .cut: return nil
      case .blank: continue
      case .comment(let text): comments.read(text)
      case .row:
        rowsRead += 1
        if rowsRead > comments.leadingRows { return row }
      }
    }
  }

  func checkCount(mayBeIncomplete: Bool) throws {
    let draws = max(0, rowsRead - comments.leadingRows)
    guard let promised = comments.promisedDraws, draws != promised else { return }
    if draws < promised && mayBeIncomplete { return }
    throw DrawError(
      "\(path) has \(draws) draws where its comments promise \(promised): "
        + (draws < promised
          ? "the sampler was interrupted; run it again, or say that files may be incomplete"
          : "several runs were joined; give each chain a file of its own")
    )
  }

  /// Reads the numbers of a line into the row.
  private func parse(_ line: UnsafeMutableBufferPointer<CChar>) throws {
    guard let start = line.baseAddress else { return }
    let end = UnsafePointer(start + line.count)
    if header.hasDecimalCommas {
      for index in line.indices where line[index] == CChar(UInt8(ascii: ",")) {
        line[index] = CChar(UInt8(ascii: "."))
      }
    }
    var position = UnsafePointer(start)
    // R's write.table gives rows names of their own that the header does not count.
    if rowsRead == 0, position.pointee == Self.quote, fieldCount(line) == row.count + 1 {
      header.beginsWithRowName = true
    }
    if header.beginsWithRowName { position = afterRowName(position, end) }
    var field = 0
    while true {
      guard field < row.count else { throw wrongCount(line) }
      let (value, next) = number(at: position, end)
      guard let value, next == end || next.pointee == header.separator else {
        throw DrawError(
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

  private static let quote = CChar(UInt8(ascii: "\""))

  private func afterRowName(
    _ start: UnsafePointer<CChar>,
    _ end: UnsafePointer<CChar>
  ) -> UnsafePointer<CChar> {
    var (position, isQuoted) = (start, false)
    while position < end, isQuoted || position.pointee != header.separator {
      if position.pointee == Self.quote { isQuoted.toggle() }
      position += 1
    }
    return position == end ? end : position + 1
  }

  /// The number at a place, NA and logical values of R and Python among them, and where it and the
  /// spaces behind it end.
  private func number(
    at position: UnsafePointer<CChar>,
    _ end: UnsafePointer<CChar>
  ) -> (Double?, UnsafePointer<CChar>) {
    var position = position
    while position < end, position.pointee == 32 { position += 1 }
    let isQuoted = position < end && position.pointee == Self.quote
    if isQuoted { position += 1 }
    var stop: UnsafeMutablePointer<CChar>?
    var value: Double? = strtod(position, &stop)
    var next = UnsafePointer(stop!)
    // Spaces are skipped before a number, and a tab may be a separator: then there is none.
    let isEmpty =
      next == position
      || UnsafeBufferPointer(start: position, count: next - position).contains(header.separator)
    if isEmpty {
      next = position
      value = nil
      for (word, meaning) in Self.words where strncmp(position, word, word.utf8.count) == 0 {
        (value, next) = (meaning, position + word.utf8.count)
        break
      }
    }
    if isQuoted {
      guard next < end, next.pointee == Self.quote else { return (nil, next) }
      next += 1
    }
    while next < end, next.pointee != header.separator, next.pointee == 32 || next.pointee == 9 {
      next += 1
    }
    return (value, next)
  }

  private static let words: [(String, Double)] = [
    ("NA", .nan), ("TRUE", 1), ("True", 1), ("true", 1), ("FALSE", 0), ("False", 0), ("false", 0),
  ]

  private func wrongCount(_ line: UnsafeMutableBufferPointer<CChar>) -> DrawError {
    let count = fieldCount(line) - (header.beginsWithRowName ? 1 : 0)
    return DrawError(
      "\(path), line \(lines.number) has \(count) values where the header has \(row.count) columns"
    )
  }

  /// The fields of a line, between separators that are in no quotes.
  private func fieldCount(_ line: UnsafeMutableBufferPointer<CChar>) -> Int {
    var (count, isQuoted) = (1, false)
    for byte in line {
      if byte == Self.quote { isQuoted.toggle() }
      if byte == header.separator, !isQuoted { count += 1 }
    }
    return count
  }

  /// A field as text, at most 24 bytes of it.
  private func text(_ start: UnsafePointer<CChar>, _ end: UnsafePointer<CChar>) -> String {
    let bytes = UnsafeBufferPointer(start: start, count: end - start)
      .prefix { $0 != header.separator }.prefix(24)
    return String(decoding: bytes.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
