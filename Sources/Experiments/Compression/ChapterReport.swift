import Distill
import Foundation
import Runs

/// The tables, figures and claims of the chapter.
package struct ChapterReport {
  private let results: ChapterResults
  private let run: Run
  private var options: CompressionExperiment { results.options }

  package init(_ results: ChapterResults, _ run: Run) {
    (self.results, self.run) = (results, run)
  }

  package func write() throws {
    let tables = results.regimes.map { $0.table.text(width: 160) }
    let text = (tables + [claims.isEmpty ? "" : claimTable.text(width: 160)])
      .joined(separator: "\n")
    try run.folder.write(text, to: RunFolder.table)
    try run.folder.write(page.html, to: RunFolder.report)
    try run.folder.write(
      results.regimes.map { jsonLine($0) }.joined(),
      to: "results.jsonl"
    )
    if !claims.isEmpty { run.work.show("\n" + claimTable.text(width: 160), claims) }
    run.work.note("tables, figures and students are in \(run.folder.url.path)")
  }

  private var page: Report {
    var sections: [Report.Section] = [
      .paragraph(
        """
        At each number of images, \(options.members) networks \(widths(options.memberHidden)) were \
        trained on their own bootstrap resamples and became one teacher; students \
        \(widths(options.studentHidden)) learnt from it in \(options.seeds) repetitions with other \
        first weights and another order of batches, the same for all students of a repetition.
        """
      )
    ]
    sections += charts.map { .chart($0) }
    if !claims.isEmpty {
      sections += [
        .heading("With derivatives or noise against soft targets alone"),
        .table(claimTable),
        .paragraph(
          """
          Intervals hold all \(claims.count) differences together at 95% (Bonferroni); both \
          repetitions and test images count as samples. A negative difference of KL is closer to \
          the ensemble.
          """
        ),
      ]
    }
    for regime in results.regimes {
      sections += [.heading("\(grouped(regime.images)) images"), .table(regime.table)]
    }
    sections += [
      .paragraph(
        """
        After ± stand two standard errors. KL is that of the student from the ensemble, in nats. \
        Test images served for nothing else.
        """
      ),
      .paragraph("recipe.yaml beside this page repeats the run; results.jsonl has all numbers."),
    ]
    return Report(title: "Compression of an ensemble on Fashion-MNIST", sections: sections)
  }

  private func widths(_ hidden: [Int]) -> String {
    (["784"] + (hidden + [options.outputs]).map(String.init)).joined(separator: "-")
  }

  /// The name of a line: without the weight where that follows the number of images.
  private func name(ofStudents index: Int) -> String {
    let names = results.regimes.map { $0.students[index].name }
    return Set(names).count == 1 ? names[0] : names[0].replacing(#/\+ [0-9.e-]+ /#, with: "+ ")
  }

  private var charts: [LineChart] {
    let x = Axis("training inputs", scale: .logarithmic)
    func chart(
      _ title: String,
      _ y: String,
      _ measure: (CompressionScore) -> Measured?
    ) -> LineChart {
      func line(_ name: String, _ pick: (CompressionScores) -> CompressionScore?) -> LineChart.Line
      {
        LineChart.Line(
          name,
          results.regimes.compactMap { regime in
            pick(regime).flatMap(measure).map {
              .init(x: Double(regime.images), y: $0.mean, error: 2 * $0.standardError)
            }
          }
        )
      }
      let count = results.regimes.map(\.students.count).min() ?? 0
      let lines = (0..<count).map { index in
        line(name(ofStudents: index)) { $0.students[index] }
      }
      let ensemble = line("ensemble", \.ensemble)
      let all = lines + (ensemble.points.isEmpty ? [] : [ensemble])
      return LineChart(title: title, x: x, y: Axis(y), lines: all)
    }
    return [
      chart("Accuracy", "test accuracy", \.accuracy),
      chart("Log-probability", "mean test log-probability, nats", \.logProbability),
      chart("Distance from the ensemble", "KL from the ensemble, nats", \.divergence),
      chart("Agreement with the ensemble", "agreement", \.agreement),
    ]
  }

  /// A difference between soft targets with and without derivatives, or noise in their place.
  package struct Claim: Codable {
    package let images: Int
    package let student: String
    package let measure: String
    package let difference: Measured
    package let interval: [Double]
  }

  private var claims: [Claim] {
    var found: [(Int, String, String, Measured)] = []
    for regime in results.regimes {
      for student in regime.students where student.loss.isBesideSoft {
        for (name, change) in [
          ("KL", student.divergenceChange), ("agreement", student.agreementChange),
          ("log-probability", student.logProbabilityChange),
        ] {
          if let change { found.append((regime.images, student.name, name, change)) }
        }
      }
    }
    let level = 1 - 0.05 / Double(max(found.count, 1))
    return found.map { images, student, name, change in
      let interval = change.interval(level: level)
      return Claim(
        images: images,
        student: student,
        measure: name,
        difference: change,
        interval: [interval.lowerBound, interval.upperBound]
      )
    }
  }

  private var claimTable: TextTable {
    var table = TextTable(columns: [
      "student against soft targets alone", "images", "difference of", "mean", "interval", "says",
    ])
    for claim in claims {
      let isLower = claim.measure == "KL"
      let says =
        claim.interval[0] > 0
        ? (isLower ? "worse" : "better")
        : claim.interval[1] < 0 ? (isLower ? "better" : "worse") : "undecided"
      table.append([
        claim.student, grouped(claim.images), claim.measure,
        String(format: "%+.5f", claim.difference.mean),
        String(format: "[%+.5f, %+.5f]", claim.interval[0], claim.interval[1]), says,
      ])
    }
    return table
  }
}

extension CompressionScores {
  package var table: TextTable {
    var table = TextTable(columns: [
      "\(grouped(images)) images; student on …", "accuracy %", "log-probability", "agreement %",
      "KL", "accuracy gain", "log-prob. gain", "KL − soft's", "parameters", "µs/step",
    ])
    for score in students + [ensemble] {
      table.append([
        score.name,
        score.accuracy.text(100, digits: 1),
        score.logProbability.text(digits: 3),
        score.agreement?.text(100, digits: 1) ?? "–",
        score.divergence?.text(digits: 4) ?? "–",
        score.accuracyGain?.text(100, digits: 1, signed: true) ?? "–",
        score.logProbabilityGain?.text(digits: 3, signed: true) ?? "–",
        score.divergenceChange?.text(digits: 4, signed: true) ?? "–",
        grouped(score.parameters),
        score.secondsPerStep.map { String(format: "%.0f", $0 * 1e6) } ?? "–",
      ])
    }
    return table
  }
}
