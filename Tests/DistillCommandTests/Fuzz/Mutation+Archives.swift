import Distill
import Foundation
import StudentRuntime

@testable import Exchange

/// Files of parts: what a part says changes, and lengths and checksums are said truly.
extension Mutation {
  /// A member of a zip archive is another one.
  mutating func archive(_ data: Data) throws -> Data {
    try withFile(data, "zip") { mutation, file in
      guard let archive = try? StoredArchive(file, writer: "a test"), !archive.names.isEmpty
      else {
        return try mutation.bytes(data).write(to: file)
      }
      var members = try archive.names.map { ($0, try archive.bytes(of: $0) ?? Data()) }
      let place = mutation.dice.below(members.count)
      switch mutation.dice.below(12) {
      case 0: members.remove(at: place)
      case 1: members[place].0 = mutation.dice.one(of: Strange.words)
      default:
        let name = members[place].0
        members[place].1 = try mutation.once(members[place].1, name)
      }
      let names = Set(members.map(\.0))
      try? FileManager.default.removeItem(at: file)
      try NewFile.write(to: file) { new in
        let writer = ZipWriter(new, compressed: false)
        for (name, bytes) in members where names.contains(name) {
          try writer.addMember(named: name) { append in try bytes.withUnsafeBytes(append) }
        }
        try writer.finish()
      }
    }
  }

  /// What gzip packs is changed.
  mutating func packed(_ data: Data) throws -> Data {
    try withFile(data, "gz") { mutation, file in
      var plain = [UInt8](repeating: 0, count: 1 << 16)
      guard let source = try? FileBytes.opening(file),
        let count = try? plain.withUnsafeMutableBytes({ try source.read(into: $0) })
      else { return try mutation.bytes(data).write(to: file) }
      var changed: [UInt8] = []
      let writer = DeflatingWriter(.gzip) { changed += $0 }
      try mutation.bytes(Data(plain.prefix(count))).withUnsafeBytes(writer.append)
      try writer.finish()
      try Data(changed).write(to: file)
    }
  }

  /// A field of a protocol buffer, or of one inside it, is another one.
  mutating func message(_ data: Data, depth: Int = 0) -> Data {
    var bytes = [UInt8](data)[...]
    var fields: [(key: UInt64, varint: UInt64?, rest: [UInt8])] = []
    while !bytes.isEmpty {
      guard let key = Self.varint(&bytes) else { return self.bytes(data) }
      switch key & 7 {
      case 0:
        guard let number = Self.varint(&bytes) else { return self.bytes(data) }
        fields.append((key, number, []))
      case 1, 5:
        let size = key & 7 == 1 ? 8 : 4
        guard bytes.count >= size else { return self.bytes(data) }
        fields.append((key, nil, Array(bytes.prefix(size))))
        bytes = bytes.dropFirst(size)
      case 2:
        guard let size = Self.varint(&bytes), size <= UInt64(bytes.count) else {
          return self.bytes(data)
        }
        fields.append((key, nil, Array(bytes.prefix(Int(size)))))
        bytes = bytes.dropFirst(Int(size))
      default: return self.bytes(data)
      }
    }
    guard !fields.isEmpty else { return self.bytes(data) }
    let place = dice.below(fields.count)
    switch dice.below(14) {
    case 0: fields.remove(at: place)
    case 1: fields.insert(fields[place], at: dice.below(fields.count))
    case 2: fields.swapAt(place, dice.below(fields.count))
    default:
      if fields[place].varint != nil {
        fields[place].varint = dice.one(of: [0, 1, 2, 3, 7, 11, 1 << 20, 1 << 31, 1 << 63, .max])
      } else if fields[place].key & 7 == 2, depth < 8, !dice.isOne(in: 6) {
        fields[place].rest = [UInt8](message(Data(fields[place].rest), depth: depth + 1))
      } else {
        fields[place].rest = [UInt8](self.bytes(Data(fields[place].rest)))
      }
    }
    var result: [UInt8] = []
    for field in fields {
      Self.append(field.key, to: &result)
      if let number = field.varint {
        Self.append(number, to: &result)
      } else {
        if field.key & 7 == 2 { Self.append(UInt64(field.rest.count), to: &result) }
        result += field.rest
      }
    }
    return Data(result)
  }

  /// What a record of TensorBoard says is something else; lengths and checksums are said truly.
  mutating func events(_ data: Data) -> Data {
    var rest = [UInt8](data)[...]
    var records: [[UInt8]] = []
    while rest.count >= 16 {
      let length = rest.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      guard length <= UInt64(rest.count - 16) else { return bytes(data) }
      records.append(Array(rest.dropFirst(12).prefix(Int(length))))
      rest = rest.dropFirst(16 + Int(length))
    }
    guard !records.isEmpty else { return bytes(data) }
    let place = dice.below(records.count)
    records[place] = [UInt8](message(Data(records[place])))
    return Data(
      records.flatMap { record in
        let length = withUnsafeBytes(of: UInt64(record.count).littleEndian) { Array($0) }
        return length + EventFile.checksum(length) + record + EventFile.checksum(record)
      }
    )
  }

  /// Words of a student's file are others, and its hash is theirs.
  mutating func student(_ data: Data) -> Data {
    var bytes = [UInt8](data)
    let words = bytes.count / 4
    guard words > StudentFormat.headerWords + 8, bytes.count % 8 == 0 else {
      return self.bytes(data)
    }
    // The header and the operations are looked at more often than the numbers.
    let limit = dice.isOne(in: 4) ? words : min(words, StudentFormat.headerWords + 96)
    for _ in 0...dice.below(3) {
      let place = 4 * dice.below(limit)
      let word = dice.one(
        of: [0, 1, 2, 3, 4, 5, 8, 16, 64, 1 << 16, 1 << 20, 1 << 31, .max, 0x7F80_0000] as [UInt32]
      )
      withUnsafeBytes(of: word.littleEndian) { bytes.replaceSubrange(place..<place + 4, with: $0) }
    }
    if dice.isOne(in: 8) { bytes.removeLast(8 * dice.below(bytes.count / 8 - 16)) }
    let hash = bytes.withUnsafeBytes(StudentFormat.checksum)
    let place = 4 * StudentFormat.checksumWord
    withUnsafeBytes(of: hash.littleEndian) { bytes.replaceSubrange(place..<place + 8, with: $0) }
    return Data(bytes)
  }

  private static func varint(_ bytes: inout ArraySlice<UInt8>) -> UInt64? {
    var number: UInt64 = 0
    for shift in stride(from: 0, to: 64, by: 7) {
      guard let byte = bytes.popFirst() else { return nil }
      number |= UInt64(byte & 0x7F) << UInt64(shift)
      if byte < 0x80 { return number }
    }
    return nil
  }

  private static func append(_ number: UInt64, to bytes: inout [UInt8]) {
    var rest = number
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
