import Foundation
import Mathematics
import Tensors

/// Reading of files that may come from anywhere: only regular ones are opened, because devices and
/// pipes may never end.
package enum RegularFile {
  /// The most bytes of a text, such as a recipe.
  package static let textLimit = 1 << 24

  /// - Throws: `RunError` with the system's reason when the file cannot be opened, or is a
  ///   folder, a device or a pipe.
  package static func open(_ file: URL) throws -> FileHandle {
    func refused(_ reason: String) -> RunError {
      RunError("cannot read '\(file.path)': \(reason)")
    }
    func refusedBySystem() -> RunError {
      refused(errno == ENOENT ? "there is no such file" : POSIXError.last.reason.lowercased())
    }
    let flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC
    let descriptor = file.withUnsafeFileSystemRepresentation {
      $0.map { Foundation.open($0, flags) }
    }
    guard let descriptor, descriptor >= 0 else { throw refusedBySystem() }
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw refusedBySystem() }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return handle
    case S_IFDIR: throw refused("it is a folder; name a file")
    default: throw refused("it is a device or a pipe; name a file")
    }
  }

  /// - Throws: `RunError` that says why the file cannot be read.
  package static func data(_ file: URL, atMost limit: Int = .max) throws -> Data {
    let handle = try open(file)
    do {
      let data =
        try (limit == .max ? handle.readToEnd() : handle.read(upToCount: limit + 1)) ?? Data()
      guard data.count <= limit else {
        throw RunError(
          "cannot read '\(file.path)': it is longer than the \(grouped(limit)) bytes that are read"
        )
      }
      return data
    } catch let error as RunError {
      throw error
    } catch {
      throw RunError("cannot read '\(file.path)': \(sentence(for: error))")
    }
  }

  /// - Throws: `RunError` that says why the file cannot be read as text.
  package static func text(_ file: URL) throws -> String {
    guard let text = String(data: try data(file, atMost: textLimit), encoding: .utf8) else {
      throw RunError("cannot read '\(file.path)': it is not text in UTF-8")
    }
    return text
  }
}
