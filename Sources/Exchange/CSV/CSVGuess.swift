import Foundation

/// What the first lines of a table say about how it is written.
enum CSVGuess {
  /// Comma, semicolon, tab or bar: the one that splits the first records into the same number of
  /// fields, most of them numbers, as many as possible; comma where none does.
  static func delimiter(of sample: [UInt8], _ url: URL) -> UInt8 {
    // A record cut off by the end of the sample says nothing.
    let whole = sample.lastIndex(where: { $0 == 0x0a || $0 == 0x0d }).map { Array(sample[...$0]) }
    let scores = [UInt8]([0x2c, semicolon, 0x09, 0x7c]).map { delimiter -> (UInt8, [Double]) in
      let records = CSVRecords(MemoryBytes(whole ?? sample, url), delimiter: delimiter)
      var widths: [Int] = []
      var numbers = 0
      while widths.count < 20, (try? records.advance()) == true {
        widths.append(records.ends.count)
        numbers += records.ends.indices.count { index in
          let field = records.field(index)
          return CSVNumber.value(of: field) != nil
            || delimiter == semicolon && CSVNumber.value(of: field, decimalComma: true) != nil
        }
      }
      let width = widths.first ?? 0
      let isEven = width > 1 && widths.allSatisfy { $0 == width }
      let share = Double(numbers) / Double(max(widths.reduce(0, +), 1))
      return (delimiter, isEven ? [1, share, Double(width)] : [0])
    }
    return scores.max { $0.1.lexicographicallyPrecedes($1.1) }!.0
  }

  private static let semicolon = UInt8(ascii: ";")

  /// Whether numbers are written with decimal commas, as where semicolons part them: some are, and
  /// none has a decimal point.
  static func hasDecimalCommas(_ sample: [UInt8], _ delimiter: UInt8, _ url: URL) -> Bool {
    guard delimiter == semicolon else { return false }
    let records = CSVRecords(MemoryBytes(sample, url), delimiter: delimiter)
    var found = false
    while (try? records.advance()) == true {
      for field in records.ends.indices.map(records.field) {
        if field.contains(UInt8(ascii: ".")), CSVNumber.value(of: field) != nil { return false }
        found =
          found
          || field.contains(UInt8(ascii: ","))
            && CSVNumber.value(of: field, decimalComma: true) != nil
      }
    }
    return found
  }
}

/// Bytes that are in memory already.
final class MemoryBytes: ByteSource {
  let url: URL
  let bound: MemoryBound
  private let bytes: [UInt8]
  private(set) var position = 0

  init(_ bytes: [UInt8], _ url: URL) {
    self.bytes = bytes
    self.url = url
    bound = MemoryBound(url, fileBytes: bytes.count)
  }

  var greatestRemaining: Int { bytes.count - position }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    let count = min(buffer.count, greatestRemaining)
    buffer.copyBytes(from: bytes[position..<position + count])
    position += count
    return count
  }
}

/// Bytes with some put back in front of them.
final class RewoundBytes: ByteSource {
  private let head: MemoryBytes
  private let rest: any ByteSource

  init(_ head: [UInt8], before rest: any ByteSource) {
    self.head = MemoryBytes(head, rest.url)
    self.rest = rest
  }

  var url: URL { rest.url }
  var bound: MemoryBound { rest.bound }
  var position: Int { rest.position - head.greatestRemaining }
  var greatestRemaining: Int { head.greatestRemaining + rest.greatestRemaining }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    let got = try head.read(into: buffer)
    if got == buffer.count { return got }
    return got + (try rest.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[got...])))
  }
}
