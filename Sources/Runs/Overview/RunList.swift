import Distill
import Foundation

/// The runs under a folder: the folder is the truth, and nothing beside it is kept.
///
/// Looking at 10,000 runs takes under a second, because only what a page of them shows is read whole.
package struct RunList {
  /// What is listed.
  package struct Filter {
    /// The subcommand or experiment; nil for all.
    package var kind: String?
    package var state: RunSummary.State?
    /// Stands in the path or the recipe, whatever the case of its letters.
    package var word: String?

    package init(kind: String? = nil, state: RunSummary.State? = nil, word: String? = nil) {
      (self.kind, self.state, self.word) = (kind, state, word)
    }
  }

  package enum Order: String, CaseIterable {
    /// The newest first.
    case date
    case path
    /// The best first, by the first measure; runs without one last.
    case result
    /// The smallest student first.
    case size
  }

  /// How deep runs are looked for.
  private static let depth = 4

  package let runs: [RunSummary]
  /// Runs that the filter left, of which ``runs`` are the first.
  package let count: Int

  /// - Parameters:
  ///   - folder: Where runs are, also in folders of folders; or a run.
  ///   - limit: The most that are listed.
  /// - Throws: `RunError` when there is no such folder.
  package init(
    in folder: String,
    _ filter: Filter = Filter(),
    by order: Order = .date,
    atMost limit: Int = .max
  ) throws {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder),
      isFolder.boolValue
    else {
      throw RunError("there is no folder '\(folder)': name the one that your runs are in")
    }
    var found: [RunSummary] = []
    Self.collect(folder, Self.depth, into: &found)
    found = found.filter {
      (filter.kind == nil || $0.kind == filter.kind)
        && (filter.state == nil || $0.state == filter.state)
    }
    if let kind = filter.kind, found.isEmpty {
      throw RunError("'\(folder)' holds no run of '\(kind)' in this state")
    }
    if let word = filter.word?.lowercased() { found = found.filter { $0.mentions(word) } }
    if [.result, .size].contains(order) {
      for index in found.indices { found[index].readResult() }
    }
    found.sort { Self.precedes($0, $1, by: order) }
    count = found.count
    found = Array(found.prefix(limit))
    for index in found.indices { found[index].complete() }
    runs = found
  }

  private static func collect(_ folder: String, _ depth: Int, into found: inout [RunSummary]) {
    if let run = RunSummary(URL(fileURLWithPath: folder), path: folder) {
      found.append(run)
      return
    }
    guard depth > 0, let names = try? FileManager.default.contentsOfDirectory(atPath: folder)
    else { return }
    for name in names where !name.hasPrefix(".") {
      let path = "\(folder)/\(name)"
      var status = stat()
      // Links are not followed: they may lead around.
      guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { continue }
      collect(path, depth - 1, into: &found)
    }
  }

  private static func precedes(_ a: RunSummary, _ b: RunSummary, by order: Order) -> Bool {
    func newest() -> Bool {
      let (first, second) = (a.started ?? .distantPast, b.started ?? .distantPast)
      return first == second ? a.path < b.path : first > second
    }
    switch order {
    case .date: return newest()
    case .path: return a.path < b.path
    case .size:
      let (first, second) = (a.parameters ?? .max, b.parameters ?? .max)
      return first == second ? newest() : first < second
    case .result:
      let (first, second) = (a.results.first, b.results.first)
      guard let first, let second else { return first != nil || (second == nil && newest()) }
      // What can be compared at all stands together.
      guard first.name == second.name else { return first.name < second.name }
      guard first.value != second.value else { return newest() }
      return first.isBetter(than: second)
    }
  }

  package var table: TextTable {
    var table = TextTable(
      columns: ["run", "what", "when", "state", "teacher → student", "size", "result", "verdict"],
      alignments: [.left, .left, .left, .left, .left, .right, .left, .left]
    )
    for run in runs {
      table.append([
        run.path, run.kind ?? "?", run.started.map(Self.date) ?? "?", run.state.rawValue,
        [run.teacher, run.student].compactMap { $0 }.joined(separator: " → "),
        run.parameters.map { grouped($0) } ?? "–",
        run.problem ?? run.results.first?.text ?? "–", run.verdict ?? "–",
      ])
    }
    return table
  }

  private static func date(_ date: Date) -> String {
    let text = date.formatted(.iso8601.dateTimeSeparator(.space))
    return String(text.prefix(16))
  }
}
