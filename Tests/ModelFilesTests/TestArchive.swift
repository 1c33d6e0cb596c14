import Exchange
import Foundation
import Testing

/// A zip archive of stored members, to be changed and written again.
struct TestArchive {
  var members: [(name: String, bytes: [UInt8])]

  init(members: [(name: String, bytes: [UInt8])]) { self.members = members }

  init(_ url: URL) throws {
    let archive = try StoredArchive(url, writer: "a test")
    members = try archive.names.map { ($0, try Array(archive.bytes(of: $0)!)) }
  }

  subscript(name: String) -> [UInt8] {
    get { members.first { $0.name == name }!.bytes }
    set { members[members.firstIndex { $0.name == name }!].bytes = newValue }
  }

  /// The archive as a file.
  var bytes: [UInt8] {
    var file: [UInt8] = []
    var directory: [UInt8] = []
    for (name, content) in members {
      let facts =
        Self.little(20, 2) + Self.little(0, 8) + Self.little(Self.checksum(content), 4)
        + Self.little(content.count, 4) + Self.little(content.count, 4)
        + Self.little(name.utf8.count, 2) + Self.little(0, 2)
      directory +=
        Self.little(0x0201_4b50, 4) + Self.little(20, 2) + facts + Self.little(0, 10)
        + Self.little(file.count, 4) + Array(name.utf8)
      file += Self.little(0x0403_4b50, 4) + facts + Array(name.utf8) + content
    }
    let end =
      Self.little(0x0605_4b50, 4) + Self.little(0, 4) + Self.little(members.count, 2)
      + Self.little(members.count, 2) + Self.little(directory.count, 4)
      + Self.little(file.count, 4) + Self.little(0, 2)
    return file + directory + end
  }

  private static func little(_ number: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { $0 < 8 ? UInt8(truncatingIfNeeded: number >> (8 * $0)) : 0 }
  }

  /// CRC-32 of IEEE 802.3.
  private static func checksum(_ bytes: [UInt8]) -> Int {
    var remainder: UInt32 = ~0
    for byte in bytes {
      remainder ^= UInt32(byte)
      for _ in 0..<8 { remainder = (remainder >> 1) ^ (remainder & 1 == 1 ? 0xedb8_8320 : 0) }
    }
    return Int(~remainder)
  }
}

/// The one sentence with which reading fails.
func sentence(_ body: () throws -> some Any) -> String {
  let error = #expect(throws: FileError.self) { _ = try body() }
  let text = error?.description ?? ""
  #expect(!text.contains("\n"))
  return text
}
