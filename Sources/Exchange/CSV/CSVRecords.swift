import Foundation

/// Splits text into records of fields, however long the file: it holds one record at a time.
final class CSVRecords {
  private let source: any ByteSource
  private let delimiter: UInt8
  private var buffer = [UInt8](repeating: 0, count: 1 << 16)
  private var filled = 0
  private var index = 0
  private var lastWasReturn = false

  /// The fields of the current record one after another, and where each ends.
  private(set) var bytes: [UInt8] = []
  private(set) var ends: [Int] = []
  /// The line at which the current record starts, from 1.
  private(set) var row = 0
  private var line = 1

  /// No field or record of a table of numbers is longer; a bomb is.
  private static let longestRecord = 1 << 28

  init(_ source: any ByteSource, delimiter: UInt8) {
    self.source = source
    self.delimiter = delimiter
  }

  var position: Int { source.position }
  var bound: MemoryBound { source.bound }

  func field(_ index: Int) -> ArraySlice<UInt8> {
    bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
  }

  private enum State {
    case start, plain, quoted, quoteInQuoted
  }

  /// Goes on to the next record that is not an empty line; false at the end.
  func advance() throws -> Bool {
    bytes.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
    row = line
    var state = State.start
    while let byte = try next() {
      let endsLine = byte == 0x0a || byte == 0x0d
      if byte == 0x0a && lastWasReturn {
        lastWasReturn = false
        if state == .quoted { bytes.append(byte) } else { row = line }
        continue
      }
      lastWasReturn = byte == 0x0d
      if endsLine { line += 1 }
      switch (state, byte) {
      case (.quoted, 0x22): state = .quoteInQuoted
      case (.quoted, _): bytes.append(byte)
      case (_, _) where endsLine:
        if ends.isEmpty && bytes.isEmpty && state == .start {
          row = line
          continue
        }
        ends.append(bytes.count)
        return true
      case (_, delimiter):
        ends.append(bytes.count)
        state = .start
      case (.start, 0x22): state = .quoted
      case (.quoteInQuoted, 0x22):
        bytes.append(byte)
        state = .quoted
      case (.quoteInQuoted, _):
        throw error("text follows the closing quote of a field", "double the quotes inside it")
      case (_, 0x00):
        throw error("there is a zero byte: this is not text in UTF-8", "save the table as UTF-8")
      default:
        bytes.append(byte)
        state = .plain
      }
      if bytes.count + 8 * ends.count > Self.longestRecord {
        throw error("the row is longer than 256 MiB", "this is not a table of numbers")
      }
    }
    if state == .quoted { throw error("a quoted field is not closed", "add the missing quote") }
    if ends.isEmpty && bytes.isEmpty && state == .start { return false }
    ends.append(bytes.count)
    return true
  }

  private func next() throws -> UInt8? {
    if index == filled {
      filled = try buffer.withUnsafeMutableBytes { try source.read(into: $0) }
      index = 0
      if filled == 0 { return nil }
    }
    defer { index += 1 }
    return buffer[index]
  }

  func error(_ problem: String, column: String? = nil, _ advice: String) -> FileError {
    FileError(source.url, at: .row(row, column: column), problem, advice)
  }
}
