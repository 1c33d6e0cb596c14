import Mathematics
import Tensors

/// What a cascade promises, and on which examples that is decided.
public struct CascadeSettings: Hashable, Sendable, Codable {
  /// The share of all inputs on which student and teacher together may disagree with the teacher.
  public let risk: Double
  /// How probable it is at least that they do not disagree on more.
  public let level: Double
  /// Examples that the threshold is found on.
  public let calibration: Int
  /// Draws them.
  public let seed: UInt64

  public init(risk: Double, level: Double, calibration: Int, seed: UInt64) {
    (self.risk, self.level) = (risk, level)
    (self.calibration, self.seed) = (calibration, seed)
  }

  /// The examples in two parts at random: by one it is decided when the student hands over, on the other it
  /// is measured.
  ///
  /// - Throws: ``CertificateError`` when one of them is empty.
  package func parts(of count: Int) throws -> (calibrating: [Int], testing: [Int]) {
    guard calibration > 0, calibration < count else {
      throw CertificateError(
        "\(count) test examples leave none to calibrate or to test: give more of them"
      )
    }
    let order: [Int] = Tensor.permutation(count, using: RandomGenerator(seed: seed)).scalars()
    return (Array(order[..<calibration]), Array(order[calibration...]))
  }
}

extension CascadeThreshold {
  /// The threshold of a student on the calibration examples.
  ///
  /// - Throws: ``CertificateError`` when they are too few to promise anything.
  package init(
    _ settings: CascadeSettings,
    student: ClassPredictions,
    teacher: ClassPredictions,
    on rows: [Int]
  ) throws {
    let confidence = student.confidence.scalars(Double.self)
    let agrees = student.agreement(with: teacher).scalars(Double.self)
    try self.init(
      confidences: rows.map { confidence[$0] },
      agrees: rows.map { agrees[$0] == 1 },
      risk: settings.risk,
      level: settings.level
    )
  }

  /// For each example 1 where the student answers by itself, else 0.
  package func answers(of student: ClassPredictions) -> Tensor {
    (student.confidence .> Tensor(confidence)).cast(to: .float64)
  }
}
