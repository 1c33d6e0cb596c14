import Foundation
import Mathematics

/// When a student answers by itself and when it hands over to its teacher, so that both together differ
/// from the teacher on no more than a share of all inputs that was asked for.
///
/// The student answers where the probability of its likeliest class is *above* ``confidence``. That the
/// two together disagree with the teacher on more than ``risk`` of new inputs happens with a probability
/// of at most 1 − ``level``, whatever the inputs' distribution and the student, as long as the
/// calibration examples are independent and chose nothing else: the risk falls as the threshold rises,
/// and the threshold is the lowest of which the exact binomial bound of the risk, and of those of all
/// above it, is met (risk-controlling prediction sets, Bates et al. 2021; a case of Learn-then-Test,
/// Angelopoulos et al. 2021).
///
/// ```swift
/// let threshold = try CascadeThreshold(
///   confidences: student.confidence.scalars(), agrees: agreement, risk: 0.01)
/// ```
public struct CascadeThreshold: Hashable, Sendable, Codable {
  /// Above this probability of its likeliest class the student answers; from 0 to 1.
  public let confidence: Double
  /// The share of all inputs on which the two may disagree with the teacher.
  public let risk: Double
  /// How probable it is at least that they do not disagree on more.
  public let level: Double
  /// Of the calibration.
  public let examples: Int
  /// Calibration examples on which the student may answer by itself and disagree.
  public let allowed: Int
  /// Calibration examples that it would answer by itself.
  public let answered: Int

  /// - Parameters:
  ///   - confidences: Of the calibration examples, the probability of the student's likeliest class.
  ///   - agrees: Whether that class is the teacher's.
  ///   - risk: In (0, 1).
  ///   - level: In (0, 1).
  /// - Throws: ``CertificateError`` when the examples are too few to promise anything, with how many are needed.
  public init(
    confidences: [Double],
    agrees: [Bool],
    risk: Double,
    level: Double = 0.95
  ) throws {
    precondition(confidences.count == agrees.count, "CascadeThreshold: two numbers of examples")
    precondition(
      risk > 0 && risk < 1 && level > 0 && level < 1,
      "CascadeThreshold(\(risk), \(level))"
    )
    let count = confidences.count
    guard let allowed = BinomialTail.most(of: count, probability: risk, level: 1 - level) else {
      let needed = Int(min(log(1 - level) / log1p(-risk), 1e15).rounded(.up))
      throw CertificateError(
        "\(Certificate.grouped(count)) calibration examples cannot promise a risk of \(Uncertain.short(risk)) at "
          + "\(Uncertain.short(100 * level))%: that needs at least \(Certificate.grouped(needed)), or a larger risk"
      )
    }
    let wrong = zip(confidences, agrees).filter { !$1 }.map(\.0).sorted(by: >)
    let confidence = wrong.count > allowed ? wrong[allowed] : 0
    self.confidence = confidence
    (self.risk, self.level, self.examples, self.allowed) = (risk, level, count, allowed)
    answered = confidences.count { $0 > confidence }
  }

  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    confidence = try fields.decode(Double.self, forKey: .confidence)
    risk = try fields.decode(Double.self, forKey: .risk)
    level = try fields.decode(Double.self, forKey: .level)
    examples = try fields.decode(Int.self, forKey: .examples)
    allowed = try fields.decode(Int.self, forKey: .allowed)
    answered = try fields.decode(Int.self, forKey: .answered)
    guard (0...1).contains(confidence), risk > 0, risk < 1, level > 0, level < 1, examples > 0,
      (0...examples).contains(allowed), (0...examples).contains(answered)
    else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "no threshold of a cascade")
      )
    }
  }

  /// Whether a student that is as sure as this answers by itself.
  public func answers(at confidence: Double) -> Bool { confidence > self.confidence }
}
