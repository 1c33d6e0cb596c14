import Distill
import Foundation
import Runs

/// Tables, pictures and the certificate of a run.
package struct DetectionReport {
  private let measured: DetectionMeasurement
  private let certificate: DetectionCertificate

  private var world: DetectionWorld { measured.world }
  private var recipe: DetectionExperiment { world.recipe }

  package init(_ measured: DetectionMeasurement, _ certificate: DetectionCertificate) {
    (self.measured, self.certificate) = (measured, certificate)
  }

  package func write(_ run: Run) throws {
    try run.publish(certificate, certificate.text, page, with: "detectors")
  }

  private var page: Report {
    var sections: [Report.Section] = [
      .callout(certificate.word.rawValue, certificate.lesson),
      .paragraph(
        """
        \(world.summary). The teacher learnt from the labelled scenes alone, and so did the students \
        on labels, the control, which saw as many batches as the others. After ± stand two standard \
        errors: over \(recipe.seeds) seeds, each with first weights and an order of scenes of its own, \
        and over the test scenes, \(grouped(recipe.resamples)) times resampled, all networks on the \
        same. Differences are paired by seed and by scene.
        """
      ),
      .table(certificate.table), .chart(gains), .heading("What is found"), .chart(pictures),
      .heading("By class"), .table(byClass), .heading("Terms of the losses"),
      .table(certificate.termTable),
      .paragraph(
        """
        Values of the terms at the end of training, without their weights, on the first labelled scenes \
        of training, the mean over seeds. A term of a smaller weight may still be the larger.
        """
      ),
    ]
    if !certificate.choice.tried.isEmpty {
      sections += [
        .heading("Tried on the validation scenes"),
        .table(
          TextTable(
            columns: ["", "mAP@[.5:.95]"],
            rows: certificate.choice.tried.map { [$0.name, percent($0.precision)] }
          )
        ),
      ]
    }
    sections += [
      .facts([
        ("machine", MachineFacts.current(device: world.training.images.device).processor),
        ("threads", "\(Machine.threads)"), ("steps of the teacher", grouped(recipe.teacherSteps)),
        ("steps of each student", grouped(recipe.steps)), ("scenes of a step", "\(recipe.batch)"),
      ]), .paragraph("recipe.yaml beside this page repeats the run, certificate.json proves it:"),
      .code("distill replay certificate.json"),
    ]
    return Report(title: "A small detector and its teacher", sections: sections)
  }

  private var gains: IntervalChart {
    IntervalChart(
      title: "mAP@[.5:.95] less that of the students on labels",
      x: Axis("percentage points"),
      rows: certificate.students.compactMap { own in
        own.gain.map { gain in
          let interval = gain.interval()
          return .init(
            own.name,
            value: 100 * gain.mean,
            lower: 100 * interval.lowerBound,
            upper: 100 * interval.upperBound
          )
        }
      },
      reference: 0,
      band: -100 * recipe.margin...100 * recipe.margin
    )
  }

  private var byClass: TextTable {
    let columns =
      [("teacher", [measured.teacher])]
      + zip(recipe.students.map(\.name), measured.students).map { ($0, $1) }
    return TextTable(
      columns: ["mAP@[.5:.95]"] + columns.map { $0.0 },
      rows: world.classes.enumerated().map { label, name in
        [name]
          + columns.map { _, networks in
            let values = networks.compactMap { $0.precision.byClass[label] }
            return values.isEmpty ? "–" : percent(values.reduce(0, +) / Double(values.count))
          }
      }
    )
  }

  /// The first test scenes with what is there, and what teacher, control and student of the first seed
  /// find.
  private var pictures: MarkedPictures {
    let student = measured.students[measured.fullest][0]
    let networks = [measured.teacher, student, measured.control[0]]
    let scenes = Array(0..<min(6, world.test.truth.count))
    return MarkedPictures(
      title: "Test scenes, and detections of a probability above 0.3",
      columns: ["truth", "teacher", "student", "student on labels"],
      pictures: scenes.map { scene in
        let image = world.test.images[scene].moved(to: .cpu)
        let bytes = (image * 255 + 0.5).clamped(min: 0, max: 255.4).cast(to: .uint8)
        let pixels = bytes.shape[0] == 3 ? bytes.permuted(to: [1, 2, 0]) : bytes[0]
        return Picture(title: "scene \(scene + 1)", png: PNG.bytes(pixels))
      },
      marks: scenes.map { scene in
        [world.test.truth[scene].map { mark($0.box, world.classes[$0.label]) }]
          + networks.map { network in
            network.found[scene].filter { $0.score > 0.3 }.map {
              mark($0.box, world.classes[$0.label] + String(format: " %.2f", $0.score))
            }
          }
      }
    )
  }

  private func mark(_ box: Box, _ text: String) -> MarkedPictures.Mark {
    .init(left: box.left, top: box.top, right: box.right, bottom: box.bottom, text: text)
  }
}
