import CZlib
import Foundation

/// A stream of bytes.
protocol DrawBytes: AnyObject {
  /// Reads at most `count` bytes, at least one; none at the end.
  func read(into buffer: UnsafeMutablePointer<CChar>, _ count: Int) throws -> Int
}

/// Reading was given up while it waited for a sampler, because it was asked to.
public struct ReadingCancelled: Error {}

/// Opens a file, plain or packed by gzip, a pipe, or standard input (`-`).
///
/// - Parameter isCancelled: Asked again and again while a pipe has nothing to read.
func openDrawBytes(
  _ path: String,
  isCancelled: @escaping () -> Bool = { false }
) throws -> any DrawBytes {
  if path == "-" { return PipeBytes(dup(STDIN_FILENO), isCancelled) }
  var facts = stat()
  guard stat(path, &facts) == 0 else {
    throw PredictiveError("\(path) cannot be read: \(String(cString: strerror(errno)))")
  }
  switch facts.st_mode & S_IFMT {
  case S_IFDIR:
    throw PredictiveError("\(path) is a folder, not a file of draws: name the file in it")
  case S_IFREG: return try FileBytes(path)
  default:
    // Opening a pipe that nothing writes to yet would block.
    let descriptor = open(path, O_RDONLY | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw PredictiveError("\(path) cannot be read: \(String(cString: strerror(errno)))")
    }
    return PipeBytes(descriptor, isCancelled)
  }
}

/// A pipe: what has arrived is handed on at once.
private final class PipeBytes: DrawBytes {
  private let descriptor: Int32
  private let isCancelled: () -> Bool

  init(_ descriptor: Int32, _ isCancelled: @escaping () -> Bool) {
    (self.descriptor, self.isCancelled) = (descriptor, isCancelled)
  }

  deinit { close(descriptor) }

  func read(into buffer: UnsafeMutablePointer<CChar>, _ count: Int) throws -> Int {
    while true {
      var state = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let ready = poll(&state, 1, 50)
      if isCancelled() { throw ReadingCancelled() }
      if ready == 0 { continue }
      let got = ready < 0 ? -1 : Foundation.read(descriptor, buffer, count)
      if got >= 0 { return got }
      guard errno == EINTR || errno == EAGAIN else {
        throw PredictiveError(String(cString: strerror(errno)))
      }
    }
  }
}

/// A file, unpacked where it is packed.
private final class FileBytes: DrawBytes {
  private let file: gzFile

  init(_ path: String) throws {
    guard let file = gzopen(path, "rb") else {
      throw PredictiveError("\(path) cannot be read: \(String(cString: strerror(errno)))")
    }
    gzbuffer(file, 1 << 16)
    self.file = file
  }

  deinit { gzclose(file) }

  func read(into buffer: UnsafeMutablePointer<CChar>, _ count: Int) throws -> Int {
    let got = gzread(file, buffer, UInt32(min(count, 1 << 20)))
    var code: Int32 = 0
    let reason = gzerror(file, &code)
    guard got >= 0, code >= 0 else {
      throw PredictiveError(
        code == Z_ERRNO
          ? String(cString: strerror(errno))
          : "the packed file is damaged or cut off (\(reason.map { String(cString: $0) } ?? "?"))"
      )
    }
    return Int(got)
  }
}
