import Foundation

/// SentencePiece's table of what characters become before a text is split (`precompiled_charsmap`): a
/// double array that leads from a character's bytes to a place in a list of texts.
struct CharacterMap: Sendable {
  private let units: [UInt32]
  /// Texts, each with a zero behind it.
  private let texts: [UInt8]

  /// Bytes of the table; those in use have some hundred thousand.
  private static let limit = 1 << 24

  /// - Throws: ``LanguageError`` when it is not what it must be.
  init(_ field: JSONField) throws(LanguageError) {
    let encoded = try field.bytes()
    let damaged = LanguageError("has \(field.path), which is no table of characters in base64")
    guard encoded.count <= Self.limit, let data = Data(base64Encoded: Data(encoded)) else {
      throw damaged
    }
    let bytes = Array(data)
    func word(_ place: Int) -> UInt32 {
      (0..<4).reduce(0) { $0 | UInt32(bytes[place + $1]) << (8 * UInt32($1)) }
    }
    guard bytes.count >= 8, word(0) % 4 == 0, case let size = Int(word(0)), size >= 4,
      size <= bytes.count - 4
    else { throw damaged }
    units = (1...(size / 4)).map { word(4 * $0) }
    texts = Array(bytes[(4 + size)...])
    guard String(validating: texts, as: UTF8.self) != nil else { throw damaged }
  }

  func callAsFunction(_ text: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    // As in the library that wrote the table down: a short cluster of characters as a whole first, and
    // then by the first entry that is its beginning.
    for bytes in clusters(text) {
      if bytes.count < 6, let mapped = mapped(bytes) {
        result.append(contentsOf: mapped)
        continue
      }
      var reader = ScalarReader(bytes)
      while case let start = reader.place, reader.next() != nil {
        let part = bytes[start..<reader.place]
        result.append(contentsOf: mapped(part) ?? part)
      }
    }
    return result
  }

  /// What readers take for a character each.
  private func clusters(_ text: [UInt8]) -> [ArraySlice<UInt8>] {
    if text.allSatisfy({ $0 < 0x80 && $0 != 0x0D }) {
      return text.indices.map { text[$0...$0] }
    }
    var start = 0
    return String(decoding: text, as: UTF8.self).map { cluster in
      defer { start += cluster.utf8.count }
      return text[start..<(start + cluster.utf8.count)]
    }
  }

  /// What the shortest entry that a text begins with becomes.
  private func mapped(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    var place = offset(units[0])
    for byte in text {
      if byte == 0 { return nil }
      place ^= Int(byte)
      guard place < units.count, units[place] & 0x8000_00FF == UInt32(byte) else { return nil }
      let unit = units[place]
      place ^= offset(unit)
      guard unit >> 8 & 1 == 1 else { continue }
      guard place < units.count else { return nil }
      let start = Int(units[place] & 0x7FFF_FFFF)
      guard start < texts.count else { return nil }
      return texts[start..<(texts[start...].firstIndex(of: 0) ?? texts.endIndex)]
    }
    return nil
  }

  private func offset(_ unit: UInt32) -> Int { Int(unit >> 10) << Int((unit & (1 << 9)) >> 6) }
}
