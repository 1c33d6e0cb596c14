import Distill
import Foundation
import Runs

/// Tables and figures of the regression on patients.
package struct PredictiveDiabetesReport {
  package let recipe: PredictiveDiabetes
  package let posterior: DiabetesPosterior
  package let baselines: [PredictiveDiabetes.Score]
  /// `[seeds][students]`.
  package let students: [[PredictiveDiabetes.Score]]
  package let formula: String

  private typealias Score = PredictiveDiabetes.Score

  package func write(_ run: Run) throws {
    var text = ""
    var report = Report(title: "A density in place of \(grouped(posterior.draws.count)) draws")
    report.add(
      .paragraph(
        """
        A robust linear regression of the progression of diabetes on ten measurements \
        (Efron et al. 2004). Another program sampled the posterior given \
        \(posterior.training.outcomes.count) patients and wrote CmdStan's CSV; \
        \(posterior.test.outcomes.count) patients were held out. After ± stand two standard errors \
        over \(students.count) seeds of the students.
        """
      )
    )
    run.show("On \(posterior.test.outcomes.count) patients held out", table, in: &text)
    report.add(.table(table))
    report.add(
      .paragraph(
        """
        Log-densities are of the outcome in its own units. The interval is from the 5% to the 95% \
        quantile. Times are for the whole density of one patient, 181 outcomes.
        """
      )
    )
    report.add(
      .chart(
        BarChart(
          title: "Distance from the predictive of all draws",
          y: Axis("KL, nats"),
          bars: baselines.dropFirst().map { BarChart.Bar($0.name, value: $0.divergence) }
            + students[0].enumerated().map {
              BarChart.Bar($0.element.name, estimate($0.offset, \.divergence))
            }
        )
      )
    )
    report.add(.heading("The linear student as a formula, of standardised measurements"))
    report.add(.code(formula))
    try run.folder.write(text + "\n" + formula + "\n", to: RunFolder.table)
    try run.folder.write(jsonLine([baselines] + students), to: "results.json")
    try run.folder.write(report.html, to: RunFolder.report)
    run.work.note("results.json and \(RunFolder.report) are in \(run.folder.url.path)")
  }

  private func estimate(_ student: Int, _ path: KeyPath<Score, Double>) -> Estimate {
    Estimate(of: students.map { $0[student][keyPath: path] })
  }

  private var table: TextTable {
    var table = TextTable(columns: [
      "", "KL from all draws", "log-density", "90% interval covers", "width", "numbers", "µs",
    ])
    func fixed(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
    for score in baselines {
      table.append([
        score.name, Uncertain.short(max(score.divergence, 0)), fixed(score.logProbability, 4),
        fixed(score.coverage, 3), fixed(score.width, 1), grouped(score.numbers),
        fixed(score.microseconds, 0),
      ])
    }
    for (index, score) in students[0].enumerated() {
      table.append([
        score.name, estimate(index, \.divergence).description,
        estimate(index, \.logProbability).description, estimate(index, \.coverage).description,
        estimate(index, \.width).description, grouped(score.numbers),
        fixed(students.map { $0[index].microseconds }.min()!, 0),
      ])
    }
    return table
  }
}
