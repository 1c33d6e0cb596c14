import Distill
import Foundation
import Runs

/// How much better students of languages with few labels are for having had teachers of many languages.
package struct LanguagesCertificate: CertificateEvidence {
  package static let application = "languages"
  package static let times: Set = ["captionsPerSecond"]

  package struct Student: Codable {
    package let name: String
    package let accuracy: Measured
    /// Less that of the students on labels; nil for these.
    package let gain: Measured?
  }

  /// Of one language, or of all.
  package struct Part: Codable {
    package let language: String
    package let captions: Int
    package let ensemble: Measured
    package let students: [Student]
  }

  package struct Cost: Codable {
    package let parameters: Int
    package let captionsPerSecond: Double
  }

  package var event = "certificate"
  package var application: String? = Self.application
  package var program = programVersion
  package let classes: [String]
  package let labels: Int
  package let seeds: Int
  package let ensemble: Cost
  package let studentCost: Cost
  /// What the word is about: the best on the validation stamps, over all languages.
  package let student: String
  package let margin: Double
  package let word: Verdict
  package let all: Part
  package let languages: [Part]
  /// Shares of the captions without labels that the ensemble classifies rightly.
  package let rightOfUnlabelled: Double
  package let rightOfKept: Double
  package let validation: [Double]
  package let choice: LanguageChoice
  package var provenance: Provenance?
  package var seal: String?

  package init(_ measured: LanguageMeasurement, _ choice: LanguageChoice) throws {
    let (world, recipe) = (measured.world, measured.world.recipe)
    func part(_ place: Int?) -> Part {
      let stamps = world.test.filter { stamp in
        place.map { stamp.captions[recipe.languages[$0]] != nil } ?? true
      }
      return Part(
        language: place.map { recipe.languages[$0] } ?? "all",
        captions: stamps.count,
        ensemble: measured.ensemble(place),
        students: recipe.students.enumerated().map { arm, kind in
          Student(
            name: kind.rawValue,
            accuracy: measured.accuracy(arm, place),
            gain: measured.gain(arm, place)
          )
        }
      )
    }
    classes = world.classes
    (labels, seeds, margin) = (recipe.labels, recipe.seeds, recipe.margin)
    ensemble = Cost(
      parameters: measured.teachers[0].reduce(0) { $0 + $1.parameterCount },
      captionsPerSecond: try measured.captionsPerSecond(Ensemble(measured.teachers[0]))
    )
    let first = measured.students[measured.best][0][0]
    studentCost = Cost(
      parameters: first.parameterCount,
      captionsPerSecond: try measured.captionsPerSecond(ModuleTeacher(first))
    )
    all = part(nil)
    languages = recipe.languages.indices.map { part($0) }
    (rightOfUnlabelled, rightOfKept) = measured.unlabelled
    validation = measured.validation
    self.choice = choice
    student = recipe.students[measured.best].rawValue
    let own = all.students[measured.best].gain!
    word = Verdict(level: 0.95, margin: margin) { own.interval(level: $0) }
  }

  private var certified: Student { all.students.first { $0.name == student }! }

  /// The sentence that says it all.
  package var lesson: String {
    let gain = certified.gain!
    let interval = gain.interval(level: 0.95)
    let better = languages.count { part in
      part.students.first { $0.name == student }!.gain!.mean > 0
    }
    return
      "\(word): with \(student), the best on validation stamps, students of \(languages.count) languages "
      + "with \(labels) labels each classify \(gain.text(100, digits: 2, signed: true)) points of "
      + "captions more rightly than on the labels alone (95%: \(bound(interval.lowerBound)) to "
      + "\(bound(interval.upperBound)); a difference of \(percent(margin)) would not matter), on "
      + "\(all.captions) stamps and \(seeds) seeds, more in \(better) of \(languages.count) languages."
  }

  private func bound(_ value: Double) -> String {
    value.isFinite ? String(format: "%+.2f", 100 * value) : "?"
  }

  /// Accuracies in percent.
  package var accuracies: TextTable {
    var table = TextTable(
      columns: ["accuracy %", "captions", "ensemble"] + all.students.map(\.name)
    )
    for part in languages + [all] {
      table.append(
        [part.language, "\(part.captions)", part.ensemble.text(100, digits: 1)]
          + part.students.map { $0.accuracy.text(100, digits: 1) }
      )
    }
    return table
  }

  package var gains: TextTable {
    let taught = all.students.filter { $0.gain != nil }
    var table = TextTable(columns: ["− labels, points"] + taught.map(\.name))
    for part in languages + [all] {
      table.append(
        [part.language] + part.students.compactMap { $0.gain?.text(100, digits: 1, signed: true) }
      )
    }
    return table
  }

  package var costs: TextTable {
    TextTable(
      columns: ["", "parameters", "captions/s"],
      rows: [("ensemble", ensemble), ("student", studentCost)].map {
        [$0, grouped($1.parameters), grouped(Int($1.captionsPerSecond))]
      }
    )
  }

  private var labelling: String {
    "Of the captions without labels the ensemble classifies \(percent(rightOfUnlabelled))% rightly, of the "
      + "\(short(100 * choice.kept))% that it is surest of \(percent(rightOfKept))%."
  }

  package var text: String {
    [
      accuracies.text(width: 140), gains.text(width: 140), costs.text(width: 140), labelling + "\n",
      lesson,
    ].joined(separator: "\n") + "\n"
  }
}
