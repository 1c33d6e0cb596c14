import CZlib
import Foundation

/// Writes a zip archive member by member, with lengths of 64 bits where they are needed.
final class ZipWriter {
  private let file: NewFile
  private let method: Zip.Method
  private var directory = LittleEndianBytes()
  private var count = 0

  init(_ file: NewFile, compressed: Bool) {
    self.file = file
    method = compressed ? .deflated : .stored
  }

  typealias Append = (UnsafeRawBufferPointer) throws -> Void

  /// Adds a member whose bytes `body` hands to the function that it gets.
  func addMember(named name: String, _ body: (@escaping Append) throws -> Void) throws {
    let offset = file.position
    guard name.utf8.count <= 0xffff else {
      throw FileError(file.url, "the name \(shown(name.utf8)) is too long", "shorten it")
    }
    try file.append(localHeader(name, checksum: 0, packed: 0, size: 0))
    let start = file.position
    var size = 0
    var checksum: uLong = 0
    let packer = method == .deflated ? DeflatingWriter(.none, to: file.append) : nil
    try body { bytes in
      // zlib takes a missing address as the wish to start again.
      if bytes.isEmpty { return }
      size += bytes.count
      checksum = crc32_z(checksum, bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count)
      try packer?.append(bytes) ?? self.file.append(bytes)
    }
    try packer?.finish()
    let packed = file.position - start
    let sum = UInt32(checksum)
    try file.replace(localHeader(name, checksum: sum, packed: packed, size: size), at: offset)
    addEntry(name, checksum: sum, packed: packed, size: size, offset: offset)
  }

  /// Writes the directory.
  func finish() throws {
    let offset = file.position
    let size = directory.bytes.count
    try file.append(directory.bytes)
    var end = LittleEndianBytes()
    let isLarge = offset >= Int(Zip.see64) || count >= 0xffff
    if isLarge {
      let at = file.position
      end.append(Zip.directoryEnd64)
      end.append(UInt64(44))
      end.append(UInt16(45))
      end.append(UInt16(45))
      end.append(UInt64(0))
      for number in [count, count, size, offset] { end.append(UInt64(number)) }
      end.append(Zip.directoryEnd64Locator)
      end.append(UInt32(0))
      end.append(UInt64(at))
      end.append(UInt32(1))
    }
    end.append(Zip.directoryEnd)
    end.append(UInt32(0))
    for _ in 0..<2 { end.append(UInt16(clamping: count)) }
    for number in [size, offset] { end.append(UInt32(clamping: number)) }
    end.append(UInt16(0))
    try file.append(end.bytes)
  }

  /// What both kinds of header have in common: version, flag for UTF-8, method, 1 January 1980.
  private func appendStart(_ record: inout LittleEndianBytes, checksum: UInt32) {
    record.append(UInt16(45))
    record.append(UInt16(1 << 11))
    record.append(method.rawValue)
    record.append(UInt32(0x0021_0000))
    record.append(checksum)
  }

  /// Always with room for lengths of 64 bits, because it is written before they are known.
  private func localHeader(_ name: String, checksum: UInt32, packed: Int, size: Int) -> [UInt8] {
    var header = LittleEndianBytes()
    header.append(Zip.localHeader)
    appendStart(&header, checksum: checksum)
    header.append(Zip.see64)
    header.append(Zip.see64)
    header.append(UInt16(name.utf8.count))
    header.append(UInt16(20))
    header.append(name.utf8)
    header.append(Zip.extra64)
    header.append(UInt16(16))
    header.append(UInt64(size))
    header.append(UInt64(packed))
    return header.bytes
  }

  private func addEntry(_ name: String, checksum: UInt32, packed: Int, size: Int, offset: Int) {
    var extra = LittleEndianBytes()
    for number in [size, packed, offset] where number >= Int(Zip.see64) {
      extra.append(UInt64(number))
    }
    directory.append(Zip.directoryEntry)
    directory.append(UInt16(45))
    appendStart(&directory, checksum: checksum)
    directory.append(UInt32(clamping: packed))
    directory.append(UInt32(clamping: size))
    directory.append(UInt16(name.utf8.count))
    directory.append(UInt16(extra.bytes.isEmpty ? 0 : 4 + extra.bytes.count))
    directory.append([UInt8](repeating: 0, count: 10))
    directory.append(UInt32(clamping: offset))
    directory.append(name.utf8)
    if !extra.bytes.isEmpty {
      directory.append(Zip.extra64)
      directory.append(UInt16(extra.bytes.count))
      directory.append(extra.bytes)
    }
    count += 1
  }
}
