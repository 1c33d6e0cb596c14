import Tensors

/// How teacher, students and controls do on one version of the test examples.
///
/// ```swift
/// let clean = try CertifiedSetting(
///   nil, teacher: teacher, students: students, controls: controls, rule: CertificateRule())
/// print(clean.student[.accuracy]!)  // 0.8812 ± 0.0065
/// ```
public struct CertifiedSetting: Hashable, Sendable, Codable {
  /// What was done to the inputs; nil for the clean ones.
  public let shift: Shift?
  public let examples: Int
  public let teacher: [Measure: SeededEstimate]
  public let student: [Measure: SeededEstimate]
  public let control: [Measure: SeededEstimate]
  /// Student − control, in the order of the measures.
  public internal(set) var differences: [Difference]

  /// - Parameters:
  ///   - students: Of at least two seeds, on the same examples as the teacher.
  ///   - controls: Of the same seeds in the same order.
  ///   - resamples: Of the examples, for the standard error of calibration errors.
  ///   - seed: For the resamples.
  /// - Throws: ``CertificateError`` when a measure is not a finite number.
  public init(
    _ shift: Shift?,
    teacher: ClassPredictions,
    students: [ClassPredictions],
    controls: [ClassPredictions],
    rule: CertificateRule,
    resamples: Int = 200,
    seed: UInt64 = 0
  ) throws {
    guard students.count > 1, students.count == controls.count else {
      throw CertificateError(
        "a certificate needs at least two seeds, of student and control alike: there are "
          + "\(students.count) students and \(controls.count) controls"
      )
    }
    guard teacher.count > 1 else {
      throw CertificateError("a certificate needs at least two examples, not \(teacher.count)")
    }
    self.shift = shift
    examples = teacher.count
    let place = shift.map { "inputs with \($0)" } ?? "the clean inputs"
    try Self.requireNumbers([teacher], "teacher", place)
    try Self.requireNumbers(students, "student", place)
    try Self.requireNumbers(controls, "control", place)

    var byModel: [[Measure: SeededEstimate]] = [[:], [:], [:]]
    var differences: [Difference] = []
    let calibration = CalibrationSample(
      [teacher] + students + controls,
      resamples: resamples,
      seed: seed
    )
    for measure in Measure.allCases {
      guard measure != .calibrationError else {
        let estimates = Self.calibrationErrors(calibration, students.count, examples)
        for (index, estimate) in estimates.models.enumerated() {
          byModel[index][measure] = estimate
        }
        differences.append(Difference(measure, estimates.difference, rule))
        continue
      }
      func values(_ models: [ClassPredictions], _ role: String) throws -> Tensor {
        let values = Tensor.stacked(models.map { measure.values($0, teacher)! })
        guard values.isAllFinite else {
          let advice =
            role == "teacher"
            ? "let it rule out no class that occurs" : "certify what a model says as logits"
          throw CertificateError(
            "the \(role)'s \(measure.name) on \(place) is infinite: a class that occurs, or that "
              + "the teacher holds possible, was given no probability at all; \(advice)"
          )
        }
        return values
      }
      let student = try values(students, "student")
      let control = try values(controls, "control")
      if !measure.needsTeacher {
        byModel[0][measure] = SeededEstimate(of: try values([teacher], "teacher"))
      }
      byModel[1][measure] = SeededEstimate(of: student)
      byModel[2][measure] = SeededEstimate(of: control)
      differences.append(Difference(measure, SeededEstimate(of: student - control), rule))
    }
    (self.teacher, student, control) = (byModel[0], byModel[1], byModel[2])
    self.differences = differences
  }

  public func difference(_ measure: Measure) -> Difference {
    differences.first { $0.measure == measure }!
  }

  private static func calibrationErrors(
    _ sample: CalibrationSample,
    _ seeds: Int,
    _ examples: Int
  ) -> (models: [SeededEstimate], difference: SeededEstimate) {
    let students = Array(sample.errors[1...seeds])
    let controls = Array(sample.errors[(seeds + 1)...])
    func estimate(_ means: [Double], _ standardError: Double) -> SeededEstimate {
      SeededEstimate(
        seedMeans: means,
        standardErrorAcrossExamples: standardError,
        examples: examples
      )
    }
    func error(_ first: Double, _ second: Double) -> Double {
      sample.standardError(ofMeansOf: seeds, first: first, second: second)
    }
    let ofTeacher = [1] + [Double](repeating: 0, count: 2 * seeds)
    return (
      [
        estimate([sample.errors[0]], sample.standardError(of: ofTeacher)),
        estimate(students, error(1, 0)), estimate(controls, error(0, 1)),
      ], estimate(zip(students, controls).map { $0 - $1 }, error(1, -1))
    )
  }

  private static func requireNumbers(
    _ models: [ClassPredictions],
    _ role: String,
    _ place: String
  ) throws {
    for (index, model) in models.enumerated() where model.logProbabilities.isNaN.containsTrue {
      let rows = model.logProbabilities.isNaN.anyTrue(along: 1).cast(to: .int64).sum()
      let seed = models.count > 1 ? " of seed \(index + 1)" : ""
      throw CertificateError(
        "the \(role)\(seed) says NaN about \(rows.scalar(Int.self)) of \(model.count) examples of "
          + "\(place): its training diverged, or its weights are damaged"
      )
    }
  }
}
