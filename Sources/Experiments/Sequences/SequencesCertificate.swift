import Distill
import Foundation
import Runs

/// How many bits a student saves for having had a teacher, seed by seed and on the same text.
package struct SequencesCertificate: CertificateEvidence {
  package static let application = "sequences"
  package static let times: Set = ["tokensPerSecond"]

  package struct Teacher: Codable {
    package let parameters: Int
    package let bitsPerByte: Measured
    package let tokensPerSecond: Double
  }

  package struct Student: Codable {
    package let name: String
    package let tokens: Int
    package let parameters: Int
    package let bitsPerByte: Measured
    /// Bits per byte fewer than the control's; nil for a control.
    package let gain: Measured?
    /// KL(teacher‖student) in bits per byte, and the share of bytes at which the most probable next one
    /// is the teacher's; nil where tokens are not the teacher's.
    package let divergence: Measured?
    package let agreement: Measured?
    package let validationBitsPerByte: Double
    package let tokensPerSecond: Double
  }

  package var event = "certificate"
  package var application: String? = Self.application
  package var program = programVersion
  package let testDocuments: Int
  package let testBytes: Int
  package let seeds: Int
  /// What the word is about: the best on bytes on the validation glosses.
  package let student: String
  package let margin: Double
  package let word: Verdict
  package let teacher: Teacher
  package let students: [Student]
  package let choice: SequenceChoice
  package var provenance: Provenance?
  package var seal: String?

  package init(_ measured: SequenceMeasurement, _ choice: SequenceChoice) throws {
    let recipe = measured.world.recipe
    testDocuments = measured.world.test.count
    testBytes = measured.world.test.reduce(0) { $0 + $1.count + 1 }
    (seeds, margin) = (recipe.seeds, recipe.margin)
    self.choice = choice
    teacher = Teacher(
      parameters: measured.teacher.model.parameterCount,
      bitsPerByte: measured.estimate([measured.teacher]) { $0.bits }!,
      tokensPerSecond: try measured.tokensPerSecond(measured.teacher.model)
    )
    students = try recipe.students.enumerated().map { place, arm in
      let networks = measured.students[place]
      return Student(
        name: arm.name,
        tokens: networks[0].model.tokenCount,
        parameters: networks[0].model.parameterCount,
        bitsPerByte: measured.estimate(networks) { $0.bits }!,
        gain: measured.gain(place),
        divergence: measured.estimate(networks) { $0.divergence },
        agreement: measured.estimate(networks) { $0.agreement },
        validationBitsPerByte: measured.validation(place),
        tokensPerSecond: try measured.tokensPerSecond(networks[0].model)
      )
    }
    student = recipe.students[measured.best].name
    let own = students[measured.best].gain!
    word = Verdict(level: 0.95, margin: margin) { own.interval(level: $0) }
  }

  private var certified: Student { students.first { $0.name == student }! }

  /// The sentence that says it all.
  package var lesson: String {
    let (own, gain) = (certified, certified.gain!)
    let interval = gain.interval(level: 0.95)
    let smaller = Double(teacher.parameters) / Double(own.parameters)
    let control = own.bitsPerByte.mean + gain.mean
    let closed = 100 * gain.mean / (control - teacher.bitsPerByte.mean)
    return
      "\(word): by \(student), the best on validation glosses, the student needs "
      + "\(gain.text(digits: 4, signed: true)) bits per byte fewer than the same student without a "
      + "teacher (95%: \(bound(interval.lowerBound)) to \(bound(interval.upperBound)); a difference of "
      + "\(short(margin)) would not matter), on \(grouped(testDocuments)) glosses and \(seeds) seeds"
      + (control > teacher.bitsPerByte.mean
        ? ", \(String(format: "%.0f", closed))% of the way to the teacher" : "")
      + "; it is \(String(format: "%.1f", smaller)) times smaller than the teacher."
  }

  private func bound(_ value: Double) -> String {
    value.isFinite ? String(format: "%+.4f", value) : "?"
  }

  /// Every model.
  package var table: TextTable {
    var table = TextTable(columns: [
      "", "bits/byte", "− control", "KL, bits/byte", "agreement %", "parameters", "tokens/s",
    ])
    table.append([
      "teacher", teacher.bitsPerByte.text(digits: 4), "–", "–", "–", grouped(teacher.parameters),
      grouped(Int(teacher.tokensPerSecond)),
    ])
    for own in students {
      table.append([
        own.name, own.bitsPerByte.text(digits: 4), own.less ?? "–",
        own.divergence?.text(digits: 4) ?? "–",
        own.agreement?.text(100, digits: 2) ?? "–", grouped(own.parameters),
        grouped(Int(own.tokensPerSecond)),
      ])
    }
    return table
  }

  package var text: String { [table.text(width: 160), lesson].joined(separator: "\n") + "\n" }
}

extension SequencesCertificate.Student {
  /// What it needs more than the control, which is negative where it is better.
  fileprivate var less: String? {
    gain.map { String(format: "%+.4f ± %.4f", -$0.mean, 2 * $0.standardError) }
  }
}
