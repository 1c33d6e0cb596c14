import Foundation

/// What a NumPy file says about its array: the Python dictionary at its start.
///
/// NumPy Enhancement Proposal 1, *A simple file format for NumPy arrays*; versions 1 (two bytes of
/// header length), 2 (four) and 3 (four, and UTF-8).
struct NumPyHeader {
  var type: NumPyType
  var isFortranOrdered: Bool
  var shape: [Int]

  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  init(from source: any ByteSource) throws {
    let start = source.position
    let fields = try Self.fields(from: source)
    guard let type = NumPyType(fields.descr) else {
      throw FileError(
        source.url,
        at: .byte(start),
        "elements of type \(shown(fields.descr.utf8)) are not supported",
        "save the array as bool, integer or real numbers"
      )
    }
    self.type = type
    isFortranOrdered = fields.isFortranOrdered
    shape = fields.shape
  }

  /// The fields of the header, whatever the elements are.
  static func fields(
    from source: any ByteSource
  ) throws -> (descr: String, isFortranOrdered: Bool, shape: [Int]) {
    let start = try source.header(8, "the header")
    guard Array(start.prefix(6)) == magic else {
      let isArchive = start.starts(with: Array("PK".utf8))
      throw FileError(
        source.url,
        at: .byte(0),
        "this is not a NumPy array: it starts with \(shown(start.prefix(6)))",
        isArchive ? "read it with NumPy.readArchive" : "give a file written by numpy.save"
      )
    }
    guard (1...3).contains(start[6]) else {
      throw FileError(
        source.url,
        at: .byte(6),
        "version \(start[6]) of the NumPy format is not known here",
        "save it with version 1, 2 or 3"
      )
    }
    let lengthBytes = try source.header(start[6] == 1 ? 2 : 4, "the header")
    let length = lengthBytes.reversed().reduce(0) { $0 << 8 | Int($1) }
    // NumPy itself refuses more than 10,000 bytes.
    guard length <= 1 << 16 else {
      throw FileError(
        source.url,
        at: .byte(8),
        "the header claims to be \(length) bytes long",
        "the file is damaged or hostile: do not use it"
      )
    }
    let text = try source.header(length, "the header")
    var parser = NumPyHeaderParser(text)
    guard let fields = parser.dictionary() else {
      throw FileError(
        source.url,
        at: .byte(start.count + lengthBytes.count),
        "the header \(shown(text)) is not a dictionary of descr, fortran_order and shape",
        "the file is damaged or holds a structured type: save plain arrays"
      )
    }
    return fields
  }

  /// The header of version 1, padded so that the elements start at a multiple of 64 bytes.
  static func bytes(type: String, shape: [Int]) -> [UInt8] {
    let lengths = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    let text = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(lengths)), }"
    let unpadded = magic.count + 4 + text.utf8.count + 1
    let padded = text + String(repeating: " ", count: (64 - unpadded % 64) % 64) + "\n"
    let length = padded.utf8.count
    return magic + [1, 0, UInt8(length & 0xff), UInt8(length >> 8)] + Array(padded.utf8)
  }
}

/// Reads the one kind of Python literal that NumPy writes.
struct NumPyHeaderParser {
  private let bytes: [UInt8]
  private var index = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The three fields, each exactly once, and nothing after them; nil for anything else.
  mutating func dictionary() -> (descr: String, isFortranOrdered: Bool, shape: [Int])? {
    var descr: String?
    var isFortranOrdered: Bool?
    var shape: [Int]?
    guard take("{") else { return nil }
    while !take("}") {
      guard let key = string(), take(":") else { return nil }
      switch key {
      case "descr" where descr == nil:
        guard let value = string() else { return nil }
        descr = value
      case "fortran_order" where isFortranOrdered == nil:
        guard let value = take("True") ? true : take("False") ? false : nil else { return nil }
        isFortranOrdered = value
      case "shape" where shape == nil:
        guard let value = tuple() else { return nil }
        shape = value
      default: return nil
      }
      if !take(",") {
        guard take("}") else { return nil }
        break
      }
    }
    skipSpace()
    guard index == bytes.count, let descr, let isFortranOrdered, let shape else { return nil }
    return (descr, isFortranOrdered, shape)
  }

  private mutating func skipSpace() {
    while index < bytes.count, [0x20, 0x09, 0x0a, 0x0d].contains(bytes[index]) { index += 1 }
  }

  private mutating func take(_ text: StaticString) -> Bool {
    skipSpace()
    let matches = text.withUTF8Buffer { bytes[index...].starts(with: $0) }
    if matches { index += text.utf8CodeUnitCount }
    return matches
  }

  private mutating func string() -> String? {
    skipSpace()
    guard index < bytes.count, [UInt8(ascii: "'"), UInt8(ascii: "\"")].contains(bytes[index]),
      let end = bytes[(index + 1)...].firstIndex(of: bytes[index])
    else { return nil }
    defer { index = end + 1 }
    return String(validating: bytes[(index + 1)..<end], as: UTF8.self)
  }

  private mutating func tuple() -> [Int]? {
    guard take("(") else { return nil }
    var lengths: [Int] = []
    while !take(")") {
      skipSpace()
      let digits = bytes[index...].prefix { (0x30...0x39).contains($0) }
      // Lengths that do not fit the machine are refused here, negative ones with the minus sign.
      guard let length = Int(String(decoding: digits, as: UTF8.self)) else { return nil }
      index += digits.count
      lengths.append(length)
      if !take(",") {
        guard take(")") else { return nil }
        break
      }
    }
    return lengths
  }
}
