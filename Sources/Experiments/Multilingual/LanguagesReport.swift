import Distill
import Foundation
import Runs

/// Tables, captions and the certificate of a run.
package struct LanguagesReport {
  private let measured: LanguageMeasurement
  private let certificate: LanguagesCertificate

  private var world: LanguageWorld { measured.world }
  private var recipe: LanguagesExperiment { world.recipe }

  package init(_ measured: LanguageMeasurement, _ certificate: LanguagesCertificate) {
    (self.measured, self.certificate) = (measured, certificate)
  }

  package func write(_ run: Run) throws {
    try run.publish(certificate, certificate.text, page, with: "classifiers")
  }

  private var page: Report {
    Report(
      title: "Students of languages with few labels",
      sections: [
        .callout(certificate.word.rawValue, certificate.lesson),
        .paragraph(
          """
          \(world.summary). Teachers learn from all languages together, among them the few labels of the \
          students'. Students of one kind see as many batches as those on labels. After ± stand two \
          standard errors over \(recipe.seeds) seeds, each with labels, teachers and students of its own, \
          and over test stamps; differences are paired by both. Captions of one stamp in several \
          languages succeed and fail together, so that over all languages the stamps are the examples.
          """
        ),
        .table(certificate.accuracies), .chart(gains), .table(certificate.gains),
        .table(certificate.costs), .heading("Some test captions"), .table(captions),
        .heading("Tried on the validation stamps"),
        .table(
          TextTable(
            columns: ["", "accuracy %"],
            rows: certificate.choice.tried.map { [$0.name, percent($0.accuracy)] }
          )
        ),
        .facts([
          ("machine", MachineFacts.current(device: world.device).processor),
          ("threads", "\(Machine.threads)"), ("classes", world.classes.joined(separator: ", ")),
          ("teachers learn from", recipe.related.joined(separator: ", ")),
          ("steps of a teacher", grouped(recipe.teacherSteps)),
          ("steps of a student", grouped(recipe.steps)), ("captions of a step", "\(recipe.batch)"),
        ]), .paragraph("recipe.yaml beside this page repeats the run, certificate.json proves it:"),
        .code("distill replay certificate.json"),
      ]
    )
  }

  private var gains: IntervalChart {
    let name = certificate.student
    return IntervalChart(
      title: "\(name): accuracy less that of the students on labels",
      x: Axis("percentage points"),
      rows: (certificate.languages + [certificate.all]).map { part in
        let gain = part.students.first { $0.name == name }!.gain!
        let interval = gain.interval(level: 0.95)
        return .init(
          part.language,
          value: 100 * gain.mean,
          lower: 100 * interval.lowerBound,
          upper: 100 * interval.upperBound
        )
      },
      reference: 0,
      band: -100 * recipe.margin...100 * recipe.margin
    )
  }

  /// What the first seed's networks say about the first test stamp of each language.
  private var captions: TextTable {
    let arms = [recipe.students.firstIndex(of: .labels)!, measured.best]
    let rows = recipe.languages.enumerated().compactMap { place, language -> [String]? in
      guard let stamp = world.test.first(where: { $0.captions[language] != nil }) else {
        return nil
      }
      let inputs = world.examples(language, [stamp]).inputs
      func said(_ teacher: any Teacher) -> String {
        guard let seen = try? teacher.observe(inputs).probabilities() else { return "–" }
        let best = seen[0].indexOfMaximum().scalar(Int.self)
        return world.classes[best] + String(format: " %.2f", seen[0][best].doubleValue)
      }
      return [
        language, stamp.captions[language]!, world.classes[stamp.label],
        said(Ensemble(measured.teachers[0])),
      ] + arms.map { said(ModuleTeacher(measured.students[$0][place][0])) }
    }
    return TextTable(
      columns: ["", "caption", "class", "ensemble"] + arms.map { recipe.students[$0].rawValue },
      rows: rows
    )
  }
}
