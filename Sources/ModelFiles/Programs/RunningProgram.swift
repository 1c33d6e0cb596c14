import CPrograms
import Foundation

/// A program that was started, whose standard input, output and error are here.
final class RunningProgram {
  let identifier: pid_t
  private(set) var input: Int32
  let output: Int32
  private let error: Int32
  private var isErrorOpen = true
  /// The last of what it wrote to standard error.
  private(set) var complaint: [UInt8] = []
  /// How it ended, for people; nil as long as it runs.
  private(set) var ending: String?

  /// - Throws: `POSIXError` when the system does not start it.
  init(_ words: [String], environment: [String: String]) throws {
    final class Result: @unchecked Sendable {
      var process = di_process()
      var reason: Int32 = 0
    }
    let result = Result()
    StartingThread.shared.perform {
      var words: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
      var variables: [UnsafeMutablePointer<CChar>?] =
        environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
      result.reason = di_process_start(&words, &variables, &result.process)
      for text in words + variables { free(text) }
    }
    guard result.reason == 0 else {
      throw POSIXError(POSIXErrorCode(rawValue: result.reason) ?? .EINVAL)
    }
    identifier = result.process.identifier
    (input, output, error) = (result.process.input, result.process.output, result.process.error)
  }

  deinit {
    end(within: 0)
    for file in [output, error] { close(file) }
  }

  /// How many of the bytes it took; nil when it reads no more.
  func write(_ bytes: ArraySlice<UInt8>) -> Int? {
    let wrote = bytes.withUnsafeBytes { di_process_write(input, $0.baseAddress, $0.count) }
    guard wrote < 0 else { return wrote }
    return errno == EAGAIN || errno == EINTR ? 0 : nil
  }

  /// What has come on standard output; empty when nothing has, nil when it is closed.
  func read() -> [UInt8]? { Self.read(output) }

  /// Takes up what has come on standard error, and keeps the last of it.
  func listen() {
    guard isErrorOpen else { return }
    if let bytes = Self.read(error) {
      complaint = (complaint + bytes).suffix(4_096)
    } else {
      isErrorOpen = false
    }
  }

  /// What to wait for to be read.
  var files: [pollfd] {
    let open = isErrorOpen ? [output, error] : [output]
    return open.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
  }

  private static func read(_ file: Int32) -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let got = buffer.withUnsafeMutableBytes { Foundation.read(file, $0.baseAddress, $0.count) }
    if got > 0 { return Array(buffer.prefix(got)) }
    return got < 0 && (errno == EAGAIN || errno == EINTR) ? [] : nil
  }

  /// Closes its standard input, which asks it to end, and kills it, with all that it started, if it
  /// does not.
  ///
  /// - Parameter seconds: How long it is given.
  func end(within seconds: Double) {
    guard ending == nil else { return }
    close(input)
    input = -1
    let limit = Date().addingTimeInterval(seconds)
    var information = siginfo_t()
    func hasEnded() -> Bool {
      // It stays in the system's table, so that nothing else can have its number below.
      information.si_signo = 0
      return waitid(P_PID, id_t(identifier), &information, WEXITED | WNOHANG | WNOWAIT) == 0
        && information.si_signo == SIGCHLD
    }
    while !hasEnded(), Date() < limit { usleep(5_000) }
    let wasKilled = !hasEnded()
    kill(-identifier, SIGKILL)
    var status: Int32 = 0
    while waitpid(identifier, &status, 0) < 0, errno == EINTR {}
    var last = pollfd(fd: error, events: Int16(POLLIN), revents: 0)
    while isErrorOpen, poll(&last, 1, 0) > 0 { listen() }
    let signal = status & 0x7f
    ending =
      wasKilled
      ? "did not end" : signal == 0 ? "ended with code \(status >> 8 & 0xff)" : Self.word(signal)
  }

  private static func word(_ signal: Int32) -> String {
    "was ended by signal \(signal)"
      + (signal == SIGKILL ? ", as a system does that runs out of memory" : "")
  }
}
