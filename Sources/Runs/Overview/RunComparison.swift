import Distill
import Foundation

/// How runs differ: in what they were asked for, and in what came out.
package struct RunComparison: Encodable {
  /// A measure of one run less that of the first.
  package struct Difference: Encodable {
    package let run: String
    package let measure: String
    package let value: Double
    package let standardError: Double
    /// Example by example, on how many; nil where the two did not see the same test examples.
    package let pairedExamples: Int?
    /// How probable one this large is where there is none, for all differences together (Holm 1979).
    package fileprivate(set) var adjustedPValue: Double

    var text: String { Uncertain.text(value, plusMinus: 2 * standardError) }
    /// Whether it is beyond its error.
    var isSeen: Bool { adjustedPValue < 0.05 }
  }

  package private(set) var event = "comparison"
  package let runs: [RunSummary]
  /// Of each run but the first, where its recipe differs from the first's.
  package let recipes: [[String]]
  package private(set) var differences: [Difference] = []
  /// Why runs are not compared example by example.
  package private(set) var remarks: [String] = []

  /// - Parameter paths: Folders of runs, at least two; the others are compared with the first.
  /// - Throws: `RunError` when one is no run.
  package init(_ paths: [String]) throws {
    runs = try paths.map { path in
      guard var run = RunSummary(URL(fileURLWithPath: path), path: path) else {
        throw RunError("'\(path)' is not the folder of a run: it has no \(RunFolder.state)")
      }
      run.complete()
      if let problem = run.problem { throw RunError("'\(path)': \(problem)") }
      return run
    }
    let texts = try paths.map {
      try RunFolder(url: URL(fileURLWithPath: $0), command: "compare").recipeText()
    }
    recipes = try texts.dropFirst().map { try Self.choices(texts[0], $0) }
    for other in 1..<runs.count { compare(other) }
    for (run, changes) in zip(runs.dropFirst(), recipes)
    where changes.contains(where: { line in Self.problem.contains { line.hasPrefix($0) } }) {
      remarks.append(
        "\(run.path) has another teacher, or other data, than \(runs[0].path): a difference between them "
          + "may be that of two problems"
      )
    }
    let adjusted = MultipleComparisons.holm(differences.map(\.adjustedPValue))
    for index in differences.indices { differences[index].adjustedPValue = adjusted[index] }
  }

  /// Where recipes differ in what was asked for: not in the machine, the date and what data say.
  private static func choices(_ first: String, _ second: String) throws -> [String] {
    let own = ["made", "machine", "startedAt", "replay", "program", "data[", "options.out"]
    return try Runs.differences(yaml: first, second).filter { line in
      !own.contains { line.hasPrefix($0) }
    }
  }

  /// What the keys of teachers and data begin with.
  private static let problem = ["options.teacher", "options.data", "teacher", "draws", "data"]

  private mutating func compare(_ other: Int) {
    let (first, second) = (runs[0], runs[other])
    var paired: [String: PairedComparison] = [:]
    if first.kind == "compress", second.kind == "compress" {
      do {
        paired = try PairedRuns.measures(first.path, second.path)
      } catch {
        remarks.append(
          "\(second.path) is not compared example by example: \(sentence(for: error))"
        )
      }
    }
    for result in second.results {
      guard let base = first.results.first(where: { $0.name == result.name }) else { continue }
      if let pairs = paired[result.name] {
        differences.append(
          Difference(
            run: second.path,
            measure: result.name,
            value: pairs.difference.mean,
            standardError: pairs.difference.standardError,
            pairedExamples: Int(pairs.difference.count),
            adjustedPValue: pairs.pValue
          )
        )
      } else if let a = base.standardError, let b = result.standardError {
        let (value, error) = (result.value - base.value, (a * a + b * b).squareRoot())
        differences.append(
          Difference(
            run: second.path,
            measure: result.name,
            value: value,
            standardError: error,
            pairedExamples: nil,
            adjustedPValue: value == 0 ? 1 : erfc(abs(value) / error / 2.0.squareRoot())
          )
        )
      }
    }
  }

  package var text: String {
    var text = resultTable.text()
    if !differences.isEmpty {
      text += "\n" + differenceTable.text()
      text += """

        After ± are two standard errors over test examples; what another seed would change is not among \
        them: distill certify measures that. The last column holds for all rows together (Holm).

        """
    }
    for (run, changes) in zip(runs.dropFirst(), recipes) {
      text += "\nThe recipe of \(run.path) "
      text +=
        changes.isEmpty
        ? "is the same.\n"
        : "differs in:\n" + changes.map { "  \($0.printable)\n" }.joined()
    }
    return text
  }

  private var resultTable: TextTable {
    let names = runs.flatMap { $0.results.map(\.name) }
    let measures = names.indices.filter { names.firstIndex(of: names[$0]) == $0 }.map { names[$0] }
    var table = TextTable(columns: [""] + runs.map(\.path))
    func add(_ title: String, _ value: (RunSummary) -> String?) {
      table.append([title] + runs.map { value($0) ?? "–" })
    }
    add("what") { $0.kind }
    add("state") { $0.state.rawValue }
    add("teacher") { $0.teacher }
    add("student") { $0.student }
    add("parameters") { $0.parameters.map { grouped($0) } }
    for name in measures {
      add(name) { run in
        run.results.first { $0.name == name }.map { String($0.text.dropFirst(name.count + 1)) }
      }
    }
    add("verdict") { $0.verdict }
    return table
  }

  private var differenceTable: TextTable {
    var table = TextTable(
      columns: ["less \(runs[0].path)", "measure", "difference", "test examples", "differ?"],
      alignments: [.left, .left, .right, .right, .left]
    )
    for difference in differences {
      table.append([
        difference.run, difference.measure, difference.text,
        difference.pairedExamples.map { "the same \(grouped($0))" } ?? "not paired",
        difference.isSeen ? "yes" : "not seen",
      ])
    }
    return table
  }
}
