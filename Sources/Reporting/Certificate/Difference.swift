/// Student − control by one measure, paired by seed and example.
public struct Difference: Hashable, Sendable, Codable {
  public let measure: Measure
  /// In the measure's own sense: a negative KL is good.
  public let estimate: SeededEstimate
  /// The interval of the rule's level, over seeds and examples.
  public let interval: [Double]
  /// That of level 2·level − 1, which decides on SAME.
  public let equivalenceInterval: [Double]
  /// The interval of the rule's level over seeds alone, on these examples: Student's t with
  /// seeds − 1 degrees of freedom.
  public let seedInterval: [Double]
  /// How probable such a difference is if there is none.
  public let pValue: Double
  /// The same, corrected by Holm's method for the number of comparisons of its family.
  public internal(set) var adjustedPValue: Double
  public let margin: Double
  public internal(set) var verdict: Verdict

  init(_ measure: Measure, _ estimate: SeededEstimate, _ rule: CertificateRule) {
    self.measure = measure
    self.estimate = estimate
    func ends(_ interval: ClosedRange<Double>) -> [Double] {
      [interval.lowerBound, interval.upperBound]
    }
    interval = ends(rule.interval(of: estimate, level: rule.level))
    equivalenceInterval = ends(rule.interval(of: estimate, level: 2 * rule.level - 1))
    seedInterval = ends(estimate.seedInterval(level: rule.level))
    pValue = rule.pValue(of: estimate)
    margin = rule.margins[measure]!
    adjustedPValue = pValue
    verdict = .undecided
    judge(by: rule, adjustedPValue: pValue)
  }

  /// The difference, positive where the student is better.
  public var gain: Double { measure.isLargerBetter ? estimate.mean : -estimate.mean }

  /// The interval of the rule's level for the gain.
  public var gainInterval: ClosedRange<Double> { gains(interval) }

  /// Whether the student is at most a margin worse.
  public var isNotInferior: Bool { gains(equivalenceInterval).lowerBound > -margin }

  mutating func judge(by rule: CertificateRule, adjustedPValue: Double) {
    self.adjustedPValue = adjustedPValue
    verdict = rule.verdict(
      gain: gain,
      equivalence: gains(equivalenceInterval),
      adjustedPValue: adjustedPValue,
      margin: margin
    )
  }

  private func gains(_ ends: [Double]) -> ClosedRange<Double> {
    measure.isLargerBetter ? ends[0]...ends[1] : -ends[1] ... -ends[0]
  }
}
