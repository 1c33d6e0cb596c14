import Distill
import Foundation
import Runs

/// Tables and figures of Bayesian dark knowledge on Fashion-MNIST.
package struct PredictiveFashionReport {
  package let recipe: PredictiveFashionMNIST
  package let choice: PredictiveFashionMNIST.Choice
  /// `[seeds][models]`.
  package let scores: [[PredictiveFashionMNIST.Score]]

  private typealias Score = PredictiveFashionMNIST.Score

  package func write(_ run: Run) throws {
    var text = ""
    var report = Report(title: "One network in place of \(recipe.bag) posterior draws")
    report.add(
      .paragraph(
        """
        A Bayesian network 784-\(recipe.hidden.map(String.init).joined(separator: "-"))-10 on \
        Fashion-MNIST, sampled by stochastic-gradient Langevin dynamics and distilled while it was \
        sampled into one network of the same size (Balan et al. 2015). 10,000 test images that \
        served for nothing else; after ± stand two standard errors over \(scores.count) seeds.
        """
      )
    )
    run.show("On 10,000 test images", table, in: &text)
    report.add(.table(table))
    run.show("The student against the others, the same seeds", differences, in: &text)
    report.add(.heading("The student against the others, the same seeds"))
    report.add(.table(differences))
    for chart in charts { report.add(.chart(chart)) }
    run.show("Chosen on \(grouped(recipe.validation)) validation images", tried, in: &text)
    report.add(.heading("Chosen on \(grouped(recipe.validation)) validation images"))
    report.add(.table(tried))
    try run.folder.write(text, to: RunFolder.table)
    try run.folder.write(jsonLine(scores), to: "results.json")
    try run.folder.write(report.html, to: RunFolder.report)
    run.work.note("results.json and \(RunFolder.report) are in \(run.folder.url.path)")
  }

  private func estimate(_ model: Int, _ path: KeyPath<Score, Double>) -> Estimate {
    Estimate(of: scores.map { $0[model][keyPath: path] })
  }

  private func best(_ model: Int, _ path: KeyPath<Score, Double>) -> String {
    String(format: "%.3g", scores.map { $0[model][keyPath: path] }.min()!)
  }

  private var table: TextTable {
    var table = TextTable(columns: [
      "", "log-probability", "accuracy", "calibration error", "KL from the bag", "bytes",
      "µs, one image", "µs an image of many",
    ])
    for (model, score) in scores[0].enumerated() {
      table.append([
        score.name, estimate(model, \.logProbability).description,
        estimate(model, \.accuracy).description, estimate(model, \.calibrationError).description,
        model == 0 ? "0" : estimate(model, \.divergence).description, grouped(score.bytes),
        best(model, \.latency), best(model, \.perImage),
      ])
    }
    return table
  }

  private var differences: TextTable {
    var table = TextTable(columns: [
      "student minus …", "log-probability", "accuracy", "calibration error",
    ])
    func difference(_ model: Int, _ path: KeyPath<Score, Double>) -> String {
      Estimate(of: scores.map { $0[1][keyPath: path] - $0[model][keyPath: path] }).description
    }
    for model in scores[0].indices where model != 1 {
      table.append([
        scores[0][model].name, difference(model, \.logProbability), difference(model, \.accuracy),
        difference(model, \.calibrationError),
      ])
    }
    return table
  }

  private var tried: TextTable {
    TextTable(
      columns: ["tried", "log-probability"],
      rows: choice.tried.map { [$0.name, String(format: "%.4f", $0.logProbability)] }
    )
  }

  private var charts: [BarChart] {
    [
      ("Mean log-probability of the true class", "nats", \Score.logProbability),
      ("Calibration error", "expected error", \.calibrationError),
    ].map { title, axis, path in
      BarChart(
        title: title,
        y: Axis(axis),
        bars: scores[0].indices.map { BarChart.Bar(scores[0][$0].name, estimate($0, path)) }
      )
    }
  }
}
