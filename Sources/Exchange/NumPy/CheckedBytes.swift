import CZlib
import Foundation

/// Bytes whose number and CRC-32 are promised; a broken promise is found where they end.
final class CheckedBytes: ByteSource {
  private let source: any ByteSource
  private let size: Int
  private let checksum: UInt32
  private var sum: UInt = 0

  init(_ source: any ByteSource, size: Int, checksum: UInt32) {
    self.source = source
    self.size = size
    self.checksum = checksum
  }

  var url: URL { source.url }
  var bound: MemoryBound { source.bound }
  var position: Int { source.position }
  var greatestRemaining: Int { min(size - min(position, size), source.greatestRemaining) }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    let got = try source.read(into: buffer)
    if got > 0 {
      sum = UInt(crc32_z(uLong(sum), buffer.bindMemory(to: UInt8.self).baseAddress, got))
    }
    if got < buffer.count, position != size || sum != UInt(checksum) {
      throw FileError(
        url,
        at: .byte(position),
        position == size
          ? "the checksum is wrong"
          : "\(position) bytes are there although the directory promises \(size)",
        FileError.fetchAgain
      )
    }
    return got
  }
}
