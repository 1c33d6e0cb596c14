import Distill
import Foundation
import Runs

/// The tables and figures of the sweep.
package struct WidthReport {
  package let experiment: GenerativeWidths
  package let outcomes: [WidthOutcome]
  package let rbm: RBM
  package let images: Tensor

  package func write(_ run: Run) throws {
    let text = table.text(width: 140)
    try run.folder.write(text, to: RunFolder.table)
    try run.folder.write(page(run).html, to: RunFolder.report)
    run.work.show(text, outcomes)
    run.work.note("tables and figures are in \(run.folder.file(RunFolder.report).path)")
  }

  package var table: TextTable {
    var table = TextTable(columns: [
      "NADE", "test log-probability", "KL(rbm‖nade)", "KL(nade‖rbm)", "log Z, bridge",
      "log Z, importance", "ESS", "seconds",
    ])
    for outcome in outcomes {
      func interval(_ estimate: LogPartition) -> String {
        func text(_ x: Double) -> String { x.isInfinite ? fixed(x) : String(format: "%.2f", x) }
        return "\(text(estimate.logZ)) [\(text(estimate.lower)), \(text(estimate.upper))]"
      }
      table.append([
        outcome.name, outcome.test.text, outcome.divergenceOfStudent.divergenceText,
        outcome.divergenceOfTeacher.divergenceText, interval(outcome.bridge),
        interval(outcome.importance),
        String(format: "%.0f", outcome.importance.effectiveSampleSize),
        String(format: "%.0f", outcome.seconds),
      ])
    }
    return table
  }

  private func page(_ run: Run) throws -> Report {
    var report = Report(title: "An RBM of digits in NADEs of several widths")
    report.add(.table(table))
    report.add(
      .paragraph(
        "After ± stand three standard errors; intervals are of three standard errors too. The "
          + "teacher's mean test log-probability is "
          + String(format: "%.2f at log Z = %.2f.", teacherMean, experiment.reference)
      )
    )
    for recipe in experiment.recipes {
      for loss in experiment.losses { report.add(.chart(curves(recipe, loss))) }
    }
    report.add(.chart(intervals))
    if let shown = outcomes.max(by: { $0.test.value < $1.test.value }) {
      let file = run.folder.file("\(shown.recipe)-\(shown.width)-\(shown.loss).safetensors")
      let student = try ModelFile.student(at: file.path)
      report.add(.heading("The best: \(shown.name)"))
      let own = student.logProbability(images).scalars(Double.self)
      let theirs = rbm.logUnnormalized(images).scalars(Double.self)
        .map { $0 - experiment.reference }
      report.add(
        .chart(GenerativePage.sorted([("NADE", own), ("RBM", theirs)], images: own.count))
      )
      let pictures = GenerativePage(student, of: rbm, seed: run.seed)
      for picture in pictures.samples() + pictures.features() { report.add(.chart(picture)) }
    }
    return report
  }

  private var teacherMean: Double {
    rbm.logUnnormalized(images).mean().doubleValue - experiment.reference
  }

  private func curves(_ recipe: String, _ loss: String) -> LineChart {
    LineChart(
      title: "Recipe \(recipe), loss \(loss == "squared" ? 7 : 6)",
      x: Axis("samples of the RBM", scale: .logarithmic),
      y: Axis("test log-probability, nats"),
      lines: outcomes.filter { $0.recipe == recipe && $0.loss == loss }.map { outcome in
        LineChart.Line(
          "H = \(outcome.width)",
          outcome.curve.map { point in
            .init(
              x: Double(point.samples),
              y: point.logProbability.value,
              error: 3 * point.logProbability.standardError
            )
          }
        )
      }
    )
  }

  private var intervals: IntervalChart {
    IntervalChart(
      title: "log Z, three standard errors to each side",
      x: Axis("log Z"),
      rows: outcomes.flatMap { outcome in
        [("bridge", outcome.bridge), ("importance", outcome.importance)].map { name, estimate in
          .init(
            "\(outcome.name), \(name)",
            value: estimate.logZ,
            lower: max(estimate.lower, experiment.reference - 2),
            upper: min(estimate.upper, experiment.reference + 2)
          )
        }
      },
      reference: experiment.reference
    )
  }
}
