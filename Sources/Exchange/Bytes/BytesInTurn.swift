import Foundation
import Tensors

/// The bytes of a file, unpacked where it is packed by gzip, or of a pipe or standard input, of which what
/// has arrived is handed on at once.
package final class BytesInTurn {
  /// Waiting for more of a pipe was given up because it was asked to.
  package struct Cancelled: Error {}

  private let source: Source

  private enum Source {
    case file(any ByteSource)
    case pipe(Pipe)
  }

  /// - Parameters:
  ///   - path: `-` for standard input.
  ///   - isCancelled: Asked again and again while a pipe has nothing to read.
  /// - Throws: `RunError` when it cannot be read.
  package init(_ path: String, isCancelled: @escaping () -> Bool = { false }) throws {
    if path == "-" {
      source = .pipe(Pipe(dup(STDIN_FILENO), isCancelled))
      return
    }
    var facts = stat()
    guard stat(path, &facts) == 0 else { throw Self.unreadable(path) }
    switch facts.st_mode & S_IFMT {
    case S_IFDIR: throw RunError("\(path) is a folder: name the file in it")
    case S_IFREG: source = .file(try FileBytes.opening(URL(fileURLWithPath: path)))
    default:
      // Opening a pipe that nothing writes to yet would block.
      let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
      guard descriptor >= 0 else { throw Self.unreadable(path) }
      source = .pipe(Pipe(descriptor, isCancelled))
    }
  }

  private static func unreadable(_ path: String) -> RunError {
    RunError("\(path) cannot be read: \(POSIXError.last.reason)")
  }

  /// Fills `buffer` from its start and returns how many bytes there were, at least one; none at the end.
  ///
  /// - Throws: ``Cancelled``, and one sentence when it cannot be read on.
  package func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    switch source {
    case .file(let bytes): try bytes.read(into: buffer)
    case .pipe(let pipe): try pipe.read(into: buffer)
    }
  }

  private final class Pipe {
    private let descriptor: Int32
    private let isCancelled: () -> Bool

    init(_ descriptor: Int32, _ isCancelled: @escaping () -> Bool) {
      (self.descriptor, self.isCancelled) = (descriptor, isCancelled)
    }

    deinit { close(descriptor) }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
      while true {
        var state = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let ready = poll(&state, 1, 50)
        if isCancelled() { throw Cancelled() }
        if ready == 0 { continue }
        let most = min(buffer.count, 1 << 30)
        let got = ready < 0 ? -1 : Foundation.read(descriptor, buffer.baseAddress, most)
        if got >= 0 { return got }
        guard errno == EINTR || errno == EAGAIN else { throw RunError(POSIXError.last.reason) }
      }
    }
  }
}
