import Foundation
import Tensors

/// What a distilled student is worth: measured with several seeds, against controls trained on the
/// labels with the same budget, on clean and on shifted inputs, and said in one word.
///
/// ```swift
/// let certificate = Certificate(
///   subject: "mlp:784-50-30-10", studentLoss: "softCrossEntropy", controlLoss: "crossEntropy",
///   settings: [clean] + shifted, rule: rule, calibrations: calibrations, teacherCost: large,
///   studentCost: small, provenance: provenance)
/// print(certificate.verdict)            // BETTER
/// print(certificate.rule.text)          // On the clean test examples, student − control by …
/// try certificate.json().write(to: url)
/// ```
public struct Certificate: Hashable, Sendable, Codable {
  /// Which fields there are and what they mean. A reader refuses others.
  public static let schema = "distill.certificate/1"

  public let schema: String
  /// The student's network, as its specification says it.
  public let subject: String
  /// What student and control learnt from, in words.
  public let studentLoss: String
  public let controlLoss: String
  public let verdict: Verdict
  public let rule: CertificateRule
  /// How many comparisons the probabilities of the primary ones, and of all others, were corrected
  /// for.
  public let primaryComparisons: Int
  public let otherComparisons: Int
  /// The clean inputs first.
  public let settings: [CertifiedSetting]
  /// On the clean inputs, all seeds together, by `teacher`, `student` and `control`.
  public let calibrations: [String: Calibration]
  /// Which classes are found on the clean inputs, all seeds together, by `teacher`, `student` and
  /// `control`; nil in certificates of earlier versions.
  public let recalls: [String: ClassRecalls]?
  /// The names of the classes; nil in certificates of earlier versions.
  public let classes: [String]?
  /// The students with their teacher where they are not sure; nil where no threshold was found.
  public let cascade: CertifiedCascade?
  /// How the student's network was chosen, where it was not named.
  public let choice: String?
  public let teacherCost: ModelCost
  public let studentCost: ModelCost
  public let provenance: Provenance
  /// A hash of everything else, set by whoever writes the file so that a change of it shows. It
  /// guards against mistakes, not against malice: that is what a replay is for.
  public var seal: String?

  /// - Parameters:
  ///   - settings: The first of them clean, all measured by `rule`.
  ///   - calibrations: See ``calibrations(teacher:students:controls:)``.
  ///   - recalls: See ``recalls(teacher:students:controls:)``.
  public init(
    subject: String,
    studentLoss: String,
    controlLoss: String,
    settings: [CertifiedSetting],
    rule: CertificateRule,
    calibrations: [String: Calibration],
    recalls: [String: ClassRecalls]? = nil,
    classes: [String]? = nil,
    cascade: CertifiedCascade? = nil,
    choice: String? = nil,
    teacherCost: ModelCost,
    studentCost: ModelCost,
    provenance: Provenance
  ) {
    precondition(
      settings.first.map { $0.shift == nil } ?? false,
      "Certificate: the first setting must be the clean one"
    )
    schema = Self.schema
    self.subject = subject
    self.studentLoss = studentLoss
    self.controlLoss = controlLoss
    self.rule = rule
    let judged = Self.judged(settings, by: rule)
    self.settings = judged.settings
    verdict = rule.verdict(
      of: judged.settings[0].differences.filter { rule.primary.contains($0.measure) }
    )
    primaryComparisons = judged.primary
    otherComparisons = judged.others
    self.calibrations = calibrations
    self.recalls = recalls
    self.classes = classes
    self.cascade = cascade
    self.choice = choice
    self.teacherCost = teacherCost
    self.studentCost = studentCost
    self.provenance = provenance
  }

  /// The settings with their probabilities corrected by Holm's method: the primary comparisons
  /// among themselves, and all others among themselves.
  static func judged(
    _ settings: [CertifiedSetting],
    by rule: CertificateRule
  ) -> (settings: [CertifiedSetting], primary: Int, others: Int) {
    var settings = settings
    var families: [[(setting: Int, difference: Int)]] = [[], []]
    for (setting, result) in settings.enumerated() {
      for (index, difference) in result.differences.enumerated() {
        let isPrimary = setting == 0 && rule.primary.contains(difference.measure)
        families[isPrimary ? 0 : 1].append((setting, index))
      }
    }
    for family in families {
      let adjusted = MultipleComparisons.holm(
        family.map { settings[$0.setting].differences[$0.difference].pValue }
      )
      for (place, probability) in zip(family, adjusted) {
        settings[place.setting].differences[place.difference]
          .judge(by: rule, adjustedPValue: probability)
      }
    }
    return (settings, families[0].count, families[1].count)
  }

  /// The reliability of the three models on the clean inputs, the predictions of all seeds pooled.
  public static func calibrations(
    teacher: ClassPredictions,
    students: [ClassPredictions],
    controls: [ClassPredictions]
  ) -> [String: Calibration] {
    func pooled(_ models: [ClassPredictions]) -> Calibration {
      Calibration(
        confidences: .concatenated(models.map(\.confidence)),
        correctness: .concatenated(models.map(\.correctness)),
        resamples: 2
      )
    }
    return ["teacher": pooled([teacher]), "student": pooled(students), "control": pooled(controls)]
  }

  public var clean: CertifiedSetting { settings[0] }

  public var shifted: ArraySlice<CertifiedSetting> { settings.dropFirst() }

  /// The certificate as JSON, its keys in alphabetical order: the same certificate gives the same
  /// bytes.
  public func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self)
  }

  /// Reads what ``json()`` wrote.
  ///
  /// - Throws: ``CertificateError`` when the data is not a certificate of this version.
  public init(json data: Data) throws {
    struct Header: Decodable {
      let schema: String
    }
    guard let header = try? CarefulJSONDecoder().decode(Header.self, from: data) else {
      throw CertificateError("this is not a certificate: it is not JSON with a \"schema\"")
    }
    guard header.schema == Self.schema else {
      throw CertificateError(
        "this is a \(header.schema), and this program reads \(Self.schema): use the version of "
          + "Distill that wrote it"
      )
    }
    do {
      self = try CarefulJSONDecoder().decode(Self.self, from: data)
    } catch let error as CertificateError {
      throw CertificateError("the certificate is damaged: \(error)")
    } catch {
      throw CertificateError("the certificate is damaged: a field is missing or of another kind")
    }
  }

  /// - Throws: ``CertificateError`` when something is missing in it, or impossible.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    func field<Value: Decodable>(_ key: CodingKeys) throws -> Value {
      try fields.decode(Value.self, forKey: key)
    }
    schema = try field(.schema)
    subject = try field(.subject)
    studentLoss = try field(.studentLoss)
    controlLoss = try field(.controlLoss)
    verdict = try field(.verdict)
    rule = try field(.rule)
    primaryComparisons = try field(.primaryComparisons)
    otherComparisons = try field(.otherComparisons)
    settings = try field(.settings)
    calibrations = try field(.calibrations)
    recalls = try fields.decodeIfPresent([String: ClassRecalls].self, forKey: .recalls)
    classes = try fields.decodeIfPresent([String].self, forKey: .classes)
    cascade = try fields.decodeIfPresent(CertifiedCascade.self, forKey: .cascade)
    choice = try fields.decodeIfPresent(String.self, forKey: .choice)
    teacherCost = try field(.teacherCost)
    studentCost = try field(.studentCost)
    provenance = try field(.provenance)
    seal = try fields.decodeIfPresent(String.self, forKey: .seal)
    try check()
  }
}
