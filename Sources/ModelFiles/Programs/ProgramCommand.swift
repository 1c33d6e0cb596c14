import Exchange
import Foundation

/// What starts a program that answers, and how it is spoken of.
struct ProgramCommand {
  let text: String
  let settings: ProgramTeacher.Settings
  let givesDerivatives: Bool
  private let words: [String]

  /// - Throws: ``RunError`` as ``CommandWords/split(_:)``.
  init(_ text: String, _ settings: ProgramTeacher.Settings, derivatives: Bool) throws {
    (self.text, self.settings, givesDerivatives) = (text, settings, derivatives)
    words = try CommandWords.split(text)
  }

  var subject: String { "the teacher '\(text)'" }

  var timeoutText: String {
    let seconds = settings.timeout
    return seconds == seconds.rounded() ? "\(Int(seconds)) s" : "\(seconds) s"
  }

  /// - Parameter number: Which of several it is, from 0: the program is told it.
  /// - Throws: ``RunError`` when the system does not start it.
  func start(_ number: Int) throws -> RunningProgram {
    var environment = ProcessInfo.processInfo.environment
    environment["DISTILL_WORKER"] = "\(number)"
    environment["DISTILL_DERIVATIVES"] = givesDerivatives ? "1" : "0"
    do {
      return try RunningProgram(words, environment: environment)
    } catch let error as POSIXError {
      let reason =
        error.code == .ENOENT ? "there is no program '\(words[0])'" : error.reason.lowercased()
      throw RunError("\(subject) cannot be started: \(reason)")
    }
  }

  /// The last lines that it wrote to standard error, to stand behind what happened; empty where it
  /// wrote none.
  func complaint(of program: RunningProgram) -> String {
    let lines = String(decoding: program.complaint, as: UTF8.self)
      .split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty }
    guard !lines.isEmpty else { return " (it wrote nothing to standard error)" }
    return ", and its last words were: " + lines.suffix(3).joined(separator: " / ").suffix(600)
  }
}
