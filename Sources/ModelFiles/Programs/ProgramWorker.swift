import Exchange
import Foundation

/// One of the programs that answer, started when it is first needed and again when it has ended.
final class ProgramWorker {
  enum Event {
    case nothing
    case answered([UInt8])
    /// It ended before it had answered: how, for people, and the last of what it said.
    case ended(String)
  }

  private let command: ProgramCommand
  private let number: Int
  private var program: RunningProgram?
  /// What is asked.
  private(set) var task: Int?
  private var question: ArraySlice<UInt8> = []
  private var answer: [UInt8] = []
  private var limit = Date.distantFuture

  init(_ command: ProgramCommand, number: Int) {
    (self.command, self.number) = (command, number)
  }

  /// - Parameter bytes: The whole message.
  /// - Throws: ``RunError`` when the program cannot be started.
  func ask(_ task: Int, _ bytes: [UInt8]) throws {
    if program == nil { program = try command.start(number) }
    self.task = task
    question = bytes[...]
    answer = []
    limit = Date().addingTimeInterval(command.settings.timeout)
  }

  /// What to wait for.
  var files: [pollfd] {
    guard let program else { return [] }
    guard !question.isEmpty else { return program.files }
    return program.files + [pollfd(fd: program.input, events: Int16(POLLOUT), revents: 0)]
  }

  /// Takes and gives what can be taken and given now.
  ///
  /// - Throws: ``RunError`` when it prints among its answers, or is too long silent.
  func advance() throws -> Event {
    guard let program else { return .nothing }
    program.listen()
    // Who reads no more is about to end, or too long silent.
    if !question.isEmpty { question = question.dropFirst(program.write(question) ?? .max) }
    while let bytes = program.read() {
      answer += bytes
      guard task != nil || answer.isEmpty else { throw printed(ProgramMessage.text(of: answer)) }
      if let whole = try whole() { return .answered(whole) }
      guard bytes.isEmpty else { continue }
      guard Date() < limit else { throw silent() }
      return .nothing
    }
    // Its output is closed: it has ended, or is about to.
    program.end(within: 1)
    self.program = nil
    guard task != nil else { return .nothing }
    task = nil
    return .ended(program.ending! + command.complaint(of: program))
  }

  private func whole() throws -> [UInt8]? {
    do {
      guard let whole = try ProgramMessage.take(from: &answer) else { return nil }
      guard answer.isEmpty else { throw printed(ProgramMessage.text(of: answer)) }
      // Who answers before all was asked answers something else.
      guard question.isEmpty else {
        throw RunError("\(command.subject) answered before it had read what was asked")
      }
      task = nil
      limit = .distantFuture
      return whole
    } catch let stray as ProgramMessage.Stray {
      throw printed(stray.text)
    }
  }

  private func printed(_ text: String) -> RunError {
    RunError(
      "\(command.subject) wrote '\(text)' to its standard output, which is for its answers alone: let "
        + "it print to standard error"
    )
  }

  private func silent() -> RunError {
    let part =
      !question.isEmpty
      ? ": it has not read what it was asked"
      : answer.isEmpty
        ? "" : ": it wrote \(answer.count) bytes of it, '\(ProgramMessage.text(of: answer))'"
    program?.end(within: 0)
    let words = program.map { command.complaint(of: $0) } ?? ""
    return RunError(
      "\(command.subject) gave no answer within \(command.timeoutText)\(part)\(words); "
        + "--teacher-timeout gives it longer, --teacher-batch fewer examples at once"
    )
  }

  /// - Parameter seconds: How long it is given to end by itself.
  func stop(within seconds: Double) {
    program?.end(within: seconds)
    program = nil
    task = nil
  }
}
