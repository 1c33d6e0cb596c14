import Foundation
import Tensors

/// The folder a run writes: recipe, metrics, weights, report, and the state to resume from.
///
/// ```swift
/// let folder = try RunFolder.create(for: "demo", at: options.out, recipe: recipe.yaml())
/// try folder.record([Metric(network: "student", loss: 0.4)], by: "network")
/// try Safetensors.write(weights, to: folder.file("student.safetensors"))
/// ```
///
/// Files appear under their names only when they are complete. One process at a time works in it.
public struct RunFolder {
  package static let recipe = "recipe.yaml"
  package static let metrics = "metrics.jsonl"
  package static let report = "report.html"
  package static let table = "table.txt"
  package static let state = "state.json"
  package static let certificate = "certificate.json"
  package static let curves = "curves"
  /// What the program answered that is the teacher.
  package static let answers = "teacher-answers.npy"

  public let url: URL
  /// The subcommand that the run belongs to.
  package let command: String
  /// Held as long as the run is worked on.
  package var lock: RunLock?
  /// Whether it was made for a run that begins.
  var isNew = false

  package init(url: URL, command: String, lock: RunLock? = nil) {
    (self.url, self.command, self.lock) = (url, command, lock)
  }

  /// The place of a file in the folder.
  public func file(_ name: String) -> URL { url.appendingPathComponent(name) }

  public func contains(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: file(name).path)
  }

  /// Replaces a file as a whole, or makes it.
  ///
  /// - Throws: `RunError` when it cannot be written; what was there is then kept.
  public func write(_ text: String, to name: String) throws {
    do {
      try AtomicFile.write(to: file(name)) { try $0.append(text) }
    } catch {
      throw RunError("cannot write '\(file(name).path)': \(sentence(for: error))")
    }
  }

  /// Puts lines into the metrics, in place of those that an attempt which was stopped left of the
  /// same: a run that goes on may measure again what it had measured already.
  ///
  /// - Parameter key: What of a line says of what it is, such as "network".
  /// - Throws: `RunError` when they cannot be written; what was there is then kept.
  public func record(_ metrics: [any Encodable], by key: String) throws {
    let lines = metrics.map { jsonLine($0) }
    let subjects = lines.compactMap { object($0)?[key].map { "\($0)" } }
    let kept = try earlierMetrics().filter { line in
      guard let object = object(line) else { return false }
      return object[key].map { !subjects.contains("\($0)") } ?? true
    }
    try write(kept.map { $0 + "\n" }.joined() + lines.joined(), to: Self.metrics)
  }

  private func earlierMetrics() throws -> [Substring] {
    try Self.requirePlain(file(Self.metrics))
    guard contains(Self.metrics) else { return [] }
    let text = String(decoding: try RegularFile.data(file(Self.metrics)), as: UTF8.self)
    return text.split(separator: "\n")
  }

  /// Deletes a file that is no longer needed, if it is there.
  public func remove(_ name: String) { try? FileManager.default.removeItem(at: file(name)) }

  /// Does the work of a run. Where a new one fails with nothing done, such as for a file that is no
  /// model, the folder goes, so that the same command works once its cause is mended.
  package func keptIfAnythingIsDone(_ work: () throws -> Void) throws {
    do {
      try work()
    } catch {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
      if isNew, !(error is Stopped),
        Set(names).isSubset(of: Self.beginning + [Self.state, Self.curves])
      {
        discard()
      }
      throw error
    }
  }

  /// What a run that begins writes before its state.
  package static let beginning = [RunLock.name, recipe, answers]

  /// Deletes the files of a run that has hardly begun, and the folder if nothing else is in it.
  package func discard() {
    for name in [Self.state, Self.answers, Self.recipe] { unlink(file(name).path) }
    EventFile.removeAll(in: file(Self.curves))
    lock?.release()
    rmdir(url.path)
  }
}

/// A line of JSON; nil for half a line, which earlier versions left when they were killed.
private func object(_ line: some StringProtocol) -> [String: Any]? {
  (try? JSONSerialization.jsonObject(with: Data(line.utf8))) as? [String: Any]
}
