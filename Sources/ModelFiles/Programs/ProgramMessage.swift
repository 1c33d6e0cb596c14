import Exchange

/// An array on its way to a program or back: eight bytes with the length of what follows, the lowest
/// first, and the bytes of a `.npy` file.
enum ProgramMessage {
  /// What follows is no message.
  struct Stray: Error {
    /// What came instead.
    let text: String
  }

  static func framed(_ array: [UInt8]) -> [UInt8] {
    withUnsafeBytes(of: UInt64(array.count).littleEndian) { Array($0) } + array
  }

  /// No answer is longer, in bytes.
  private static let limit: UInt64 = 1 << 31
  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  /// The first array in what has come, taken out of it; nil where more must come.
  ///
  /// - Throws: ``Stray`` as soon as it can be none.
  static func take(from bytes: inout [UInt8]) throws(Stray) -> [UInt8]? {
    let length = bytes.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let start = bytes.dropFirst(8).prefix(magic.count)
    guard magic.starts(with: start), bytes.count < 8 || length < limit else {
      throw Stray(text: text(of: bytes))
    }
    guard bytes.count >= 8 + magic.count, bytes.count - 8 >= length else { return nil }
    let array = Array(bytes[8..<8 + Int(length)])
    bytes.removeFirst(8 + Int(length))
    return array
  }

  /// The first line of text, as far as it can be shown.
  static func text(of bytes: [UInt8]) -> String {
    let line = bytes.prefix(60).prefix { $0 != 10 && $0 != 13 }
    let shown = String(decoding: line, as: UTF8.self).unicodeScalars.map { scalar in
      scalar.properties.generalCategory == .control ? "·" : String(scalar)
    }.joined()
    return line.count < bytes.count ? shown + "…" : shown
  }
}
