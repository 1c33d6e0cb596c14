import Distill
import Foundation
import Runs

/// The tables of all tables, and whether the students are what was asked for.
struct TablesReport {
  private let options: TablesExperiment
  private let scores: [TableScores]
  private let run: Run

  init(_ options: TablesExperiment, _ scores: [TableScores], _ run: Run) {
    (self.options, self.scores, self.run) = (options, scores, run)
  }

  func write() throws {
    let texts = scores.map { $0.table.text(width: 160) } + [summary.text(width: 160)]
    try run.folder.write(texts.joined(separator: "\n"), to: RunFolder.table)
    try run.folder.write(page.html, to: RunFolder.report)
    try run.folder.write(scores.map { jsonLine($0) }.joined(), to: "results.jsonl")
    run.work.show("\n" + summary.text(width: 160), scores.map(\.best))
    run.work.note("tables and students are in \(run.folder.url.path)")
  }

  private var summary: TextTable {
    var table = TextTable(columns: [
      "table", "teacher %", "best student on", "student %", "within 0.02", "µs/row: library",
      "trees here", "student", "under a quarter",
    ])
    for score in scores {
      let times = score.times
      table.append([
        score.name,
        score.teacherAccuracy.text(100, digits: 2),
        score.best.name,
        score.best.accuracy.text(100, digits: 2),
        score.best.accuracyGap.mean >= -0.02 ? "yes" : "no",
        times.library.map { String(format: "%.2f", $0) } ?? "–",
        String(format: "%.2f", times.teacher),
        String(format: "%.2f", times.student),
        times.student < 0.25 * min(times.teacher, times.library ?? .infinity) ? "yes" : "no",
      ])
    }
    return table
  }

  private var page: Report {
    let widths = options.hidden.map { $0.map(String.init).joined(separator: "-") }
    var sections: [Report.Section] = [
      .paragraph(
        """
        Each teacher is an ensemble of boosted trees that was trained on the training part of its \
        table. Students with \(widths.joined(separator: ", ")) hidden units learnt in \(options.seeds) repetitions, each from \
        the labels, from the teacher at the same rows, and from the teacher at \(options.extra) times \
        as many rows more; all saw \(grouped(options.steps)) batches of \(options.batch).
        """
      ), .table(summary),
    ]
    for score in scores { sections += [.heading(score.name), .table(score.table)] }
    sections += [
      .paragraph(
        """
        After ± stand two standard errors; repetitions and test rows count as samples both. The best \
        student is named after the test, so that its number is a little too good; the tables below \
        have all of them. A student is under a quarter of the time where it is of both, that of the \
        trees as they run here and that which their own library took on one thread.
        """
      ),
      .paragraph("recipe.yaml beside this page repeats the run; results.jsonl has all numbers."),
    ]
    return Report(title: "Boosted trees in small networks", sections: sections)
  }
}
