/// A value of JSON text, read strictly: no name twice in an object, no nesting deeper than needed.
///
/// Foundation's reader silently keeps one of two equal names, which a header of weights must not.
indirect enum JSONValue: Equatable {
  case string(String)
  case integer(Int)
  case array([JSONValue])
  case object([String: JSONValue])
  /// A fraction, true, false or null: JSON, but nothing that a header of weights holds.
  case other(String)

  struct Failure: Error {
    let reason: String
  }

  init(parsing text: some Sequence<UInt8>) throws(Failure) {
    var reader = Reader(bytes: Array(text))
    self = try reader.value(depth: 0)
    reader.skipSpace()
    guard reader.position == reader.bytes.count else {
      throw Failure(reason: "there is more after the end")
    }
  }
}

private struct Reader {
  let bytes: [UInt8]
  var position = 0

  typealias Failure = JSONValue.Failure

  mutating func value(depth: Int) throws(Failure) -> JSONValue {
    skipSpace()
    guard depth < 8 else { throw Failure(reason: "it is nested too deeply") }
    switch peek {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    default: return try word()
    }
  }

  mutating func object(depth: Int) throws(Failure) -> JSONValue {
    var members: [String: JSONValue] = [:]
    try expect("{")
    if accept("}") { return .object(members) }
    repeat {
      skipSpace()
      let name = try string()
      guard members[name] == nil else { throw Failure(reason: "'\(name)' is there twice") }
      try expect(":")
      members[name] = try value(depth: depth + 1)
    } while accept(",")
    try expect("}")
    return .object(members)
  }

  mutating func array(depth: Int) throws(Failure) -> JSONValue {
    var elements: [JSONValue] = []
    try expect("[")
    if accept("]") { return .array(elements) }
    repeat { elements.append(try value(depth: depth + 1)) } while accept(",")
    try expect("]")
    return .array(elements)
  }

  mutating func string() throws(Failure) -> String {
    guard peek == UInt8(ascii: "\"") else { throw unexpected }
    position += 1
    var text: [UInt16] = []
    while let byte = peek, byte != UInt8(ascii: "\"") {
      position += 1
      guard byte >= 0x20 else { throw Failure(reason: "a string holds a control character") }
      if byte == UInt8(ascii: "\\") {
        text.append(try escape())
      } else {
        let start = position - 1
        while let next = peek, next & 0xC0 == 0x80 { position += 1 }
        guard let character = String(validating: bytes[start..<position], as: UTF8.self) else {
          throw Failure(reason: "a string is not UTF-8")
        }
        text.append(contentsOf: character.utf16)
      }
    }
    guard peek != nil else { throw unexpected }
    position += 1
    guard let string = String(validating: text, as: UTF16.self) else {
      throw Failure(reason: "a string holds half a surrogate pair")
    }
    return string
  }

  mutating func escape() throws(Failure) -> UInt16 {
    defer { position += 1 }
    switch peek.map({ Character(UnicodeScalar($0)) }) {
    case let character? where "\"\\/".contains(character): return character.utf16.first!
    case "b": return 8
    case "f": return 12
    case "n": return 10
    case "r": return 13
    case "t": return 9
    case "u":
      let digits = bytes[min(position + 1, bytes.count)..<min(position + 5, bytes.count)]
      let text = String(decoding: digits, as: UTF8.self)
      guard text.utf8.count == 4, text.allSatisfy(\.isHexDigit), let unit = UInt16(text, radix: 16)
      else { throw unexpected }
      position += 4
      return unit
    default: throw unexpected
    }
  }

  /// A number, true, false or null.
  mutating func word() throws(Failure) -> JSONValue {
    let start = position
    while let byte = peek, !",]} \t\r\n:\"".utf8.contains(byte) { position += 1 }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if let integer = Int(text), text == String(integer) { return .integer(integer) }
    guard ["true", "false", "null"].contains(text) || (Double(text)?.isFinite ?? false) else {
      position = start
      throw unexpected
    }
    return .other(text)
  }

  var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  mutating func skipSpace() {
    while let byte = peek, " \t\r\n".utf8.contains(byte) { position += 1 }
  }

  mutating func accept(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard peek == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  mutating func expect(_ character: Unicode.Scalar) throws(Failure) {
    guard accept(character) else { throw unexpected }
  }

  var unexpected: Failure {
    Failure(
      reason: position < bytes.count
        ? "byte \(position) is not what it should be" : "it ends too early"
    )
  }
}
