import Foundation

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// A clock that stands still until it is moved.
final class FixedClock {
  var now = 100.0
}

/// Keeps what is written.
final class Transcript: @unchecked Sendable {
  private let lock = NSLock()
  private var content = ""

  var text: String { lock.withLock { content } }
  var lines: [String] { text.split(separator: "\n").map(String.init) }

  func append(_ text: String) { lock.withLock { content += text } }

  func clear() { lock.withLock { content = "" } }

  func output(isTerminal: Bool = false, columns: Int = 80) -> Output {
    Output(isTerminal: isTerminal, columns: { columns }, write: { self.append($0) })
  }
}

/// Runs `body` with an empty folder that is deleted afterwards.
func withScratchFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
  let url = FileManager.default.temporaryDirectory
    .appendingPathComponent("distill-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: url) }
  return try body(url)
}

/// The sentence of the error that `body` throws.
func refusal(_ body: () throws -> some Any) -> String? {
  do {
    _ = try body()
    return nil
  } catch {
    return sentence(for: error)
  }
}
