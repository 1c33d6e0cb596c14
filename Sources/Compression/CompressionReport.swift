import Distillation
import Exchange
import Foundation
import Mathematics
import Reporting

/// What came out of a compression, in numbers and words.
package protocol CompressionOutcome {
  associatedtype Score: Encodable

  /// The student's first, the teacher's last.
  var scores: [Score] { get }
  var table: TextTable { get }
  /// In a sentence.
  var lesson: String { get }
  /// What the table says.
  var explanation: String { get }
  /// Why the teacher is not to be believed; nil where nothing speaks against it.
  var warning: String? { get }
  /// What is doubtful about the models, a sentence each.
  var warnings: [String] { get }

  /// Where the student that is trained and its teacher differ most.
  func differing(_ training: CompressionTraining) throws -> DifferingExamples
  /// Adds what the page shows beside the table.
  func add(to report: inout Report, _ training: CompressionTraining, in folder: RunFolder) throws
}

/// Prints the results of a compression and writes them into its folder.
package struct CompressionReport<Outcome: CompressionOutcome> {
  private let results: Outcome
  private let folder: RunFolder
  private let training: CompressionTraining
  private let work: Work

  package init(
    _ results: Outcome,
    _ folder: RunFolder,
    _ training: CompressionTraining,
    _ work: Work
  ) {
    (self.results, self.folder, self.training, self.work) = (results, folder, training, work)
  }

  package func write() throws {
    let text =
      results.table.text(width: 80) + "\n" + TextTable.wrapped(results.lesson, width: 80) + "\n"
    try folder.write(text, to: RunFolder.table)
    try folder.record(results.scores, by: "name")
    try folder.write(try page().html, to: RunFolder.report)
    if work.isMeasured { work.show(try results.differing(training)) }
    work.show(
      "\n" + text,
      Answer(scores: results.scores, lesson: results.lesson, folder: folder.url.path)
    )
    for warning in results.warnings + [shortfall].compactMap(\.self) { work.warn(warning) }
    work.note("the student, recipe, metrics and report are in \(folder.url.path)")
  }

  private struct Answer: Encodable {
    var event = "result"
    let scores: [Outcome.Score]
    let lesson: String
    let folder: String
  }

  private func page() throws -> Report {
    let plan = training.plan
    var report = Report(title: "\(plan.studentWords) out of \(plan.teacher.network)")
    report.add(.paragraph(results.lesson))
    if let warning = results.warning { report.add(.paragraph("Warning: \(warning).")) }
    report.add(.table(results.table))
    report.add(
      .paragraph(
        """
        On \(grouped(training.data.test.count)) test examples that served for nothing else. \
        \(results.explanation)
        """
      )
    )
    for warning in results.warnings + [shortfall].compactMap(\.self) {
      report.add(.paragraph("Warning: \(warning)."))
    }
    try results.add(to: &report, training, in: folder)
    if let fit = plan.fit {
      try FitFindings(fit, FitSearch.trials(in: folder, of: fit)).add(to: &report)
    }
    if folder.contains("search.txt") {
      report.add(.heading("The search, on the validation examples"))
      report.add(.code(try RegularFile.text(folder.file("search.txt"))))
    }
    report.add(.heading("How it was made"))
    report.add(.facts(facts))
    report.add(
      .paragraph("Everything needed to repeat the run is in recipe.yaml beside this page.")
    )
    return report
  }

  private func text(_ weights: [Double], _ classes: [String]) -> String {
    zip(classes, weights).map { "\($0) \(Uncertain.short($1))" }.joined(separator: ", ")
  }

  /// What the student lacks on the test examples of what it was chosen for.
  private var shortfall: String? {
    (results.scores.first as? ModelScore).flatMap {
      FitFindings.shortfall(of: $0, training.plan.fit?.budget.target)
    }
  }

  private var facts: [(name: String, value: String)] {
    let (plan, data) = (training.plan, training.data)
    var facts: [(name: String, value: String)] = [
      ("teacher", "\(plan.teacher.files.count) × \(plan.teacher.network)"),
      ("student", plan.studentWords),
      ("loss", plan.loss),
      (
        "training",
        "\(plan.training.optimizer.name.rawValue) at \(Uncertain.short(plan.training.optimizer.learningRate)) "
          + "(\(plan.training.optimizer.decay.rawValue)), \(grouped(plan.training.steps)) steps of "
          + "\(plan.training.batchSize)"
          + (plan.training.augmentation.map { ", images changed by \($0)" } ?? "")
      ),
      (
        "examples",
        "\(grouped(data.training.count)) to learn from, "
          + (plan.data.transfer.map { "\(grouped($0.count)) further inputs for the student, " }
            ?? "")
          + "\(grouped(data.validation.count)) to choose by, "
          + "\(grouped(data.test.count)) for the test"
      ),
      (
        "inputs",
        "\(plan.data.shape.map(String.init).joined(separator: "x")), \(plan.data.scalingText)"
      ),
      (
        plan.data.task.outputs,
        plan.data.classes.joined(separator: ", ")
      ),
    ]
    if let weights = plan.classWeights {
      facts.append(("class weights", text(weights, plan.data.classes)))
    }
    facts.append(("seed", "\(plan.seed)"))
    return facts
  }
}
