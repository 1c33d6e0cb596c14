import Foundation

/// A file that appears under its name only when it is complete.
///
/// It is written beside its place under a temporary name, and renamed at the end.
package struct AtomicFile {
  private let file: UnsafeMutablePointer<FILE>

  /// Runs `body` with a file to write to; what was there before stays until the file is complete.
  ///
  /// - Throws: What `body` throws, or `POSIXError` for what the system refused.
  package static func write(to url: URL, _ body: (AtomicFile) throws -> Void) throws {
    let temporary = url.path + ".partial-\(ProcessInfo.processInfo.processIdentifier)"
    guard let file = fopen(temporary, "wb") else { throw lastError() }
    var isOpen = true
    do {
      try body(AtomicFile(file: file))
      guard fflush(file) == 0, fsync(fileno(file)) == 0 else { throw lastError() }
      isOpen = false
      guard fclose(file) == 0, rename(temporary, url.path) == 0 else { throw lastError() }
    } catch {
      if isOpen { fclose(file) }
      unlink(temporary)
      throw error
    }
  }

  package func append(_ bytes: UnsafeRawBufferPointer) throws {
    guard fwrite(bytes.baseAddress, 1, bytes.count, file) == bytes.count else {
      throw Self.lastError()
    }
  }

  package func append(_ text: String) throws {
    var text = text
    try text.withUTF8 { try append(UnsafeRawBufferPointer($0)) }
  }

  private static func lastError() -> POSIXError {
    POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
  }
}

extension POSIXError {
  /// What the system says, such as "No space left on device".
  package var reason: String { String(cString: strerror(code.rawValue)) }
}
