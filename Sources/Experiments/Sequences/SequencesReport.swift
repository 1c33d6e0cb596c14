import Distill
import Foundation
import Runs

/// Tables, text and the certificate of a run.
package struct SequencesReport {
  private let measured: SequenceMeasurement
  private let certificate: SequencesCertificate

  private var world: SequenceWorld { measured.world }
  private var recipe: SequencesExperiment { world.recipe }

  package init(_ measured: SequenceMeasurement, _ certificate: SequencesCertificate) {
    (self.measured, self.certificate) = (measured, certificate)
  }

  package func write(_ run: Run) throws {
    try run.publish(certificate, certificate.text, page(seed: run.seed), with: "models")
  }

  private func page(seed: UInt64) -> Report {
    var sections: [Report.Section] = [
      .callout(certificate.word.rawValue, certificate.lesson),
      .paragraph(
        """
        \(world.summary). The teacher learnt from the text alone. All students of one kind of tokens \
        begin with the same weights, and see as many batches; controls, which have no teacher, see the \
        text. After ± stand two standard errors over \(recipe.seeds) seeds, each with first weights and \
        an order of windows of its own, and over test glosses; differences are paired by both. There is \
        one teacher: what another would have taught is in no ±.
        """
      ),
      .table(certificate.table), .chart(gains),
      .heading("What the models write"), .table(written(seed: seed)),
    ]
    if !certificate.choice.tried.isEmpty {
      sections += [
        .heading("Tried on the validation glosses"),
        .table(
          TextTable(
            columns: ["learning rate of the control", "bits/byte"],
            rows: certificate.choice.tried.map { [short($0.learningRate), bits($0.bitsPerByte)] }
          )
        ),
      ]
    }
    sections += [
      .facts([
        ("machine", MachineFacts.current(device: world.device).processor),
        ("threads", "\(Machine.threads)"), ("steps of the teacher", grouped(recipe.teacherSteps)),
        ("steps of each student", grouped(recipe.steps)),
        ("positions of a step", grouped(recipe.batch * recipe.window)),
      ]), .paragraph("recipe.yaml beside this page repeats the run, certificate.json proves it:"),
      .code("distill replay certificate.json"),
    ]
    return Report(title: "A small language model and its teacher", sections: sections)
  }

  private var gains: IntervalChart {
    IntervalChart(
      title: "Bits per byte fewer than the control of the same tokens",
      x: Axis("bits per byte"),
      rows: certificate.students.compactMap { own in
        own.gain.map { gain in
          let interval = gain.interval(level: 0.95)
          return .init(
            own.name,
            value: gain.mean,
            lower: interval.lowerBound,
            upper: interval.upperBound
          )
        }
      },
      reference: 0,
      band: -recipe.margin...recipe.margin
    )
  }

  /// Some text of each model of the first seed, from the beginning of a gloss.
  private func written(seed: UInt64) -> TextTable {
    func text(_ model: SequenceModel, _ tokens: SequenceArm.Tokens) -> String {
      let drawn = model.continued(
        .zeros([1, 1], .int64, on: world.device),
        to: 100,
        using: RandomGenerator(seed: seed, on: world.device)
      )
      let bytes = world.vocabulary(tokens).decoded(drawn.flattened().scalars(Int.self))
      return String(decoding: bytes.dropFirst(), as: UTF8.self)
        .replacingOccurrences(of: "\n", with: " / ")
    }
    let rows = zip(recipe.students, measured.students).map { arm, networks in
      [arm.name, text(networks[0].model, arm.tokens)]
    }
    return TextTable(
      columns: ["", "drawn with one seed"],
      rows: [["teacher", text(measured.teacher.model, .bytes)]] + rows
    )
  }
}
