import Distill
import Foundation

/// Prints the results of a demo and writes them into its folder.
struct DemoReport {
  private let results: DemoResults
  private let demo: DemoRun
  private var run: ExperimentRun { demo.run }

  init(_ results: DemoResults, _ demo: DemoRun) {
    (self.results, self.demo) = (results, demo)
  }

  func write() throws {
    let table = results.table.text(width: 80)
    try run.folder.write(table + "\n" + results.lesson + "\n", to: RunFolder.table)
    try run.folder.record(results.students + [results.ensemble], by: "name")
    try run.folder.write(page.html, to: RunFolder.report)
    run.console.show(
      "\n\(table)\n\(results.lesson)\n",
      Answer(scores: results.students + [results.ensemble], lesson: results.lesson)
    )
    run.console.say(
      "the students, recipe, metrics and report are in \(run.folder.url.path)"
    )
  }

  private struct Answer: Codable {
    var event = "result"
    let scores: [ModelScore]
    let lesson: String
  }

  private var page: Report {
    Report(
      title: "An ensemble of \(demo.plan.members) in one small network",
      sections: [
        .paragraph(results.lesson),
        .table(results.table),
        .paragraph(
          """
          On \(grouped(demo.test.count)) test images that served for nothing else. After ± stand \
          two standard errors, in parentheses the interval as wide of a share (Wilson). Gains are \
          differences from the student on the labels, image by image; all three students started from \
          the same weights and saw the same batches. KL is that of the student from the ensemble, in \
          nats.
          """
        ),
        .chart(divergences),
        .heading("How it was made"),
        .facts([
          ("images", grouped(demo.training.count)),
          ("members", "\(demo.plan.members) of 784-500-300-10, each on its own bootstrap resample"),
          (
            "passes",
            "\(demo.plan.memberEpochs) for members, \(demo.plan.studentEpochs) for students"
          ),
          ("third student", DemoStudent.derivatives.loss(demo.plan).description),
          ("seed", "\(run.seed)"),
          (
            "BFloat16 products",
            "change a probability of the ensemble by at most \(scientific(results.roundingError))"
          ),
        ]),
        .paragraph("Everything needed to repeat the run is in recipe.yaml beside this page."),
      ]
    )
  }

  private var divergences: BarChart {
    BarChart(
      title: "How far each student is from the ensemble",
      y: Axis("KL from the ensemble, nats"),
      bars: results.students.map { .init($0.name, $0.divergence!) }
    )
  }
}

/// A small number such as "6.1e-05".
func scientific(_ number: Double) -> String { String(format: "%.1e", number) }
