import Foundation
import Reporting
import Tensors

/// Where text goes: a terminal, a pipe or a file. What is in the text of strangers, such as the names in
/// their files, goes there without characters that steer terminals.
public struct Output {
  /// Whether somebody watches, so that a line may be drawn over again.
  public let isTerminal: Bool
  /// How many characters fit in a line.
  public let columns: () -> Int
  private let pass: (String) -> Void
  private let passBytes: (Data) -> Void

  /// Why results were lost: standard output is closed, or its disk is full. The work goes on, so that
  /// what it writes into files is not lost too, and ends as a failure.
  public static var standardOutputFailure: String? { LostResults.shared.reason }

  /// Ends the program as a shell expects it when nobody reads what it writes any more.
  public static var standardOutput: Output { Output(descriptor: STDOUT_FILENO) }
  public static var standardError: Output { Output(descriptor: STDERR_FILENO) }

  /// To be called once, first in a program: makes errors of what else would end it without a word, or
  /// write into another file.
  ///
  /// A standard stream that is closed is opened for reading alone, so that writing to it fails as before:
  /// the next file would have its number, and what is said would be written into that. A reader that
  /// went away, and a limit on the size of files, are errors of the write that meets them.
  public static func reserveStandardStreams() {
    for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(stream, F_GETFD) < 0 {
      _ = open("/dev/null", O_RDONLY)
    }
    for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
  }

  /// - Parameters:
  ///   - isTerminal: Whether a line may be drawn over again.
  ///   - columns: How many characters fit in a line. The default is 80.
  ///   - bytes: Takes the content of files. The default drops it.
  ///   - write: Takes text.
  public init(
    isTerminal: Bool,
    columns: @escaping () -> Int = { 80 },
    bytes: @escaping (Data) -> Void = { _ in },
    write: @escaping (String) -> Void
  ) {
    self.isTerminal = isTerminal
    self.columns = columns
    (pass, passBytes) = (write, bytes)
  }

  /// Writes text, whoever it is from.
  public func write(_ text: String) { pass(text.printable) }

  /// Writes what is a file as it is.
  public func write(_ content: Data) { passBytes(content) }

  /// Draws a line of text over the last one.
  public func redraw(_ line: String) { pass("\r\(line.printable)\u{1B}[K") }

  private init(descriptor: Int32) {
    let isTerminal =
      isatty(descriptor) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    self.init(isTerminal: isTerminal) {
      var size = winsize()
      return ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        ? Int(size.ws_col) : 80
    } bytes: { content in
      content.withUnsafeBytes { writeAll($0, to: descriptor) }
    } write: { text in
      var text = text
      text.withUTF8 { writeAll(UnsafeRawBufferPointer($0), to: descriptor) }
    }
  }
}

/// Remembers the first reason why results could not be written.
private final class LostResults: @unchecked Sendable {
  static let shared = LostResults()

  private let lock = NSLock()
  private var first: String?

  var reason: String? { lock.withLock { first } }

  func note(_ reason: String) { lock.withLock { first = first ?? reason } }
}

/// Writes all of some bytes; ends the program without a word when nobody reads them any more.
private func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) {
  var rest = bytes
  while let start = rest.baseAddress, !rest.isEmpty {
    let count = write(descriptor, start, rest.count)
    if count >= 0 {
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    } else if errno == EPIPE {
      // The code a shell gives a program that ended by this signal.
      _exit(128 + SIGPIPE)
    } else if errno != EINTR && errno != EAGAIN {
      if descriptor == STDOUT_FILENO {
        let reason = String(cString: strerror(errno)).lowercased()
        LostResults.shared.note(reason)
      }
      return
    }
  }
}
