import Distill
import Foundation
import Runs

/// How many more frames and words of another domain a network recognises for having been adapted with a
/// teacher, seed by seed and on the same utterances.
package struct AcousticCertificate: CertificateEvidence {
  package static let application = "acoustic"
  package static let times: Set = ["timesRealTime"]

  package struct Teacher: Codable {
    package let parameters: Int
    /// On the clean recordings of the test utterances.
    package let cleanFrames: SeededEstimate
    package let cleanWords: SeededEstimate
    /// On what was made of them.
    package let frames: SeededEstimate
    package let words: SeededEstimate
    package let timesRealTime: Double
  }

  package struct Student: Codable {
    package let name: String
    package let parameters: Int
    package let frames: SeededEstimate
    package let words: SeededEstimate
    /// Less those that were fine-tuned on the labels; nil for these.
    package let frameGain: SeededEstimate?
    package let wordGain: SeededEstimate?
    /// Whether it recognises more words than fine-tuned ones.
    package let word: Verdict?
    package let timesRealTime: Double
  }

  package struct Speaker: Codable {
    package let name: String
    package let utterances: Int
    /// In the order of the students.
    package let frames: [SeededEstimate]
    package let words: [SeededEstimate]
  }

  package var event = "certificate"
  package var application: String? = Self.application
  package var program = programVersion
  package let words: Int
  package let labelledUtterances: Int
  package let testUtterances: Int
  package let margin: Double
  /// What the word is about: the last student of the recipe.
  package let student: String
  package let word: Verdict
  package let teacher: Teacher
  package let students: [Student]
  package let speakers: [Speaker]
  package let choice: AcousticChoice
  package var provenance: Provenance?
  package var seal: String?

  package init(_ measured: AcousticMeasurement, _ choice: AcousticChoice) throws {
    let recipe = measured.world.recipe
    words = recipe.words.count
    labelledUtterances = recipe.labelled
    testUtterances = measured.world.test.count
    margin = recipe.margin
    self.choice = choice
    teacher = Teacher(
      parameters: measured.teacher.parameterCount,
      cleanFrames: measured.estimate([measured.teacherOnClean], .frames),
      cleanWords: measured.estimate([measured.teacherOnClean], .words),
      frames: measured.estimate([measured.teacherHeard], .frames),
      words: measured.estimate([measured.teacherHeard], .words),
      timesRealTime: try measured.speed(measured.teacher)
    )
    students = try recipe.students.enumerated().map { place, arm in
      let own = measured.heard[place]
      func gain(_ kind: AcousticMeasurement.Kind) -> SeededEstimate? {
        arm == .fineTuned ? nil : measured.difference(own, measured.control, kind)
      }
      let wordGain = gain(.words)
      return Student(
        name: arm.rawValue,
        parameters: measured.students[place][0].parameterCount,
        frames: measured.estimate(own, .frames),
        words: measured.estimate(own, .words),
        frameGain: gain(.frames),
        wordGain: wordGain,
        word: wordGain.map { gain in
          Verdict(level: 0.95, margin: recipe.margin) { gain.interval(level: $0) }
        },
        timesRealTime: try measured.speed(measured.students[place][0])
      )
    }
    speakers = measured.speakers.map { name, utterances in
      Speaker(
        name: name,
        utterances: utterances.count,
        frames: measured.heard.map { measured.estimate($0, .frames, of: utterances) },
        words: measured.heard.map { measured.estimate($0, .words, of: utterances) }
      )
    }
    let last = students[students.count - 1]
    (student, word) = (last.name, last.word!)
  }

  /// The sentence that says it all.
  package var lesson: String {
    let own = students.first { $0.name == student }!
    let gain = own.wordGain!
    let interval = gain.interval()
    let way = AcousticArm(rawValue: student)!.explanation
    return
      "\(word): \(way), the student recognises \(Self.signed(gain)) points more of the words than "
      + "fine-tuned on \(grouped(labelledUtterances)) labelled utterances alone (95%: "
      + "\(bound(interval.lowerBound)) to \(bound(interval.upperBound)); a difference of "
      + "\(percent(margin)) would not matter), on \(grouped(testUtterances)) utterances and "
      + "\(gain.seedMeans.count) seeds; it has \(grouped(own.parameters)) parameters, the teacher "
      + "\(grouped(teacher.parameters))."
  }

  private func bound(_ value: Double) -> String {
    value.isFinite ? String(format: "%+.2f", 100 * value) : "?"
  }

  static func signed(_ estimate: SeededEstimate?) -> String {
    guard let estimate else { return "–" }
    return String(format: "%+.2f ± %.2f", 100 * estimate.mean, 200 * estimate.standardError)
  }

  static func text(_ estimate: SeededEstimate) -> String {
    String(format: "%.2f ± %.2f", 100 * estimate.mean, 200 * estimate.standardError)
  }

  /// Every network.
  package var table: TextTable {
    var table = TextTable(columns: [
      "", "frames %", "words %", "frames − fine-tuned", "words − fine-tuned", "", "parameters",
      "× real time",
    ])
    func row(
      _ name: String,
      _ numbers: [String],
      _ word: Verdict?,
      _ parameters: Int,
      _ speed: Double
    ) {
      let words = [word?.rawValue ?? "–", grouped(parameters), grouped(Int(speed))]
      table.append([name] + numbers + words)
    }
    let size = teacher.parameters
    row(
      "teacher, clean",
      [Self.text(teacher.cleanFrames), Self.text(teacher.cleanWords), "–", "–"],
      nil,
      size,
      teacher.timesRealTime
    )
    row(
      "teacher",
      [Self.text(teacher.frames), Self.text(teacher.words), "–", "–"],
      nil,
      size,
      teacher.timesRealTime
    )
    for own in students {
      row(
        own.name,
        [
          Self.text(own.frames), Self.text(own.words), Self.signed(own.frameGain),
          Self.signed(own.wordGain),
        ],
        own.word,
        own.parameters,
        own.timesRealTime
      )
    }
    return table
  }

  /// The words, or the frames, of each speaker in %.
  package func table(_ values: (Speaker) -> [SeededEstimate], _ title: String) -> TextTable {
    TextTable(
      columns: [title, "utterances"] + students.map(\.name),
      rows: speakers.map { speaker in
        [speaker.name, "\(speaker.utterances)"] + values(speaker).map(Self.text)
      }
    )
  }

  package var text: String {
    [
      table.text(width: 140), table(\.words, "words % of each speaker").text(width: 140),
      table(\.frames, "frames % of each speaker").text(width: 140), lesson,
    ].joined(separator: "\n") + "\n"
  }
}
