import Foundation

/// coda's text files, as JAGS, BUGS and `coda::write.coda` write them: `CODAchain1.txt` with an
/// iteration and a value a line, and beside it `CODAindex.txt`, which says from which line to which
/// each variable goes.
enum CodaFile {
  /// The index that belongs to a chain by its name; nil where the file is not named as a chain.
  static func index(of path: String) -> String? {
    let url = URL(fileURLWithPath: path)
    let name = url.lastPathComponent
    guard let found = name.range(of: "chain[0-9]+(?=\\.txt$)", options: .regularExpression) else {
      return nil
    }
    let index = name.replacingCharacters(in: found, with: "index")
    return url.deletingLastPathComponent().appendingPathComponent(index).path
  }

  /// The chain of a file that is named as one and has its index beside it; nil for other files.
  static func rows(_ path: String) throws -> ArrayRows? {
    guard let index = index(of: path), FileManager.default.fileExists(atPath: index) else {
      return nil
    }
    let bound = MemoryBound(URL(fileURLWithPath: path))
    var values: [Double] = []
    try forEachLine(of: path, words: 2, bound) { values.append(try number($0[1], path)) }
    var names: [String] = []
    var columns: [Range<Int>] = []
    try forEachLine(of: index, words: 3, bound) { line in
      guard let first = Int(line[1]), let last = Int(line[2]), first >= 1, first <= last,
        last <= values.count
      else {
        throw DrawError(
          "\(index): \(line[0]) goes from line \(line[1]) to \(line[2]), but \(path) has "
            + "\(values.count) lines"
        )
      }
      names.append(line[0])
      columns.append((first - 1)..<last)
    }
    guard let count = columns.first?.count, columns.allSatisfy({ $0.count == count }) else {
      throw DrawError("\(index) must give every variable as many lines, and at least one")
    }
    // Lines may belong to several variables.
    try bound.take(
      Double(count) * Double(8 * columns.count),
      for: "the list of \(columns.count) variables of \(count) draws each"
    )
    let rows = (0..<count).flatMap { row in columns.map { values[$0.lowerBound + row] } }
    return ArrayRows(path, try DrawColumns(names, of: index), chain: 0, values: rows)
  }

  private static func number(_ text: String, _ path: String) throws -> Double {
    if text == "NA" { return .nan }
    guard let value = Double(text) else {
      throw DrawError("\(path): '\(text.prefix(24))' is not a number")
    }
    return value
  }

  /// Hands over the words of each line that is not empty.
  private static func forEachLine(
    of path: String,
    words count: Int,
    _ bound: MemoryBound,
    _ body: ([String]) throws -> Void
  ) throws {
    let reader = try LineReader(path)
    var lines = 0
    while let text = try reader.next({ line in
      String(decoding: line.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }) {
      let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
      if words.isEmpty { continue }
      guard words.count == count else {
        throw DrawError(
          "\(path), line \(reader.number) has \(words.count) words where coda writes \(count)"
        )
      }
      if lines % MemoryBound.step == 0 {
        // A name or a number, and what is made of it.
        try bound.take(Double(160 * MemoryBound.step), for: "the list of its first \(lines) lines")
      }
      lines += 1
      try body(words)
    }
  }
}
