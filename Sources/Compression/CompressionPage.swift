import Exchange
import Foundation
import Reporting
import Tensors

/// What the page of a compression shows beside its table: how the trainings went, whether the models
/// are right as often as they say, which classes they find, and where student and teacher differ.
package struct CompressionPage {
  package let results: CompressionResults
  package let training: CompressionTraining
  package let folder: RunFolder

  package func add(to report: inout Report) throws {
    let curves = try Self.lossCharts(in: folder) + validationCharts()
    if !curves.isEmpty {
      report.add(.heading("On the way"))
      report.add(.charts(curves))
      for remark in try folder.metrics(TrainingRemark.self) {
        report.add(.paragraph("Note: \(remark.remark)."))
      }
    }
    report.add(.heading("By class, on the test examples"))
    addClasses(to: &report)
    report.add(.charts([reliability]))
    try addDifferences(to: &report)
  }

  // MARK: On the way

  /// The losses that the metrics recorded, smoothed.
  static func lossCharts(in folder: RunFolder) throws -> [any Chart] {
    let metrics = try folder.metrics(TrainingMetric.self).filter { $0.seconds == nil }
    let lines = CompressionRole.allCases.compactMap { role -> LineChart.Line? in
      let own = metrics.filter { $0.network == role.rawValue && $0.loss.isFinite }
      guard !own.isEmpty else { return nil }
      let smooth = smoothed(own.map(\.loss), over: max(1, own.count / 12))
      return LineChart.Line(
        role.rawValue + ", its own loss",
        zip(own, smooth).map { LineChart.Point(x: Double($0.step), y: $1) }
      )
    }
    guard !lines.isEmpty else { return [] }
    return [
      LineChart(
        title: "The loss of the steps, smoothed",
        x: Axis("step"),
        y: Axis("loss"),
        lines: lines,
        hasDots: false
      )
    ]
  }

  /// The losses with what was remarkable about the trainings.
  static func addCurves(to report: inout Report, in folder: RunFolder) throws {
    let curves = try lossCharts(in: folder)
    guard !curves.isEmpty else { return }
    report.add(.heading("On the way"))
    report.add(.charts(curves))
    for remark in try folder.metrics(TrainingRemark.self) {
      report.add(.paragraph("Note: \(remark.remark)."))
    }
  }

  /// Means over windows that are centred where there is room.
  package static func smoothed(_ values: [Double], over width: Int) -> [Double] {
    values.indices.map { index in
      let half = min(width / 2, index, values.count - 1 - index)
      let window = values[(index - half)...(index + half)]
      return window.reduce(0, +) / Double(window.count)
    }
  }

  /// Student and control by the same measure, each on one scale.
  private func validationCharts() throws -> [any Chart] {
    let looks = try folder.metrics(ValidationMetric.self)
    func chart(_ title: String, _ measure: KeyPath<ValidationMetric, Double?>) -> LineChart? {
      let lines = CompressionRole.allCases.compactMap { role -> LineChart.Line? in
        let points = looks.filter { $0.network == role.rawValue }.compactMap { look in
          look[keyPath: measure].map { LineChart.Point(x: Double(look.step), y: $0) }
        }
        return points.isEmpty ? nil : LineChart.Line(role.rawValue, points)
      }
      return lines.isEmpty
        ? nil
        : LineChart(title: title, x: Axis("step"), y: Axis("nats"), lines: lines, hasDots: false)
    }
    return [
      chart("Validation: KL from the teacher", \.divergence),
      chart("Validation: cross-entropy of the labels", \.crossEntropy),
    ].compactMap { $0 }
  }

  // MARK: By class

  private func addClasses(to report: inout Report) {
    let recalls = results.predictions.map { (name: $0.name, recalls: ClassRecalls($0.own)) }
    let balanced = recalls.map {
      "\($0.name) \(String(format: "%.1f", 100 * $0.recalls.balancedAccuracy))%"
    }
    report.add(
      .paragraph(
        "Balanced accuracy, the mean recall of the classes: \(balanced.joined(separator: ", "))."
      )
    )
    report.add(.table(ClassRecalls.table(recalls, training.data.classes)))
    if let table = recalls[0].recalls.confusionTable(training.data.classes) {
      report.add(.paragraph("What the student takes each class for:"))
      report.add(.table(table))
    }
  }

  private var reliability: ReliabilityDiagram {
    ReliabilityDiagram(
      title: "Is it right as often as it says?",
      models: results.predictions.map { model in
        ReliabilityDiagram.Model(
          model.name,
          Calibration(
            confidences: model.own.confidence,
            correctness: model.own.correctness,
            resamples: 2
          )
        )
      }
    )
  }

  // MARK: Where they differ

  private func addDifferences(to report: inout Report) throws {
    let found = try results.differing(training)
    guard !found.examples.isEmpty else { return }
    report.add(.heading("Where student and teacher differ most"))
    if let sheet = found.sheet {
      report.add(.chart(Picture(title: "From the largest KL on, row by row", png: Array(sheet))))
    }
    var table = TextTable(
      columns: ["test example", "label", "the teacher says", "the student says", "KL"],
      alignments: [.right, .left, .left, .left, .right]
    )
    for example in found.examples {
      table.append([
        "\(example.number)", example.label ?? "", example.teacher, example.student,
        String(format: "%.3g", example.difference),
      ])
    }
    report.add(.table(table))
  }
}
