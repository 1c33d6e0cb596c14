import Foundation

/// An array of text of one width: `<U…`, code points of four bytes, or `|S…`, bytes.
struct NumPyText {
  /// Row-major, without the zeros that fill each text up.
  let values: [String]
  let shape: [Int]

  /// Whether a type string is one of text.
  static func isText(_ type: String) -> Bool { width(type) != nil }

  private static func width(_ type: String) -> (isWide: Bool, count: Int)? {
    let name = type.drop { "<>=|".contains($0) }
    guard let kind = name.first, kind == "U" || kind == "S", let count = Int(name.dropFirst()),
      (1...1 << 20).contains(count)
    else { return nil }
    return (kind == "U", count)
  }

  /// - Throws: ``FileError`` when the array is not of text, or is damaged.
  init(from source: any ByteSource) throws {
    let fields = try NumPyHeader.fields(from: source)
    guard let (isWide, width) = Self.width(fields.descr) else {
      throw FileError(source.url, "this is no array of text", "read it as numbers")
    }
    // Only a single axis tells how Fortran's order is to be read.
    guard !fields.isFortranOrdered || fields.shape.count <= 1,
      let bytes = byteCount(fields.shape + [width], isWide ? .int32 : .uint8)
    else {
      throw FileError(
        source.url,
        "texts of the shape \(fields.shape) are not read",
        "give one axis of texts"
      )
    }
    let all = try source.header(bytes, "the texts")
    try source.requireEnd()
    let count = fields.shape.reduce(1, *)
    let size = width * (isWide ? 4 : 1)
    let isBigEndian = fields.descr.first == ">" || (fields.descr.first == "=" && hostIsBigEndian)
    shape = fields.shape
    values = try (0..<count).map { index in
      let part = all[(index * size)..<((index + 1) * size)]
      guard let text = isWide ? Self.wide(part, isBigEndian) : Self.narrow(part) else {
        throw FileError(source.url, "text \(index + 1) is damaged", FileError.fetchAgain)
      }
      return text
    }
  }

  private static func narrow(_ bytes: ArraySlice<UInt8>) -> String? {
    var bytes = bytes
    while bytes.last == 0 { bytes.removeLast() }
    return String(validating: bytes, as: UTF8.self)
  }

  private static func wide(_ bytes: ArraySlice<UInt8>, _ isBigEndian: Bool) -> String? {
    var text = String.UnicodeScalarView()
    var gap = 0
    for start in stride(from: bytes.startIndex, to: bytes.endIndex, by: 4) {
      let quad = bytes[start..<(start + 4)]
      let code = (isBigEndian ? Array(quad) : quad.reversed()).reduce(UInt32(0)) {
        $0 << 8 | UInt32($1)
      }
      if code == 0 {
        gap += 1
        continue
      }
      guard let scalar = Unicode.Scalar(code) else { return nil }
      text.append(contentsOf: repeatElement(Unicode.Scalar(0), count: gap))
      text.append(scalar)
      gap = 0
    }
    return String(text)
  }
}

extension NumPy {
  /// The texts of a `.npy` file; nil where its array is not of text.
  static func readText(from url: URL) throws -> NumPyText? {
    try text { try FileBytes(OpenFile(url)) }
  }

  /// An array of text of an archive; nil where there is none of that name, or it is not of text.
  static func readText(_ name: String, from url: URL) throws -> NumPyText? {
    let archive = try ZipArchive(url)
    guard let member = archive.members.first(where: { $0.name == name + ".npy" }) else {
      return nil
    }
    do {
      return try text { try archive.bytes(of: member) }
    } catch let error as FileError {
      throw error.inside(member: member.name, of: url)
    }
  }

  private static func text(_ open: () throws -> any ByteSource) throws -> NumPyText? {
    let fields = try NumPyHeader.fields(from: open())
    return NumPyText.isText(fields.descr) ? try NumPyText(from: open()) : nil
  }
}
