import Exchange
import Foundation

/// Reads JSON, and the words `NaN` and `Infinity` that XGBoost writes.
struct JSONDocument {
  private let url: URL
  private let bytes: [UInt8]
  private var place = 0

  /// - Throws: `FileError` when the file cannot be read or is no JSON.
  static func read(from url: URL) throws -> DocumentValue {
    var document = JSONDocument(url: url, bytes: try RegularFile.parsed(url))
    let value = try document.value(0)
    document.skipSpace()
    guard document.place == document.bytes.count - 1 else { throw document.damaged() }
    return value
  }

  private init(url: URL, bytes: [UInt8]) { (self.url, self.bytes) = (url, bytes) }

  private func damaged() -> FileError {
    FileError(
      url,
      at: .byte(place),
      "this is no JSON",
      "give a model that XGBoost saved, or fetch or write the file again"
    )
  }

  private mutating func skipSpace() {
    while bytes[place] <= 0x20, bytes[place] > 0 { place += 1 }
  }

  /// Whether the next byte that is no space is this one, which is then behind.
  private mutating func skip(_ byte: Character) -> Bool {
    skipSpace()
    guard bytes[place] == byte.asciiValue! else { return false }
    place += 1
    return true
  }

  private mutating func value(_ level: Int) throws -> DocumentValue {
    guard level < DocumentValue.mostLevels else {
      throw FileError(
        url,
        at: .byte(place),
        "its values are inside one another more than \(DocumentValue.mostLevels) deep",
        "the file is damaged: write it again"
      )
    }
    skipSpace()
    switch bytes[place] {
    case UInt8(ascii: "{"): return try object(level)
    case UInt8(ascii: "["): return try list(level)
    case UInt8(ascii: "\""): return .text(try text())
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
    default:
      for (word, value) in Self.words where bytes[place...].starts(with: word.utf8) {
        place += word.utf8.count
        return value
      }
      throw damaged()
    }
  }

  private static let words: [(String, DocumentValue)] = [
    ("true", .bool(true)), ("false", .bool(false)), ("null", .null), ("NaN", .number(.nan)),
    ("Infinity", .number(.infinity)),
  ]

  private mutating func object(_ level: Int) throws -> DocumentValue {
    place += 1
    var members: [String: DocumentValue] = [:]
    if skip("}") { return .object(members) }
    repeat {
      skipSpace()
      guard bytes[place] == UInt8(ascii: "\"") else { throw damaged() }
      let name = try text()
      guard skip(":") else { throw damaged() }
      members[name] = try value(level + 1)
    } while skip(",")
    guard skip("}") else { throw damaged() }
    return .object(members)
  }

  private mutating func list(_ level: Int) throws -> DocumentValue {
    place += 1
    var numbers: [Double] = []
    var values: [DocumentValue]?
    if skip("]") { return .numbers(numbers) }
    repeat {
      let value = try value(level + 1)
      if values == nil {
        if case .number(let number) = value {
          numbers.append(number)
          continue
        }
        values = numbers.map { .number($0) }
        numbers = []
      }
      values!.append(value)
    } while skip(",")
    guard skip("]") else { throw damaged() }
    return values.map { DocumentValue(list: $0) } ?? .numbers(numbers)
  }

  private mutating func number() throws -> Double {
    if bytes[place + 1] == UInt8(ascii: "I"), bytes[place...].starts(with: "-Infinity".utf8) {
      place += 9
      return -.infinity
    }
    // A zero follows the last byte, so that the end is found.
    let (number, length) = bytes.withUnsafeBufferPointer { bytes in
      let start = UnsafeRawPointer(bytes.baseAddress! + place).assumingMemoryBound(to: CChar.self)
      var end: UnsafeMutablePointer<CChar>?
      let number = strtod(start, &end)
      return (number, end.map { UnsafePointer($0) - start } ?? 0)
    }
    // What C takes as a number besides.
    let text = bytes[place..<place + length]
    guard length > 0, text.allSatisfy({ Self.isOfNumber[Int($0)] }) else { throw damaged() }
    place += length
    return number
  }

  private static let isOfNumber: [Bool] = (0..<256).map { byte in
    "+-.0123456789eE".utf8.contains(UInt8(byte))
  }

  private mutating func text() throws -> String {
    place += 1
    var text: [UInt8] = []
    while true {
      let byte = bytes[place]
      guard place < bytes.count - 1, byte >= 0x20 else { throw damaged() }
      place += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: text, as: UTF8.self) else { throw damaged() }
        return text
      case UInt8(ascii: "\\"): text += try escaped()
      default: text.append(byte)
      }
    }
  }

  private mutating func escaped() throws -> [UInt8] {
    let byte = bytes[place]
    guard place < bytes.count - 1 else { throw damaged() }
    place += 1
    switch Character(UnicodeScalar(byte)) {
    case "n": return [0x0a]
    case "t": return [0x09]
    case "r": return [0x0d]
    case "b": return [0x08]
    case "f": return [0x0c]
    case "\"", "\\", "/": return [byte]
    case "u":
      var units = [try unit()]
      if UTF16.isLeadSurrogate(units[0]), bytes[place...].starts(with: "\\u".utf8) {
        place += 2
        units.append(try unit())
      }
      guard let text = String(validating: units, as: UTF16.self) else { throw damaged() }
      return Array(text.utf8)
    default: throw damaged()
    }
  }

  private mutating func unit() throws -> UInt16 {
    guard bytes.count - 1 - place >= 4,
      let unit = UInt16(String(decoding: bytes[place..<place + 4], as: UTF8.self), radix: 16)
    else { throw damaged() }
    place += 4
    return unit
  }
}
