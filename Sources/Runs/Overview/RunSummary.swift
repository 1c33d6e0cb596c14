import Distill
import Foundation

/// What a run's folder says of the run, at a glance.
///
/// Files of the folder alone are read, so that runs which came from another machine are listed as well.
package struct RunSummary: Encodable {
  package enum State: String, Encodable, CaseIterable {
    case finished, running, stopped, unreadable
  }

  /// The folder, as it is named on a command line.
  package let path: String
  /// The subcommand, or the experiment of `distill run`; nil where nothing can be read.
  package let kind: String?
  package let state: State
  package let started: Date?
  package private(set) var teacher: String?
  package private(set) var student: String?
  /// Of the student.
  package private(set) var parameters: Int?
  /// The measures of the student, the one that says most first.
  package private(set) var results: [RunResult] = []
  /// Of its certificate, in one word.
  package private(set) var verdict: String?
  /// What is wrong with the folder; nil where nothing is.
  package private(set) var problem: String?

  /// Reads what is quick to read: state, kind and date.
  ///
  /// - Returns: Nil when the folder is no run.
  package init?(_ url: URL, path: String) {
    let folder = RunFolder(url: url, command: "runs")
    guard folder.contains(RunFolder.state) else { return nil }
    self.path = path
    let header: RunState<Nothing>
    do { header = try folder.loadHeader() } catch {
      (kind, state, started) = (nil, .unreadable, nil)
      problem = sentence(for: error)
      return
    }
    state = header.isFinished ? .finished : RunLock.isHeld(url) ? .running : .stopped
    let recipe = try? folder.recipeText()
    kind = recipe.flatMap { Self.value(of: "experiment", in: $0) } ?? header.command
    started = recipe.flatMap { Self.value(of: "startedAt", in: $0) }.flatMap(Self.date)
  }

  /// The value of the first line of YAML with a key, at whatever depth: reading thousands of recipes
  /// as YAML takes seconds.
  private static func value(of key: String, in recipe: String) -> String? {
    let start = recipe.range(of: "\(key): ")
    guard let start else { return nil }
    let line = recipe[recipe[..<start.lowerBound].lineStart..<start.lowerBound]
    guard line.allSatisfy({ $0 == " " }) else { return nil }
    return String(recipe[start.upperBound...].prefix { !$0.isNewline })
      .trimmingCharacters(in: CharacterSet(charactersIn: "'\" "))
  }

  private static func date(_ text: String) -> Date? {
    try? Date(String(text.prefix(19)) + "Z", strategy: .iso8601)
  }

  /// Whether its path or its recipe holds a word of small letters.
  func mentions(_ word: String) -> Bool {
    let folder = RunFolder(url: URL(fileURLWithPath: path), command: "runs")
    return path.lowercased().contains(word)
      || (try? folder.recipeText())?.lowercased().contains(word) == true
  }

  /// Reads what runs are sorted by.
  mutating func readResult() {
    let folder = RunFolder(url: URL(fileURLWithPath: path), command: "runs")
    let found = RunResult.first(in: folder)
    (results, parameters) = (found.result.map { [$0] } ?? [], found.parameters)
  }

  /// Reads the rest: what learnt from what, and how well.
  package mutating func complete() {
    guard state != .unreadable else { return }
    let folder = RunFolder(url: URL(fileURLWithPath: path), command: "runs")
    do {
      let recipe = try YAMLText.compose(folder.recipeText())
      teacher = RecipeWords.teacher(in: recipe)
      student = RecipeWords.student(in: recipe)
      let found = try RunResult.all(in: folder)
      (results, parameters, verdict) = (found.results, found.parameters, found.verdict)
    } catch {
      problem = sentence(for: error)
    }
  }
}

extension Substring {
  /// Where its last line begins.
  fileprivate var lineStart: Index {
    lastIndex(where: \.isNewline).map { index(after: $0) } ?? startIndex
  }
}
