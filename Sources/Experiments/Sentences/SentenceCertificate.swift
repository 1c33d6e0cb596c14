import Distill
import Foundation
import Runs

/// How much better students embed sentences for having had a teacher, seed by seed and on the same
/// synsets.
package struct SentenceCertificate: CertificateEvidence {
  package static let application = "sentences"
  package static let times: Set = ["sentencesPerSecond"]

  package typealias Measure = SentenceMeasurement.Measure

  package struct Value: Codable {
    package let measure: Measure
    package let value: Measured
    /// Less that of the same student without a teacher; nil where there is none.
    package let gain: Measured?
  }

  package struct Model: Codable {
    package let name: String
    package let parameters: Int
    package let values: [Value]
    package let sentencesPerSecond: Double

    package subscript(_ measure: Measure) -> Value { values.first { $0.measure == measure }! }
  }

  package var event = "certificate"
  package var application: String? = Self.application
  package var program = programVersion
  package let trainingTexts: Int
  package let testSynsets: Int
  package let margin: Double
  /// What the word is about: the last taught student that has its control beside it, and how it finds
  /// examples.
  package let student: String
  package let control: String
  package let word: Verdict
  package let models: [Model]
  package var provenance: Provenance?
  package var seal: String?

  package init(_ measured: SentenceMeasurement) throws {
    let recipe = measured.world.recipe
    (trainingTexts, testSynsets, margin) = (recipe.training, recipe.test, recipe.margin)
    func values(_ arm: SentenceArm, _ measure: Measure) -> Tensor? {
      measured.models.first { $0.role == .student(arm) }?.values[measure]
    }
    models = measured.models.map { model in
      Model(
        name: model.name,
        parameters: model.parameters,
        values: Measure.allCases.map { measure in
          var gain: Measured?
          if case .student(let arm) = model.role, arm != arm.control,
            let control = values(arm.control, measure)
          {
            gain = Measured(model.values[measure]! - control)
          }
          return Value(
            measure: measure,
            value: Measured(model.values[measure]!),
            gain: gain
          )
        },
        sentencesPerSecond: model.sentencesPerSecond
      )
    }
    let certified = recipe.students.last {
      $0.isTaught && $0.isStatic && recipe.students.contains($0.control)
    }
    let arm =
      certified ?? recipe.students.last { $0.isTaught && recipe.students.contains($0.control) }!
    (student, control) = (arm.rawValue, arm.control.rawValue)
    let gain = models.first { $0.name == arm.rawValue }![.exampleRank].gain!
    word = Verdict(level: 0.95, margin: margin) { gain.interval(level: $0) }
  }

  private func model(_ name: String) -> Model { models.first { $0.name == name }! }

  /// The sentences that say it all.
  package var lesson: String {
    let (own, teacher) = (model(student), models[0])
    let gain = own[.exampleRank].gain!
    let interval = gain.interval(level: 0.95)
    func percent(_ measure: Measure, _ model: Model) -> String {
      String(format: "%.0f%%", 100 * model[measure].value.mean / teacher[measure].value.mean)
    }
    return
      "\(word): '\(student)' finds the example of a definition with a reciprocal rank that is "
      + "\(gain.text(100, digits: 1, signed: true)) points away from that of '\(control)' (95%: "
      + String(format: "%+.1f to %+.1f", 100 * interval.lowerBound, 100 * interval.upperBound)
      + String(format: "; a difference of %.1f would not matter). ", 100 * margin)
      + "It keeps \(percent(.exampleRank, own)) of the teacher's reciprocal rank, and "
      + "\(percent(.topic, own)) of its accuracy of topics; "
      + String(
        format:
          "from text it is %.0f times faster, and its similarities have a rank correlation of ",
        own.sentencesPerSecond / teacher.sentencesPerSecond
      ) + String(format: "%.3f with the teacher's.", own[.rank].value.mean)
  }

  /// Every model.
  package var table: TextTable {
    var table = TextTable(
      columns: [""] + Measure.allCases.map(\.rawValue) + ["parameters", "sentences/s"]
    )
    for own in models {
      table.append(
        [own.name]
          + own.values.map { value in
            value.measure == .rank
              ? value.value.text(digits: 3) : value.value.text(100, digits: 1)
          } + [grouped(own.parameters), grouped(Int(own.sentencesPerSecond))]
      )
    }
    return table
  }

  /// What the teacher was worth.
  package var gains: TextTable {
    var table = TextTable(columns: [""] + Measure.allCases.map { "\($0.rawValue)" })
    for own in models where own.values.contains(where: { $0.gain != nil }) {
      table.append(
        ["\(own.name) − contrast"]
          + own.values.map { value in
            value.measure == .rank
              ? value.gain!.text(digits: 3, signed: true)
              : value.gain!.text(100, digits: 1, signed: true)
          }
      )
    }
    return table
  }

  package var text: String {
    [table.text(width: 160), gains.text(width: 160), lesson].joined(separator: "\n") + "\n"
  }
}
