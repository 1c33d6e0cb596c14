import Foundation
import Mathematics

/// How the numbers of a repetition compare with those of a certificate.
public struct ReplayResult: Sendable {
  /// A number of both.
  public struct Comparison: Hashable, Sendable {
    public let name: String
    public let original: Double
    public let repeated: Double
    /// How far apart they may be; 0 for equal bits.
    public let tolerance: Double

    public var stands: Bool {
      // Infinite ends of an interval are the same, too.
      repeated == original || abs(repeated - original) <= tolerance
        || (repeated.isNaN && original.isNaN)
    }
  }

  /// Why the tolerance is what it is.
  public let rule: String
  public let comparisons: [Comparison]
  /// The words, where the certificate has one.
  public let original: Verdict?
  public let repeated: Verdict?

  public var fallen: [Comparison] { comparisons.filter { !$0.stands } }

  /// Whether every number stands, and the word with them.
  public var stands: Bool { fallen.isEmpty && original == repeated }

  /// The numbers that do not stand; nil when all do.
  public var table: TextTable? {
    guard !fallen.isEmpty else { return nil }
    return TextTable(
      columns: ["does not stand", "certificate", "replay", "difference", "tolerance"],
      rows: fallen.map {
        [
          $0.name, "\($0.original)", "\($0.repeated)",
          String(format: "%.2g", $0.repeated - $0.original), Uncertain.short($0.tolerance),
        ]
      }
    )
  }

  /// What was found, in a sentence.
  public var summary: String {
    var words = ""
    if let original, let repeated {
      words =
        original == repeated
        ? " and the word \(original) stands" : " and the word was \(original), now \(repeated)"
    }
    return fallen.isEmpty
      ? "all \(comparisons.count) numbers stand\(words) (\(rule))"
      : "\(fallen.count) of \(comparisons.count) numbers do not stand\(words) (\(rule))"
  }
}

extension Certificate {
  /// Compares with a repetition. Times and memory are not compared: they are never twice the same.
  /// What else the certificate says is, down to its words; and where numbers may differ, so is what
  /// follows from them, such as intervals: a number that was changed by hand shows.
  ///
  /// By the same program on the same machine with the same threads every number must be the same,
  /// bit for bit. Elsewhere sums are rounded otherwise, and training makes other networks of that,
  /// as another seed would: the teacher's numbers must then agree to 10⁻⁵ and two examples, and the
  /// means over seeds of students and controls to four standard errors over seeds of a difference.
  /// The bins of the teacher's confidences are compared like its other numbers, those of students and
  /// controls, which pool the seeds, bit for bit or not at all but for what is right in them.
  public func compared(with repetition: Certificate) -> ReplayResult {
    let isSame =
      provenance.machine == repetition.provenance.machine
      && provenance.program.sha256 == repetition.provenance.program.sha256
    var comparisons = comparedFacts(with: repetition)
    for (setting, other) in zip(settings, repetition.settings) {
      let place = setting.shift?.description ?? "clean"
      let models = [
        ("teacher", setting.teacher, other.teacher), ("student", setting.student, other.student),
        ("control", setting.control, other.control),
      ]
      for (name, mine, theirs) in models {
        for measure in Measure.allCases {
          guard let own = mine[measure], let its = theirs[measure] else { continue }
          let label = "\(place): \(name), \(measure.name)"
          comparisons += compared(label, own, its, isSame, setting.examples)
        }
      }
      if isSame { comparisons += Self.exact(place, setting.differences, other.differences) }
    }
    if !isSame { comparisons += comparedConsequences() }
    comparisons += comparedCascade(with: repetition, isExact: isSame)
    comparisons += comparedCalibrations(with: repetition, isExact: isSame)
    if isSame { comparisons += comparedRecalls(with: repetition) }
    return ReplayResult(
      rule: isSame
        ? "same program, machine and threads: exact"
        : "another program, machine or number of threads: the teacher's to 1e-5 and two examples, "
          + "means over seeds to four standard errors over seeds of a difference",
      comparisons: comparisons,
      original: verdict,
      repeated: repetition.verdict
    )
  }

  /// A mean over seeds and examples: all numbers of it, or the mean to rounding and other seeds.
  func compared(
    _ label: String,
    _ own: SeededEstimate,
    _ its: SeededEstimate,
    _ isExact: Bool,
    _ count: Int
  ) -> [ReplayResult.Comparison] {
    if isExact { return Self.exact(label, own, its) }
    let rounding = 2 / Double(count) + 1e-5
    let seeds = own.standardErrorAcrossSeeds.map { 4 * 2.squareRoot() * $0 } ?? 0
    let mean = ReplayResult.Comparison(
      name: label,
      original: own.mean,
      repeated: its.mean,
      tolerance: rounding + seeds
    )
    let examples = own.examples.map { Self.equal(label, [("examples", $0, its.examples ?? .nan)]) }
    return [mean] + (examples ?? [])
  }

  private static func exact(
    _ label: String,
    _ own: SeededEstimate,
    _ other: SeededEstimate
  ) -> [ReplayResult.Comparison] {
    var comparisons = zip(own.seedMeans, other.seedMeans).enumerated().map { index, means in
      ReplayResult.Comparison(
        name: own.seedMeans.count > 1 ? "\(label), seed \(index + 1)" : label,
        original: means.0,
        repeated: means.1,
        tolerance: 0
      )
    }
    var numbers = [
      ("mean", own.mean, other.mean), ("standard error", own.standardError, other.standardError),
      (
        "standard error over seeds", own.standardErrorAcrossSeeds ?? 0,
        other.standardErrorAcrossSeeds ?? 0
      ),
      (
        "standard error over examples", own.standardErrorAcrossExamples,
        other.standardErrorAcrossExamples
      ),
      ("degrees of freedom", own.degreesOfFreedom, other.degreesOfFreedom),
    ]
    // Certificates of earlier rules do not say them.
    if let rest = own.standardErrorOfRest {
      numbers.append(("standard error of the rest", rest, other.standardErrorOfRest ?? .nan))
    }
    if let examples = own.examples {
      numbers.append(("examples", examples, other.examples ?? .nan))
    }
    // Of one network the mean is its own.
    comparisons += equal(label, own.seedMeans.count > 1 ? numbers : Array(numbers.dropFirst()))
    return comparisons
  }

  private static func exact(
    _ place: String,
    _ own: [Difference],
    _ others: [Difference]
  ) -> [ReplayResult.Comparison] {
    zip(own, others).flatMap { own, other in
      let label = "\(place): student − control, \(own.measure.name)"
      return exact(label, own.estimate, other.estimate)
        + equal(label, own.consequences(beside: other))
    }
  }

  /// Numbers that must be the same, bit for bit.
  static func equal(
    _ label: String,
    _ numbers: [(name: String, original: Double, repeated: Double)]
  ) -> [ReplayResult.Comparison] {
    numbers.map {
      .init(
        name: "\(label), \($0.name)",
        original: $0.original,
        repeated: $0.repeated,
        tolerance: 0
      )
    }
  }
}
