import Exchange
import Foundation

/// Reads Universal Binary JSON, draft 12.
struct UBJSONDocument {
  private let url: URL
  private let bytes: [UInt8]
  private var place = 0
  /// Bytes before the zero at the end.
  private let end: Int

  /// - Throws: `FileError` when the file cannot be read or is no UBJSON.
  static func read(from url: URL) throws -> DocumentValue {
    var document = UBJSONDocument(url: url, bytes: try RegularFile.parsed(url))
    let value = try document.value(of: document.marker(), 0)
    guard document.place == document.end else { throw document.damaged() }
    return value
  }

  private init(url: URL, bytes: [UInt8]) {
    (self.url, self.bytes, end) = (url, bytes, bytes.count - 1)
  }

  private func damaged() -> FileError {
    FileError(
      url,
      at: .byte(place),
      "this is no UBJSON",
      "give a model that XGBoost saved, or fetch or write the file again"
    )
  }

  private mutating func byte() throws -> UInt8 {
    guard place < end else { throw damaged() }
    place += 1
    return bytes[place - 1]
  }

  /// What kind of value follows; no-ops are passed over.
  private mutating func marker() throws -> Character {
    while true {
      let marker = Character(UnicodeScalar(try byte()))
      if marker != "N" { return marker }
    }
  }

  private mutating func fixed(_ count: Int) throws -> UInt64 {
    guard end - place >= count else { throw damaged() }
    defer { place += count }
    return bytes[place..<place + count].reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// The bytes of a number of each kind.
  private static let sizes: [Character: Int] = [
    "i": 1, "U": 1, "I": 2, "l": 4, "L": 8, "d": 4, "D": 8,
  ]

  private mutating func number(of marker: Character) throws -> Double? {
    guard let size = Self.sizes[marker] else { return nil }
    let bits = try fixed(size)
    switch marker {
    case "i": return Double(Int8(truncatingIfNeeded: bits))
    case "I": return Double(Int16(truncatingIfNeeded: bits))
    case "l": return Double(Int32(truncatingIfNeeded: bits))
    case "L": return Double(Int64(bitPattern: bits))
    case "d": return Double(Float(bitPattern: UInt32(bits)))
    case "D": return Double(bitPattern: bits)
    default: return Double(bits)
    }
  }

  /// A length, not more than there are bytes left.
  private mutating func length() throws -> Int {
    let marker = try marker()
    guard !"dD".contains(marker), let number = try number(of: marker),
      let length = Int(exactly: number), (0...end - place).contains(length)
    else { throw damaged() }
    return length
  }

  private mutating func text() throws -> String {
    let length = try length()
    guard let text = String(validating: bytes[place..<place + length], as: UTF8.self) else {
      throw damaged()
    }
    place += length
    return text
  }

  private mutating func value(of marker: Character, _ level: Int) throws -> DocumentValue {
    guard level < DocumentValue.mostLevels else {
      throw FileError(
        url,
        at: .byte(place),
        "its values are inside one another more than \(DocumentValue.mostLevels) deep",
        "the file is damaged: write it again"
      )
    }
    if let number = try number(of: marker) { return .number(number) }
    switch marker {
    case "Z": return .null
    case "T": return .bool(true)
    case "F": return .bool(false)
    case "S", "H": return .text(try text())
    case "C": return .text(String(UnicodeScalar(try byte())))
    case "[": return try list(level)
    case "{": return try object(level)
    default: throw damaged()
    }
  }

  /// What all values of a container are of, and how many they are, where it says so.
  private mutating func header() throws -> (type: Character?, count: Int?) {
    var type: Character?
    if bytes[place] == UInt8(ascii: "$") {
      place += 1
      type = try marker()
      // Values without bytes would be as many as a file likes.
      guard let type, Self.sizes[type] != nil || "SHC[{".contains(type),
        bytes[place] == UInt8(ascii: "#")
      else { throw damaged() }
    }
    guard bytes[place] == UInt8(ascii: "#") else { return (type, nil) }
    place += 1
    return (type, try length())
  }

  private mutating func list(_ level: Int) throws -> DocumentValue {
    let (type, count) = try header()
    if let type, let count, let size = Self.sizes[type] {
      guard count <= (end - place) / size else { throw damaged() }
      return .numbers(try (0..<count).map { _ in try number(of: type)! })
    }
    var values: [DocumentValue] = []
    while count.map({ values.count < $0 }) ?? true {
      let marker = try type ?? marker()
      if count == nil, marker == "]" { break }
      values.append(try value(of: marker, level + 1))
    }
    return DocumentValue(list: values)
  }

  private mutating func object(_ level: Int) throws -> DocumentValue {
    let (type, count) = try header()
    var members: [String: DocumentValue] = [:]
    var done = 0
    while count.map({ done < $0 }) ?? true {
      if count == nil, bytes[place] == UInt8(ascii: "}"), place < end {
        place += 1
        break
      }
      let name = try text()
      members[name] = try value(of: type ?? marker(), level + 1)
      done += 1
    }
    return .object(members)
  }
}
