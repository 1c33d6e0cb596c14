import Distill
import Foundation
import Runs

/// Ensembles of boosted trees into small networks (after Buciluă, Caruana & Niculescu-Mizil 2006):
/// each table's teacher was trained on its training part, and students learn from the labels, from
/// the teacher at the same rows, and from the teacher at more rows, which are munged out of the
/// training part or sampled from a NADE that was trained on it. All see the same number of batches.
package struct TablesExperiment: Job {
  package static let name = "tables"

  /// A folder with one folder for each table, of `train.csv`, `test.csv`, and `teacher.ubj`,
  /// `teacher.json` or `teacher.txt`; `tables.json` beside them says what their makers measured.
  package var data = ".data/tables"
  package var tables = ["letters", "shuttle", "satellite", "spam"]
  /// Students of each kind, each with its own first weights and order of batches.
  package var seeds = 3
  /// The widths of the students' hidden layers, for each table or for all.
  package var hidden = [[200, 100], [40, 20], [100, 50], [60, 30]]
  package var students: [Kind] = [.labels, .soft, .munged, .sampled]
  /// Batches that every student sees.
  package var steps = 12_000
  package var batch = 50
  /// Additional rows, for each row of the training part.
  package var extra = 4.0
  /// Columns become this many binary digits for the NADE, at most.
  package var digits = 5
  package var densityHidden = 200
  package var densitySteps = 6_000
  /// How often a number is changed in munging, and by how small a part of the difference.
  package var mungeProbability = 0.3
  package var mungeSharpness = 5.0

  package init() {}

  /// What a student learns from.
  package enum Kind: String, Codable, Equatable, CaseIterable {
    case labels
    /// The teacher at the training rows.
    case soft
    /// The teacher at the training rows, and at rows munged out of them.
    case munged = "soft + munged rows"
    /// The teacher at the training rows, and at rows that a NADE samples.
    case sampled = "soft + sampled rows"

    /// In the names of files.
    package var file: String {
      switch self {
      case .labels: "labels"
      case .soft: "soft"
      case .munged: "munged"
      case .sampled: "sampled"
      }
    }
  }

  package func dataFiles() throws -> [URL] {
    let files = try tables.map { try TableFiles(data, $0) }
    return files.flatMap(\.own) + [files.first?.facts].compactMap { $0 }
  }

  package func check() throws {
    try requireCount("seeds", seeds, atMost: 1_000)
    let widths = hidden.flatMap { $0 } + [densityHidden]
    try requireCounts("hidden and densityHidden", widths, atMost: 65_535)
    guard hidden.count == 1 || hidden.count == tables.count else {
      throw RunError(
        "hidden has \(hidden.count) lists of widths for \(tables.count) tables: give one for all, or "
          + "one for each"
      )
    }
    try requireCounts("steps and densitySteps", [steps, densitySteps], atMost: mostSteps)
    try requireCount("batch", batch)
    try requireCount("digits", digits, atMost: 10)
    try requireNumbers("extra", [extra], .positive(atMost: 1_000))
    try requireNumbers("mungeProbability", [mungeProbability], .positive(atMost: 1))
    try requireNumbers("mungeSharpness", [mungeSharpness], .positive(atMost: 1e6))
    guard !tables.isEmpty, Set(tables).count == tables.count,
      tables.allSatisfy({ !$0.isEmpty && !$0.contains("/") && !$0.hasPrefix(".") })
    else { throw RunError("tables: name at least one folder of the data, each once") }
    guard !students.isEmpty, Set(students).count == students.count else {
      throw RunError("students: name at least one kind, each once")
    }
  }

  package func perform(_ run: Run) throws {
    try check()
    var scores: [TableScores] = []
    for (index, name) in tables.enumerated() {
      let table = try TableTask(self, name, hidden(index), run)
      scores.append(try table.perform())
      run.work.show(scores[scores.count - 1].table.text(width: 160), scores[scores.count - 1])
    }
    try TablesReport(self, scores, run).write()
  }

  /// The widths of the students of a table.
  func hidden(_ table: Int) -> [Int] { hidden[hidden.count == 1 ? 0 : table] }
}

/// The files of one table.
package struct TableFiles {
  let train: URL
  let test: URL
  let teacher: URL
  /// What the makers of the files measured.
  let facts: URL?

  /// - Throws: `RunError` when one is missing.
  init(_ data: String, _ name: String) throws {
    let folder = URL(fileURLWithPath: data).appendingPathComponent(name)
    func file(_ names: [String]) throws -> URL {
      let all = names.map { folder.appendingPathComponent($0) }
      guard let found = all.first(where: { FileManager.default.fileExists(atPath: $0.path) }) else {
        throw RunError(
          "there is no \(names.joined(separator: " or ")) in '\(folder.path)': run `make data-tables`, "
            + "or name the folder of the tables with data"
        )
      }
      return found
    }
    train = try file(["train.csv"])
    test = try file(["test.csv"])
    teacher = try file(["teacher.ubj", "teacher.json", "teacher.txt", "teacher.onnx"])
    let own = URL(fileURLWithPath: data).appendingPathComponent("tables.json")
    facts = FileManager.default.fileExists(atPath: own.path) ? own : nil
  }

  var own: [URL] { [train, test, teacher] }
}

/// What the makers of the tables measured, with the libraries themselves.
struct TableFacts: Decodable {
  struct Table: Decodable {
    var library: String
    var testAccuracy: Double
    var libraryMicrosecondsPerRow: Double
  }

  var tables: [String: Table]
}
