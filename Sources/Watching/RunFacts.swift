import Distill
import Foundation
import Runs

/// What a run is and came to, in words.
struct RunFacts: Encodable {
  /// By whose change it is read anew.
  static let files = [
    RunFolder.state, RunFolder.recipe, RunFolder.metrics, RunFolder.certificate, RunFolder.table,
    RunLock.name,
  ]

  let name: String
  let path: String
  private(set) var kind: String?
  /// `finished`, `running`, `stopped`, `unreadable` or `gone`.
  private(set) var state = "gone"
  /// Facts in order, each a name and what it is.
  private(set) var facts: [[String]] = []
  private(set) var problem: String?
  private(set) var table: String?
  /// The process that works in the folder and can be asked to stop; nil where there is none.
  private(set) var process: Int32?
  /// On which other machine a process works in it.
  private(set) var elsewhere: String?

  /// - Parameters:
  ///   - earlier: What was found before.
  ///   - isSame: Whether the files are as they were then.
  init(_ folder: URL, name: String, earlier: RunFacts?, isSame: Bool) {
    self.name = name
    path = folder.path
    guard var run = RunSummary(folder, path: folder.path) else { return }
    state = run.state.rawValue
    if RunLock.isHeld(folder) {
      process = RunLock.holder(in: folder)?.process
    } else if let holder = RunLock.holder(in: folder), !holder.isHere {
      elsewhere = holder.host
    }
    if isSame, let earlier {
      (kind, facts, problem, table) = (earlier.kind, earlier.facts, earlier.problem, earlier.table)
      return
    }
    run.complete()
    kind = run.kind
    problem = run.problem
    func add(_ name: String, _ value: String?) {
      if let value { facts.append([name, String(value.prefix(2_000))]) }
    }
    add("what", run.kind)
    add("begun", run.started?.formatted(.iso8601.dateTimeSeparator(.space)))
    add("teacher", run.teacher)
    add("student", run.student)
    add("parameters", run.parameters.map { grouped($0) })
    for result in run.results { add("result", result.text) }
    add("verdict", run.verdict)
    add("folder", folder.path)
    let file = folder.appendingPathComponent(RunFolder.table)
    let text = try? RegularFile.data(file, atMost: 1 << 16)
    table = text.map { String(decoding: $0, as: UTF8.self) }
  }
}
