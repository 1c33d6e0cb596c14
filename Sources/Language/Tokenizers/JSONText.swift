/// A value of JSON text whose strings stay as they were written, byte by byte.
///
/// Vocabularies hold tokens that differ in nothing but Unicode's normal form. Swift's strings compare
/// them as equal, so that a dictionary of strings would lose some.
indirect enum JSONText: Sendable {
  case object([(name: [UInt8], value: JSONText)])
  case array([JSONText])
  case string([UInt8])
  case number(Double)
  case truth(Bool)
  case null

  /// - Throws: ``LanguageError`` that says at which byte the text is no JSON.
  init(parsing text: [UInt8]) throws(LanguageError) {
    var reader = JSONTextReader(bytes: text)
    self = try reader.value(depth: 0)
    reader.skipSpace()
    guard reader.position == text.count else { throw reader.unexpected }
  }
}

private struct JSONTextReader {
  let bytes: [UInt8]
  var position = 0

  var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  var unexpected: LanguageError {
    LanguageError(
      position < bytes.count ? "is no JSON at byte \(position)" : "ends in the middle of its JSON"
    )
  }

  mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      position += 1
    }
  }

  mutating func accepts(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard peek == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  mutating func expect(_ character: Unicode.Scalar) throws(LanguageError) {
    guard accepts(character) else { throw unexpected }
  }

  mutating func value(depth: Int) throws(LanguageError) -> JSONText {
    guard depth < 16 else { throw LanguageError("is nested too deeply at byte \(position)") }
    skipSpace()
    switch peek {
    case UInt8(ascii: "{"): return .object(try members(depth: depth))
    case UInt8(ascii: "["): return .array(try elements(depth: depth))
    case UInt8(ascii: "\""): return .string(try string())
    default: return try word()
    }
  }

  mutating func members(depth: Int) throws(LanguageError) -> [(name: [UInt8], value: JSONText)] {
    var members: [(name: [UInt8], value: JSONText)] = []
    var names: Set<[UInt8]> = []
    try expect("{")
    if accepts("}") { return [] }
    repeat {
      skipSpace()
      let name = try string()
      guard names.insert(name).inserted else {
        throw LanguageError("has \(quoted(name)) twice in one object")
      }
      try expect(":")
      members.append((name, try value(depth: depth + 1)))
    } while accepts(",")
    try expect("}")
    return members
  }

  mutating func elements(depth: Int) throws(LanguageError) -> [JSONText] {
    var elements: [JSONText] = []
    try expect("[")
    if accepts("]") { return [] }
    repeat { elements.append(try value(depth: depth + 1)) } while accepts(",")
    try expect("]")
    return elements
  }

  mutating func string() throws(LanguageError) -> [UInt8] {
    guard peek == UInt8(ascii: "\"") else { throw unexpected }
    position += 1
    var text: [UInt8] = []
    while let byte = peek, byte != UInt8(ascii: "\"") {
      guard byte >= 0x20 else { throw unexpected }
      position += 1
      if byte == UInt8(ascii: "\\") {
        text.append(contentsOf: String(try escaped()).utf8)
      } else {
        text.append(byte)
      }
    }
    guard peek != nil else { throw unexpected }
    position += 1
    guard text.allSatisfy({ $0 < 0x80 }) || String(validating: text, as: UTF8.self) != nil else {
      throw LanguageError("holds a string that is not UTF-8 before byte \(position)")
    }
    return text
  }

  mutating func escaped() throws(LanguageError) -> Unicode.Scalar {
    guard let byte = peek else { throw unexpected }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      let first = try unit()
      if let scalar = Unicode.Scalar(first) { return scalar }
      guard first < 0xDC00, accepted("\\u") else { throw unexpected }
      let second = try unit()
      guard 0xDC00..<0xE000 ~= second else { throw unexpected }
      return Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))!
    default: throw unexpected
    }
  }

  mutating func accepted(_ text: StaticString) -> Bool {
    for offset in 0..<text.utf8CodeUnitCount {
      guard peek == text.utf8Start[offset] else { return false }
      position += 1
    }
    return true
  }

  /// Four hexadecimal digits.
  mutating func unit() throws(LanguageError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw unexpected
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }

  mutating func word() throws(LanguageError) -> JSONText {
    let start = position
    while let byte = peek, !",]} \t\r\n:\"".utf8.contains(byte) { position += 1 }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    switch text {
    case "true": return .truth(true)
    case "false": return .truth(false)
    case "null": return .null
    default:
      guard let first = text.utf8.first, "-0123456789".utf8.contains(first),
        let number = Double(text), number.isFinite
      else {
        position = start
        throw unexpected
      }
      return .number(number)
    }
  }
}

/// Text from a file, safe to show in an error: short, printable, in one line.
func quoted(_ bytes: [UInt8]) -> String {
  let printable = String(decoding: bytes.prefix(40), as: UTF8.self).unicodeScalars.map { scalar in
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator, .format: "·"
    default: String(scalar)
    }
  }
  return "'\(printable.joined())\(bytes.count > 40 ? "…" : "")'"
}
