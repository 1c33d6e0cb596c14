import Distill
import Foundation
import Runs

/// Tables, a chart and the certificate of a run.
package struct AcousticReport {
  private let measured: AcousticMeasurement
  private let certificate: AcousticCertificate

  private var world: AcousticWorld { measured.world }
  private var recipe: AcousticExperiment { world.recipe }

  package init(_ measured: AcousticMeasurement, _ certificate: AcousticCertificate) {
    (self.measured, self.certificate) = (measured, certificate)
  }

  package func write(_ run: Run) throws {
    try run.publish(certificate, certificate.text, page, with: "networks")
  }

  private var page: Report {
    var sections: [Report.Section] = [
      .callout(certificate.word.rawValue, certificate.lesson),
      .paragraph(
        """
        \(world.summary). The teacher learnt from the clean utterances alone. Every student did too, and \
        was then adapted by the labelled utterances of the target domain, in as many steps each; \
        fine-tuned is the control. After ± stand two standard errors: over \(recipe.seeds) seeds, each \
        with first weights, an order and labelled utterances of its own, and over the test utterances. \
        Differences are paired by seed and by utterance.
        """
      ),
      .table(certificate.table),
      .chart(
        gains("Words recognised less those of fine-tuned students", recipe.margin, \.wordGain)
      ), .chart(gains("Frames, likewise", nil, \.frameGain)),
      .paragraph(
        """
        A frame of speech is right when its most probable class, silence among them, is its word; the \
        share of an utterance's frames counts. The word of an utterance is the one that the frames' \
        probabilities add up to most.
        """
      ),
      .heading("By speaker"), .table(certificate.table(\.words, "words % of each speaker")),
      .table(certificate.table(\.frames, "frames % of each speaker")),
    ]
    if !certificate.choice.tried.isEmpty {
      sections += [
        .heading("Tried on the validation utterances"),
        .table(
          TextTable(
            columns: ["", "frames %", "words %"],
            rows: certificate.choice.tried.map {
              [$0.name, percent($0.frameAccuracy), percent($0.wordAccuracy)]
            }
          )
        ),
      ]
    }
    sections += [
      .facts([
        ("machine", MachineFacts.current(device: world.test.inputs.device).processor),
        ("threads", "\(Machine.threads)"), ("steps of the teacher", grouped(recipe.teacherSteps)),
        ("steps on the source domain", grouped(recipe.sourceSteps)),
        ("steps of each adaptation", grouped(recipe.steps)),
        ("utterances of a step", "\(recipe.batch)"),
      ]), .paragraph("recipe.yaml beside this page repeats the run, certificate.json proves it:"),
      .code("distill replay certificate.json"),
    ]
    return Report(title: "An acoustic model in another domain", sections: sections)
  }

  private func gains(
    _ title: String,
    _ margin: Double?,
    _ gain: (AcousticCertificate.Student) -> SeededEstimate?
  ) -> IntervalChart {
    IntervalChart(
      title: title,
      x: Axis("percentage points"),
      rows: certificate.students.compactMap { own in
        gain(own).map { gain in
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
      band: margin.map { -100 * $0...100 * $0 }
    )
  }
}
