import Mathematics
import Tensors

/// Students that hand over to their teacher where they are not sure, each with a threshold of its own, on
/// test examples that decided nothing.
///
/// Measures are shares of the examples; after ± stand two standard errors over other seeds and examples.
public struct CertifiedCascade: Hashable, Sendable, Codable {
  public let settings: CascadeSettings
  /// Of the student of each seed.
  public let thresholds: [CascadeThreshold]
  /// On which it was measured.
  public let examples: Int
  /// Examples that the student answers by itself.
  public let answered: SeededEstimate
  /// Those on which the class of the two together is not the teacher's.
  public let disagreement: SeededEstimate
  /// The same of the student without its teacher.
  public let studentDisagreement: SeededEstimate
  /// Of the labels, the two together.
  public let accuracy: SeededEstimate
  /// What an example costs; nil where the teacher is a table of answers.
  public let cost: Cost?

  /// Times of one example alone, in seconds, with the first student; the mean over test examples.
  public struct Cost: Hashable, Sendable, Codable {
    public let cascade: Double
    public let teacher: Double

    public init(cascade: Double, teacher: Double) {
      (self.cascade, self.teacher) = (cascade, teacher)
    }

    /// The teacher's time is 1.
    public var share: Double { cascade / teacher }
  }

  /// - Parameters:
  ///   - students: Of each seed, on the same examples as the teacher.
  ///   - cost: Measures it with the first student's threshold on the examples that decided nothing.
  /// - Throws: ``CertificateError`` when there are too few examples.
  package init(
    _ settings: CascadeSettings,
    teacher: ClassPredictions,
    students: [ClassPredictions],
    cost: (CascadeThreshold, [Int]) throws -> Cost?
  ) throws {
    let (calibrating, testing) = try settings.parts(of: teacher.count)
    let rows = Tensor(testing)
    let thresholds = try students.map {
      try CascadeThreshold(settings, student: $0, teacher: teacher, on: calibrating)
    }
    func estimate(_ values: (ClassPredictions, Tensor) -> Tensor) -> SeededEstimate {
      SeededEstimate(
        of: .stacked(
          zip(students, thresholds).map { student, threshold in
            values(student, threshold.answers(of: student))[rows: rows]
          }
        )
      )
    }
    self.settings = settings
    self.thresholds = thresholds
    examples = testing.count
    answered = estimate { _, own in own }
    disagreement = estimate { student, own in own * (1 - student.agreement(with: teacher)) }
    studentDisagreement = estimate { student, _ in 1 - student.agreement(with: teacher) }
    accuracy = estimate { student, own in
      own * student.correctness + (1 - own) * teacher.correctness
    }
    self.cost = try cost(thresholds[0], testing)
  }

  /// What is measured, by its name.
  var estimates: [(name: String, estimate: SeededEstimate)] {
    [
      ("the student answers itself", answered),
      ("disagrees with the teacher, the two together", disagreement),
      ("disagrees with the teacher, the student alone", studentDisagreement),
      ("accuracy, the two together", accuracy),
    ]
  }

  /// In a sentence.
  public var summary: String {
    func percent(_ share: Double) -> String { "\(Uncertain.short(100 * share))%" }
    let cost = cost.map { ", costs \(Uncertain.short($0.share))×" } ?? ""
    return "answers \(percent(answered.mean)) itself, disagrees with the teacher on at most "
      + "\(percent(settings.risk)) (\(percent(settings.level)))\(cost)"
  }

  /// A row for each measure, and for the cost.
  public var table: TextTable {
    var table = TextTable(
      columns: ["cascade, on \(Certificate.grouped(examples)) test examples", ""],
      rows: estimates.map { [$0.name, $0.estimate.description] }
    )
    if let cost {
      table.append(["time of an example, the teacher's = 1", Uncertain.short(cost.share)])
    }
    return table
  }

  /// What the rows are, for people.
  public var note: String {
    let thresholds = thresholds.map { Uncertain.short($0.confidence) }.joined(separator: ", ")
    return """
      The student answers where its likeliest class has a probability above a threshold (of the seeds: \
      \(thresholds)), and hands over to the teacher elsewhere. Each threshold was found on \
      \(Certificate.grouped(settings.calibration)) other test examples (seed \(settings.seed)), so that \
      the two together disagree with the teacher on at most \(Uncertain.short(100 * settings.risk))% of \
      such inputs with a probability of at least \(Uncertain.short(100 * settings.level))% (Bates et al. \
      2021).
      """
  }
}

extension CertifiedCascade {
  /// - Parameter whole: How many test examples the certificate has.
  /// - Throws: ``CertificateError`` that names what is missing or impossible.
  func check(seeds: Int, of whole: Int) throws {
    func require(_ isTrue: Bool, _ fault: String) throws {
      if !isTrue { throw CertificateError(fault) }
    }
    try require(thresholds.count == seeds, "a cascade's threshold is missing")
    try require(
      settings.calibration > 0 && examples > 1 && settings.calibration < whole
        && examples == whole - settings.calibration,
      "the cascade's examples are not those of the test"
    )
    for threshold in thresholds {
      try require(
        threshold.risk == settings.risk && threshold.level == settings.level
          && threshold.examples == settings.calibration,
        "a cascade's threshold promises something else than the cascade"
      )
    }
    let times = cost.map { [$0.cascade, $0.teacher] } ?? []
    try require(
      times.allSatisfy { $0 > 0 && $0 < 1e60 },
      "a time of the cascade is not a positive number"
    )
  }
}
