import Distill
import Foundation

/// Prints what a demo showed and writes it into its folder.
package struct DemoReport {
  private let demo: DemoRun
  private var run: Run { demo.run }
  private var plan: DemoPlan { demo.plan }

  package init(_ demo: DemoRun) { self.demo = demo }

  /// The first part, as soon as it is there.
  package func show(_ few: DemoComparison) {
    let lesson = DemoResults.lesson(few, plan, images: demo.training.count)
    show(few, lesson, part: "few labels")
  }

  package func write(_ results: DemoResults) throws {
    let parts = [
      (results.fewLabels, results.fewLabelsLesson), (results.allLabels, results.allLabelsLesson),
    ]
    let text = parts.map { $0.text($1) }.joined(separator: "\n\n")
    try run.folder.write(text, to: RunFolder.table)
    let few = results.fewLabels.scores.map { score in
      var score = score
      score.name = "\(results.fewLabels.title), \(score.name)"
      return score
    }
    try run.folder.record(few + results.allLabels.scores, by: "name")
    try run.folder.write(page(results).html, to: RunFolder.report)
    show(results.allLabels, results.allLabelsLesson, part: "all labels")
    run.work.note(
      "the students, recipe, metrics and report are in \(run.folder.url.path)"
    )
  }

  private func show(_ comparison: DemoComparison, _ lesson: String, part: String) {
    run.work.show(
      "\n" + comparison.text(lesson),
      Answer(part: part, scores: comparison.scores, lesson: lesson)
    )
  }

  private struct Answer: Codable {
    var event = "result"
    let part: String
    let scores: [ModelScore]
    let lesson: String
  }

  private func page(_ results: DemoResults) -> Report {
    Report(
      title: "An ensemble of \(plan.members) in one small network",
      sections: [
        .heading("Few labels, many images"),
        .paragraph(results.fewLabelsLesson),
        .table(results.fewLabels.table),
        .chart(
          BarChart(
            title: "Right on new images",
            y: Axis("share of the test images"),
            bars: results.fewLabels.scores.map { .init($0.name, $0.accuracy) }
          )
        ),
        .heading("All labels"),
        .paragraph(results.allLabelsLesson),
        .table(results.allLabels.table),
        .chart(
          BarChart(
            title: "How far each student is from the ensemble",
            y: Axis("KL from the ensemble, nats"),
            bars: results.allLabels.students.map { .init($0.name, $0.divergence!) }
          )
        ),
        .paragraph(
          """
          On \(grouped(demo.test.count)) test images that served for nothing else. After ± stand \
          two standard errors, in parentheses the interval as wide of a share (Wilson). Gains are \
          differences from the student on the labels, image by image; all students started from \
          the same weights. KL is that of the student from the ensemble, in nats.
          """
        ),
        .heading("How it was made"),
        .facts(facts(results)),
        .paragraph("Everything needed to repeat the run is in recipe.yaml beside this page."),
      ]
    )
  }

  private func facts(_ results: DemoResults) -> [(name: String, value: String)] {
    let few = plan.fewLabels
    return [
      (
        "images",
        "\(grouped(demo.training.count)), of which \(grouped(few.labels)) have labels at first"
      ),
      (
        "members",
        "\(few.members) of \(FewLabelsPlan.teacher) on few labels, \(plan.members) of "
          + "mlp:784-500-300-10 on all, each on its own bootstrap resample"
      ),
      (
        "passes with few labels",
        "\(few.memberEpochs) for members, \(few.controlEpochs) for students on the images with "
          + "labels, \(few.studentEpochs) for the one on all images"
      ),
      (
        "passes with all labels",
        "\(plan.memberEpochs) for members, \(plan.studentEpochs) for students, the same batches for "
          + "all three"
      ),
      ("third student", DemoStudent.derivatives.loss(plan).description),
      ("seed", "\(run.seed)"),
      (
        "BFloat16 products",
        "change a probability of the ensemble by at most \(scientific(results.roundingError))"
      ),
    ]
  }
}

/// A small number such as "6.1e-05".
package func scientific(_ number: Double) -> String { String(format: "%.1e", number) }
