import Foundation
import Tensors

/// A file being written under a temporary name beside its place, and moved there when complete.
///
/// A reader therefore sees the old file or the whole new one, and a full disk leaves nothing behind.
final class NewFile {
  let url: URL
  private let destination: FileDestination
  private(set) var position = 0

  /// Writes a file: complete when `body` returns, not there at all when it throws.
  static func write(to url: URL, _ body: (NewFile) throws -> Void) throws {
    let file = try NewFile(url)
    defer { file.destination.discard() }
    try body(file)
    try file.commit()
  }

  private init(_ url: URL) throws {
    self.url = url
    guard url.isFileURL else {
      throw FileError(url, "this is not a place for a file on this machine", "give a path")
    }
    do {
      destination = try FileDestination(url.path)
    } catch {
      throw Self.failure(url, error, "check that the folder exists and may be written to")
    }
  }

  func append(_ bytes: UnsafeRawBufferPointer) throws {
    try put(bytes, at: position)
    position += bytes.count
  }

  func append(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes(append) }

  /// Replaces bytes written before, such as a header that holds a length known only at the end.
  func replace(_ bytes: [UInt8], at offset: Int) throws {
    try bytes.withUnsafeBytes { try put($0, at: offset) }
  }

  private func put(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws {
    var done = 0
    while done < bytes.count {
      let wanted = min(bytes.count - done, 1 << 30)
      let wrote = pwrite(
        destination.descriptor,
        bytes.baseAddress! + done,
        wanted,
        off_t(offset + done)
      )
      if wrote < 0 {
        if errno == EINTR { continue }
        throw Self.failure(url, .last, "free some space or choose another folder")
      }
      done += wrote
    }
  }

  private func commit() throws {
    do {
      try destination.commit()
    } catch {
      throw Self.failure(url, error, "free some space or choose another folder")
    }
  }

  private static func failure(_ url: URL, _ error: POSIXError, _ advice: String) -> FileError {
    FileError(url, "cannot be written: \(error.reason)", advice)
  }
}
