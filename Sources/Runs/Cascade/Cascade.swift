import Compression
import Distill
import Foundation

/// A student that hands over to its teacher where it is not sure, and what the two are worth together:
/// the file `cascade.json` of a run.
package struct Cascade: Codable, Equatable {
  package static let name = "cascade.json"

  /// A share of examples, with the interval that holds the true one (Clopper and Pearson 1934, 95%).
  package struct Share: Codable, Equatable {
    package let hits: Int
    package let of: Int
    package let interval: [Double]

    init(_ hits: Int, of count: Int) {
      (self.hits, of) = (hits, count)
      let bounds = BinomialTail.interval(hits, of: count)
      interval = [bounds.lowerBound, bounds.upperBound]
    }

    package init(from decoder: any Decoder) throws {
      let fields = try decoder.container(keyedBy: CodingKeys.self)
      let (hits, count) = (
        try fields.decode(Int.self, forKey: .hits), try fields.decode(Int.self, forKey: .of)
      )
      (self.hits, of) = (hits, count)
      interval = try fields.decode([Double].self, forKey: .interval)
      guard count > 0, (0...count).contains(hits), interval.count == 2,
        0 <= interval[0], interval[0] <= interval[1], interval[1] <= 1
      else {
        throw DecodingError.dataCorrupted(
          .init(codingPath: decoder.codingPath, debugDescription: "no share of examples")
        )
      }
    }

    package var value: Double { Double(hits) / Double(of) }

    var text: String {
      func percent(_ share: Double) -> String { Uncertain.fixed(100 * share, 2) }
      return "\(percent(value))% (\(percent(interval[0]))–\(percent(interval[1]))%)"
    }
  }

  package private(set) var event = "cascade"
  package private(set) var program = programVersion
  package let threshold: CascadeThreshold
  /// The hash of the student's weights that the threshold is of.
  package let student: String
  /// Parts the run's test examples: the threshold is found on one, the rest measured on the other.
  package let seed: UInt64
  /// Of the test examples, those that the student answers by itself.
  package let answered: Share
  /// Those on which the cascade's class is not the teacher's.
  package let disagreement: Share
  /// The same of the student without its teacher.
  package let studentDisagreement: Share
  /// Accuracies; nil where there are no labels.
  package let accuracy: Share?
  package let studentAccuracy: Share?
  package let teacherAccuracy: Share?
  /// Microseconds an example; nil where the teacher's time is not known.
  package let studentMicroseconds: Double
  package let teacherMicroseconds: Double?
  /// A hash of everything else.
  package private(set) var seal: String?

  /// What an example costs, as a share of the teacher's time.
  package var cost: Double? {
    teacherMicroseconds.map { (studentMicroseconds + (1 - answered.value) * $0) / $0 }
  }

  package var settings: CascadeSettings {
    CascadeSettings(
      risk: threshold.risk,
      level: threshold.level,
      calibration: threshold.examples,
      seed: seed
    )
  }

  /// The threshold that belongs to a student; nil where there is none.
  ///
  /// - Throws: `RunError` when the file is damaged or of other weights.
  package static func threshold(beside student: URL) throws -> CascadeThreshold? {
    try recorded(beside: student)?.threshold
  }

  /// The cascade that belongs to a student; nil where there is none.
  ///
  /// - Throws: `RunError` when the file is damaged or of other weights.
  package static func recorded(beside student: URL) throws -> Cascade? {
    let file = student.deletingLastPathComponent().appendingPathComponent(name)
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    let cascade: Cascade
    do {
      cascade = try JSONDecoder.ofAllNumbers.decode(Self.self, from: RegularFile.data(file))
    } catch {
      throw RunError("'\(file.path)' is damaged: make it again with distill cascade")
    }
    guard cascade.seal == cascade.sealed().seal else {
      throw RunError(
        "'\(file.path)' was changed after it was written, or an earlier version wrote it: make it again "
          + "with distill cascade"
      )
    }
    guard try HashedFiles(student.path).sha256 == cascade.student else {
      throw RunError(
        "'\(file.path)' is of other weights than '\(student.path)': make it again with distill cascade"
      )
    }
    return cascade
  }

  /// With the hash of all that it says.
  package func sealed() -> Cascade {
    var sealed = self
    sealed.seal = nil
    sealed.seal = SHA256.hash(of: prettyJson(sealed))
    return sealed
  }

  package var text: String {
    let level = Uncertain.short(100 * threshold.level)
    var rows = [
      ("the student answers itself", answered.text),
      ("disagrees with the teacher, the two together", disagreement.text),
      ("the student alone", studentDisagreement.text),
    ]
    if let accuracy, let studentAccuracy, let teacherAccuracy {
      rows += [
        ("accuracy, the two together", accuracy.text), ("the student alone", studentAccuracy.text),
        ("the teacher alone", teacherAccuracy.text),
      ]
    }
    if let cost {
      rows.append(("time of an example, the teacher's = 1", Uncertain.short(cost)))
    }
    var table = TextTable(columns: ["on \(grouped(answered.of)) test examples", ""])
    for (name, value) in rows { table.append([name, value]) }
    return table.text(width: 100) + "\n"
      + TextTable.wrapped(
        """
        The student answers where its likeliest class has a probability above \
        \(Uncertain.short(threshold.confidence)), and hands over to the teacher elsewhere. That the two \
        together disagree with the teacher on at most \(Uncertain.short(100 * threshold.risk))% of such \
        inputs holds with a probability of at least \(level)%, by \(grouped(threshold.examples)) \
        calibration examples that chose nothing else (\(threshold.allowed) were allowed to differ). In \
        parentheses are 95% intervals.
        """,
        width: 100
      ) + "\n"
  }
}
