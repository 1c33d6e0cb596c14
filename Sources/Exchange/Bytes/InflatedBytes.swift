import CZlib
import Foundation

/// How compressed bytes are wrapped.
enum Wrapping {
  /// RFC 1952: a header, deflated bytes and a checksum; several may follow one another.
  case gzip
  /// RFC 1950: a short header, deflated bytes and a checksum, as in PNG files.
  case zlib
  /// RFC 1951: deflated bytes alone, as in zip archives.
  case none

  /// zlib's number for it.
  var windowBits: Int32 {
    switch self {
    case .gzip: 15 + 16
    case .zlib: 15
    case .none: -15
    }
  }
}

/// The bytes that compressed bytes stand for, inflated as they are asked for.
final class InflatedBytes: ByteSource {
  private let source: any ByteSource
  private let wrapping: Wrapping
  // zlib keeps a pointer to its stream, so the stream must stay where it is.
  private let stream: UnsafeMutablePointer<z_stream>
  private let input: UnsafeMutableBufferPointer<UInt8>
  private var isFinished = false
  private(set) var position = 0

  init(_ source: any ByteSource, _ wrapping: Wrapping) throws {
    self.source = source
    self.wrapping = wrapping
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    input = .allocate(capacity: 1 << 16)
    let size = Int32(MemoryLayout<z_stream>.size)
    guard inflateInit2_(stream, wrapping.windowBits, ZLIB_VERSION, size) == Z_OK else {
      throw FileError(source.url, "zlib could not be started", "check the memory of this machine")
    }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
    input.deallocate()
  }

  var url: URL { source.url }
  var bound: MemoryBound { source.bound }

  /// Deflate makes at most 1032 bytes out of one (258 bytes from two bits).
  var greatestRemaining: Int {
    if isFinished { return 0 }
    let packed = source.greatestRemaining + Int(stream.pointee.avail_in) + 64
    let (most, overflows) = packed.multipliedReportingOverflow(by: 1032)
    return overflows ? .max : most
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    var done = 0
    while done < buffer.count, !isFinished {
      try refill()
      let room = min(buffer.count - done, 1 << 30)
      stream.pointee.next_out = (buffer.baseAddress! + done).assumingMemoryBound(to: UInt8.self)
      stream.pointee.avail_out = UInt32(room)
      let hadInput = stream.pointee.avail_in > 0
      let result = inflate(stream, Z_NO_FLUSH)
      let made = room - Int(stream.pointee.avail_out)
      done += made
      position += made
      switch result {
      case Z_STREAM_END: try finishMember()
      case Z_OK where hadInput || made > 0: continue
      case Z_OK, Z_BUF_ERROR: throw damaged("the compressed bytes end too early")
      default:
        let reason = stream.pointee.msg.map { String(cString: $0) } ?? "zlib error \(result)"
        throw damaged("the compressed bytes are damaged (\(reason))")
      }
    }
    return done
  }

  private func refill() throws {
    guard stream.pointee.avail_in == 0 else { return }
    let got = try source.read(into: UnsafeMutableRawBufferPointer(input))
    stream.pointee.next_in = input.baseAddress
    stream.pointee.avail_in = UInt32(got)
  }

  /// What follows the end of a member: nothing, or with gzip another member.
  private func finishMember() throws {
    try refill()
    if stream.pointee.avail_in == 0 {
      isFinished = true
    } else if wrapping == .gzip {
      inflateReset(stream)
    } else {
      throw damaged("bytes follow the end of the compressed ones")
    }
  }

  private func damaged(_ problem: String) -> FileError {
    let packed = source.position - Int(stream.pointee.avail_in)
    return FileError(url, at: .byte(packed), problem, FileError.fetchAgain)
  }
}
