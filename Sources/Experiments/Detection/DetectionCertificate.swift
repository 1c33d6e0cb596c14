import Distill
import Foundation
import Runs

/// How much better a student detects for having had a teacher, seed by seed and on the same scenes.
package struct DetectionCertificate: CertificateEvidence {
  package static let application = "detection"
  package static let times: Set = ["imagesPerSecond", "detectedPerSecond"]

  package struct Teacher: Codable {
    package let parameters: Int
    package let meanPrecision: SeededEstimate
    package let precisionAtHalf: SeededEstimate
    package let speed: DetectionMeasurement.Speed
  }

  package struct Student: Codable {
    package let name: String
    package let parameters: Int
    package let meanPrecision: SeededEstimate
    package let precisionAtHalf: SeededEstimate
    /// Less those of the students on labels; nil for these.
    package let gain: SeededEstimate?
    package let gainAtHalf: SeededEstimate?
    package let speed: DetectionMeasurement.Speed
    /// What the terms of its loss came to at the end, the mean over its seeds.
    package let terms: [TermValue]
  }

  package var event = "certificate"
  package var application: String? = Self.application
  package var program = programVersion
  package let labelledScenes: Int
  package let unlabelledScenes: Int
  package let testScenes: Int
  /// What the word is about.
  package let student: String
  package let margin: Double
  package let word: Verdict
  package let teacher: Teacher
  package let students: [Student]
  package let choice: DetectionChoice
  package var provenance: Provenance?
  package var seal: String?

  /// - Parameter terms: `[arm][seed]`.
  package init(
    _ measured: DetectionMeasurement,
    _ choice: DetectionChoice,
    terms: [[[TermValue]]]
  ) throws {
    let recipe = measured.world.recipe
    (labelledScenes, unlabelledScenes) = (recipe.labelled, recipe.unlabelled)
    testScenes = measured.world.test.truth.count
    margin = recipe.margin
    self.choice = choice
    teacher = Teacher(
      parameters: measured.teacher.detector.parameterCount,
      meanPrecision: measured.estimate([measured.teacher], .mean),
      precisionAtHalf: measured.estimate([measured.teacher], .atHalf),
      speed: try measured.speed(measured.teacher)
    )
    students = try recipe.students.indices.map { place in
      let (arm, networks) = (recipe.students[place], measured.students[place])
      func gain(_ kind: DetectionMeasurement.Kind) -> SeededEstimate? {
        arm == .labels ? nil : measured.difference(networks, measured.control, kind)
      }
      return Student(
        name: arm.name,
        parameters: networks[0].detector.parameterCount,
        meanPrecision: measured.estimate(networks, .mean),
        precisionAtHalf: measured.estimate(networks, .atHalf),
        gain: gain(.mean),
        gainAtHalf: gain(.atHalf),
        speed: try measured.speed(networks[0]),
        terms: terms[place][0].indices.map { term in
          let values = terms[place].map { $0[term].value }
          return TermValue(
            term: terms[place][0][term].term,
            value: values.reduce(0, +) / Double(values.count)
          )
        }
      )
    }
    student = recipe.students[measured.fullest].name
    let own = students[measured.fullest].gain!
    word = Verdict(level: 0.95, margin: margin) { own.interval(level: $0) }
  }

  private var certified: Student { students.first { $0.name == student }! }

  /// The sentence that says it all.
  package var lesson: String {
    let (own, gain) = (certified, certified.gain!)
    let interval = gain.interval()
    let smaller = Double(teacher.parameters) / Double(own.parameters)
    let faster = own.speed.imagesPerSecond / teacher.speed.imagesPerSecond
    return
      "\(word): with its teacher the student is \(signed(gain)) mAP away from the same student "
      + "without one (95%: \(bound(interval.lowerBound)) to \(bound(interval.upperBound)); a "
      + "difference of \(percent(margin)) would not matter), on \(grouped(testScenes)) scenes and "
      + "\(gain.seedMeans.count) seeds; it is \(String(format: "%.1f", smaller)) times smaller and "
      + "\(String(format: "%.1f", faster)) times faster than the teacher."
  }

  private func bound(_ value: Double) -> String {
    value.isFinite ? String(format: "%+.2f", 100 * value) : "?"
  }

  private func signed(_ estimate: SeededEstimate) -> String {
    String(format: "%+.2f ± %.2f", 100 * estimate.mean, 200 * estimate.standardError)
  }

  /// Every detector.
  package var table: TextTable {
    func text(_ estimate: SeededEstimate?, isSigned: Bool = false) -> String {
      guard let estimate else { return "–" }
      if isSigned { return signed(estimate) }
      return String(format: "%.2f ± %.2f", 100 * estimate.mean, 200 * estimate.standardError)
    }
    func row(
      _ name: String,
      _ parameters: Int,
      _ numbers: [String],
      _ speed: DetectionMeasurement.Speed
    ) -> [String] {
      [name] + numbers + [
        grouped(parameters), grouped(Int(speed.imagesPerSecond)),
        grouped(Int(speed.detectedPerSecond)),
      ]
    }
    var table = TextTable(columns: [
      "", "mAP@[.5:.95]", "mAP@.5", "− labels", "− labels, @.5", "parameters", "images/s",
      "with boxes",
    ])
    table.append(
      row(
        "teacher",
        teacher.parameters,
        [text(teacher.meanPrecision), text(teacher.precisionAtHalf), "–", "–"],
        teacher.speed
      )
    )
    for own in students {
      table.append(
        row(
          own.name,
          own.parameters,
          [
            text(own.meanPrecision), text(own.precisionAtHalf), text(own.gain, isSigned: true),
            text(own.gainAtHalf, isSigned: true),
          ],
          own.speed
        )
      )
    }
    return table
  }

  /// What each term of each loss came to.
  package var termTable: TextTable {
    var table = TextTable(columns: ["student", "term, with its weight", "value without it"])
    for own in students {
      for term in own.terms {
        table.append([own.name, term.term, String(format: "%.4g", term.value)])
      }
    }
    return table
  }

  package var text: String {
    [table.text(width: 140), termTable.text(width: 140), lesson].joined(separator: "\n") + "\n"
  }
}
