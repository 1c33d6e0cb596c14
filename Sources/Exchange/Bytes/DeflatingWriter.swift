import CZlib
import Foundation

/// Compresses bytes as they come.
final class DeflatingWriter {
  private let stream: UnsafeMutablePointer<z_stream>
  private var output = [UInt8](repeating: 0, count: 1 << 16)
  private let write: (UnsafeRawBufferPointer) throws -> Void

  /// - Parameter level: 1 (fast) to 9 (small).
  init(
    _ wrapping: Wrapping,
    level: Int = 6,
    to write: @escaping (UnsafeRawBufferPointer) throws -> Void
  ) {
    self.write = write
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let size = Int32(MemoryLayout<z_stream>.size)
    let result = deflateInit2_(
      stream,
      Int32(level),
      Z_DEFLATED,
      wrapping.windowBits,
      8,
      Z_DEFAULT_STRATEGY,
      ZLIB_VERSION,
      size
    )
    precondition(result == Z_OK, "DeflatingWriter: zlib refused level \(level) (\(result))")
  }

  deinit {
    deflateEnd(stream)
    stream.deallocate()
  }

  func append(_ bytes: UnsafeRawBufferPointer) throws {
    var start = 0
    while start < bytes.count {
      let part = UnsafeRawBufferPointer(rebasing: bytes[start...].prefix(1 << 30))
      try run(part, Z_NO_FLUSH)
      start += part.count
    }
  }

  /// Writes what is left.
  func finish() throws { try run(UnsafeRawBufferPointer(start: nil, count: 0), Z_FINISH) }

  private func run(_ bytes: UnsafeRawBufferPointer, _ flush: Int32) throws {
    // zlib reads through a pointer that its C type calls mutable.
    let input = bytes.bindMemory(to: UInt8.self).baseAddress
    stream.pointee.next_in = UnsafeMutablePointer(mutating: input)
    stream.pointee.avail_in = UInt32(bytes.count)
    var result = Z_OK
    repeat {
      let made = output.withUnsafeMutableBufferPointer { buffer in
        stream.pointee.next_out = buffer.baseAddress
        stream.pointee.avail_out = UInt32(buffer.count)
        result = deflate(stream, flush)
        return buffer.count - Int(stream.pointee.avail_out)
      }
      try output.withUnsafeBytes { try write(UnsafeRawBufferPointer(rebasing: $0[..<made])) }
    } while stream.pointee.avail_out == 0 || (flush == Z_FINISH && result == Z_OK)
  }
}
