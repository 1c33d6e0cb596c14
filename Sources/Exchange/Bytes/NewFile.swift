import Foundation

/// A file being written under a temporary name beside its place, and moved there when complete.
///
/// A reader therefore sees the old file or the whole new one, and a full disk leaves nothing behind.
final class NewFile {
  let url: URL
  private let temporary: String
  private var descriptor: Int32
  private(set) var position = 0

  /// Writes a file: complete when `body` returns, not there at all when it throws.
  static func write(to url: URL, _ body: (NewFile) throws -> Void) throws {
    let file = try NewFile(url)
    defer { file.discard() }
    try body(file)
    try file.commit()
  }

  private init(_ url: URL) throws {
    self.url = url
    guard url.isFileURL else {
      throw FileError(url, "this is not a place for a file on this machine", "give a path")
    }
    let name = ".\(url.lastPathComponent).\(UUID().uuidString).tmp"
    temporary = url.deletingLastPathComponent().appendingPathComponent(name).path
    descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL, 0o666)
    if descriptor < 0 { throw failure("check that the folder exists and may be written to") }
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
      let wrote = pwrite(descriptor, bytes.baseAddress! + done, wanted, off_t(offset + done))
      if wrote < 0 {
        if errno == EINTR { continue }
        throw failure("free some space or choose another folder")
      }
      done += wrote
    }
  }

  private func commit() throws {
    // The bytes must be on the disk before the name is: some disks report being full only here.
    guard fsync(descriptor) == 0, closed() == 0, rename(temporary, url.path) == 0 else {
      throw failure("free some space or choose another folder")
    }
  }

  private func closed() -> Int32 {
    defer { descriptor = -1 }
    return close(descriptor)
  }

  private func discard() {
    if descriptor >= 0 { _ = closed() }
    unlink(temporary)
  }

  private func failure(_ advice: String) -> FileError {
    FileError(url, "cannot be written: \(String(cString: strerror(errno)))", advice)
  }
}
