import Testing

@testable import Reporting

@Suite struct CertificateRuleTests {
  private let rule = CertificateRule()

  /// A difference by measure whose mean and standard error are given, with many degrees of freedom.
  private func difference(
    _ measure: Measure,
    _ mean: Double,
    _ standardError: Double
  ) -> Difference {
    // Two seeds that agree leave the errors of 10,000 examples.
    let estimate = SeededEstimate(
      seedMeans: [mean],
      standardErrorAcrossExamples: standardError,
      examples: 10_000
    )
    return Difference(measure, estimate, rule)
  }

  /// Margins are 0.005 for accuracy and 0.01 for log-probability.
  @Test(arguments: [
    // One better, the other the same, undecided but not inferior, or better.
    (0.02, 0.002, 0.0, 0.001, Verdict.better),
    (0.02, 0.002, 0.004, 0.006, .better),
    (0.02, 0.002, 0.1, 0.01, .better),
    // One better, the other possibly worse by more than its margin.
    (0.02, 0.002, 0.0, 0.02, .undecided),
    // One worse, none better.
    (-0.02, 0.002, 0.0, 0.001, .worse),
    (0.0, 0.02, -0.1, 0.01, .worse),
    // Contradiction.
    (0.02, 0.002, -0.1, 0.01, .undecided),
    // Both within their margins; one of them certain but too small to matter.
    (0.001, 0.001, 0.002, 0.002, .same),
    (0.003, 0.0005, 0.0, 0.001, .same),
    // One the same, the other unknown.
    (0.001, 0.001, 0.0, 0.02, .undecided),
  ])
  func words(
    accuracy: Double,
    accuracyError: Double,
    logProbability: Double,
    logError: Double,
    expected: Verdict
  ) {
    let primary = [
      difference(.accuracy, accuracy, accuracyError),
      difference(.logProbability, logProbability, logError),
    ]
    #expect(rule.verdict(of: primary) == expected)
  }

  @Test func smallerIsBetterWhereItIs() {
    #expect(difference(.divergence, -0.1, 0.01).verdict == .better)
    #expect(difference(.divergence, 0.1, 0.01).verdict == .worse)
    #expect(difference(.agreement, 0.1, 0.01).verdict == .better)
    #expect(difference(.divergence, -0.1, 0.01).gainInterval.contains(0.1))
  }

  @Test func correctionTakesAWordBack() {
    // 2.1 standard errors: p = 0.036, and 0.072 when corrected for two.
    var difference = difference(.accuracy, 0.021, 0.01)
    #expect(difference.verdict == .better)
    difference.judge(by: rule, adjustedPValue: 2 * difference.pValue)
    #expect(difference.verdict == .undecided)
  }

  /// Numbers found by a search over Student's t, integrated numerically in Python.
  @Test(
    arguments: [
      // Seeds scatter: 4 of them do not show a difference of four margins, 24 would.
      (0.02, [-0.02899, 0.02, 0.02, 0.06899], 0.001, 10_000, 24, nil),
      // Nothing there, but three seeds leave room for two margins.
      (0.0, [-0.0173205, 0.0, 0.0173205], 0.0005, 10_000, 36, nil),
      // Seeds agree, and a thousand examples are too few.
      (0.012, [0.01091, 0.011, 0.012, 0.013, 0.01309], 0.008, 1_000, nil, 2_400),
    ] as [(Double, [Double], Double, Int, Int?, Int?)]
  )
  func whatWouldDecide(
    mean: Double,
    seeds: [Double],
    ofExamples: Double,
    examples: Int,
    expected: Int?,
    expectedExamples: Int?
  ) throws {
    let estimate = SeededEstimate(
      seedMeans: seeds,
      standardErrorAcrossExamples: ofExamples,
      examples: examples
    )
    #expect(abs(estimate.mean - mean) < 1e-12)
    var difference = Difference(.accuracy, estimate, rule)
    difference.judge(by: rule, adjustedPValue: min(1, 2 * difference.pValue))
    #expect(difference.verdict == .undecided)
    let need = DecidingNeed(difference, rule, examples: examples)
    // Scatters are rounded above: one seed more or less.
    #expect((need.seeds == nil) == (expected == nil))
    if let seeds = need.seeds, let expected { #expect(abs(seeds - expected) <= 1) }
    #expect(need.examples == expectedExamples)
  }

  @Test func ruleIsWrittenOut() {
    let text = CertificateRule(level: 0.9, margins: [.accuracy: 0.02]).text
    #expect(text.contains("accuracy (margin ±0.02) and log-probability (margin ±0.01)"))
    #expect(text.contains("80% interval") && text.contains("is below 0.1;"))
  }
}
