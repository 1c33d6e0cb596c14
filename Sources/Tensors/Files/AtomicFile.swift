import Foundation

/// A file that appears under its name only when it is complete.
///
/// It is written to a `FileDestination`.
package struct AtomicFile {
  private let file: UnsafeMutablePointer<FILE>

  /// Runs `body` with a file to write to; what was there before stays until the file is complete.
  ///
  /// - Throws: What `body` throws, or `POSIXError` for what the system refused.
  package static func write(to url: URL, _ body: (AtomicFile) throws -> Void) throws {
    let destination = try FileDestination(url.path)
    let copy = dup(destination.descriptor)
    guard copy >= 0, let file = fdopen(copy, "wb") else { throw POSIXError.last }
    var isOpen = true
    defer { if isOpen { fclose(file) } }
    try body(AtomicFile(file: file))
    guard fflush(file) == 0 else { throw POSIXError.last }
    isOpen = false
    guard fclose(file) == 0 else { throw POSIXError.last }
    try destination.commit()
  }

  package func append(_ bytes: UnsafeRawBufferPointer) throws {
    guard fwrite(bytes.baseAddress, 1, bytes.count, file) == bytes.count else {
      throw POSIXError.last
    }
  }

  package func append(_ text: String) throws {
    var text = text
    try text.withUTF8 { try append(UnsafeRawBufferPointer($0)) }
  }
}
