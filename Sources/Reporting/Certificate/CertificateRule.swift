import Mathematics

/// How a certificate comes to its word.
///
/// The student and its control are compared on the clean test examples by the primary measures,
/// chosen before anything was measured. The probability of each difference is corrected by Holm's
/// method for the number of primary measures, and each gets a word:
/// - SAME where the interval of level 2·level − 1 lies within ±margin (two one-sided tests at
///   1 − level; Schuirmann 1987). This needs no correction, because the word of the certificate is
///   SAME only if that of every measure is.
/// - BETTER or WORSE where the corrected probability is below 1 − level.
/// - UNDECIDED otherwise.
///
/// The certificate says WORSE where a measure is worse and none better; BETTER where one is better
/// and each other is at least not inferior (its interval of level 2·level − 1 lies above −margin);
/// SAME where all are the same; UNDECIDED otherwise, also where measures contradict each other.
public struct CertificateRule: Hashable, Sendable, Codable {
  /// Of intervals; 1 − level is how often one of the primary comparisons may be called a difference
  /// by mistake.
  public var level: Double
  public var primary: [Measure]
  /// For each measure the difference that would not matter.
  public var margins: [Measure: Double]
  /// How intervals and probabilities come about; nil is 1, that of certificates of earlier versions.
  /// - 1: by one Student's t of Satterthwaite's degrees of freedom, which with 2 or 3 seeds held the
  ///   truth in 88 to 93 of 100 cases instead of 95.
  /// - 2: each source by its own Student's t (see ``SeedComparison``).
  public var version: Int?

  /// The version of new certificates.
  public static let latestVersion = 2

  /// - Parameters:
  ///   - primary: The default is accuracy and log-probability: whether a student is right, and
  ///     whether it knows how sure to be.
  ///   - margins: Those not named are 0.005 for shares and scores and 0.01 for nats.
  ///   - version: 1 or 2.
  public init(
    level: Double = 0.95,
    primary: [Measure] = [.accuracy, .logProbability],
    margins: [Measure: Double] = [:],
    version: Int = latestVersion
  ) {
    precondition(level > 0.5 && level < 1, "CertificateRule(level: \(level)): needs (0.5, 1)")
    precondition(!primary.isEmpty, "CertificateRule: needs a primary measure")
    precondition(
      (1...Self.latestVersion).contains(version),
      "CertificateRule(version: \(version)): there are 1 and 2"
    )
    self.version = version == 1 ? nil : version
    self.level = level
    self.primary = primary
    var all: [Measure: Double] = [:]
    for measure in Measure.allCases {
      let standard = measure == .logProbability || measure == .divergence ? 0.01 : 0.005
      all[measure] = margins[measure] ?? standard
    }
    self.margins = all
  }

  /// Whether each source of error has its own t.
  var hasSources: Bool { version != nil && version != 1 }

  func interval(of estimate: SeededEstimate, level: Double) -> ClosedRange<Double> {
    hasSources ? estimate.interval(level: level) : estimate.combinedInterval(level: level)
  }

  func pValue(of estimate: SeededEstimate) -> Double {
    hasSources ? estimate.pValue : estimate.combinedPValue
  }

  /// The word of one comparison.
  ///
  /// - Parameters:
  ///   - gain: The difference, positive where the student is better.
  ///   - equivalence: The interval of level 2·level − 1 of the gain.
  func verdict(
    gain: Double,
    equivalence: ClosedRange<Double>,
    adjustedPValue: Double,
    margin: Double
  ) -> Verdict {
    if equivalence.lowerBound > -margin && equivalence.upperBound < margin { return .same }
    guard adjustedPValue < 1 - level else { return .undecided }
    return gain > 0 ? .better : .worse
  }

  /// The word of the certificate.
  func verdict(of primary: [Difference]) -> Verdict {
    let words = primary.map(\.verdict)
    let isBetter = words.contains(.better)
    let isWorse = words.contains(.worse)
    if isWorse { return isBetter ? .undecided : .worse }
    if isBetter { return primary.allSatisfy(\.isNotInferior) ? .better : .undecided }
    return words.allSatisfy { $0 == .same } ? .same : .undecided
  }

  /// The rule in words.
  public var text: String {
    let measures = primary.map { "\($0.name) (margin ±\(Uncertain.short(margins[$0]!)))" }
    return """
      On the clean test examples, student − control by \(measures.joined(separator: " and ")), \
      chosen before measuring. A measure is SAME if its \(percent(2 * level - 1)) interval lies \
      within ±margin; else BETTER or WORSE if its probability under no difference, corrected by \
      Holm's method for \(primary.count) comparisons, is below \(Uncertain.short(1 - level)); else \
      UNDECIDED. The word is WORSE if a measure is worse and none better; BETTER if one is better \
      and every other is not inferior (its \(percent(2 * level - 1)) interval lies above −margin); \
      SAME if all are the same; otherwise UNDECIDED. Intervals are Student's t over seeds and \
      examples, paired by seed and example\(hasSources ? ", each with its own t" : "").
      """
  }

  private func percent(_ share: Double) -> String { "\(Uncertain.short(100 * share))%" }
}
