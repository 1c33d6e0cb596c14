import Distill
import Foundation

/// A number that a run ended with, and how far it may be off.
package struct RunResult: Encodable, Equatable {
  /// Such as "accuracy".
  package let name: String
  package let value: Double
  /// Nil where the run does not say it.
  package let standardError: Double?

  /// With two standard errors.
  package var text: String {
    guard let standardError else { return "\(name) \(Uncertain.short(value))" }
    return "\(name) \(Uncertain.text(value, plusMinus: 2 * standardError))"
  }

  /// Whether it is the better of two of the same measure.
  func isBetter(than other: RunResult) -> Bool {
    Self.smallerIsBetter.contains(name) ? value < other.value : value > other.value
  }

  private static let smallerIsBetter: Set = [
    "KL from teacher", "error to teacher", "squared error", "KL from draws", "KL(student‖teacher)",
  ]

  /// The names of measures in metrics, and what they are called, the one that says most first.
  private static let measures: [(key: String, name: String)] = [
    ("agreement", "agreement"), ("accuracy", "accuracy"), ("macroF1", "macro F1"),
    ("microF1", "micro F1"), ("averagePrecision", "mean average precision"),
    ("divergence", "KL from teacher"),
    ("fidelity", "R² of the teacher's"), ("determination", "R²"), ("distance", "error to teacher"),
    ("squaredError", "squared error"), ("logProbability", "log-probability"),
    ("cosine", "cosine with the teacher"), ("rankCorrelation", "rank correlation"),
  ]

  /// What a run ended with.
  ///
  /// - Throws: `RunError` when the certificate was changed after it was written.
  static func all(
    in folder: RunFolder
  ) throws -> (results: [RunResult], parameters: Int?, verdict: String?) {
    let score = try score(in: folder)
    var results = measures.compactMap { key, name in
      score.flatMap { RunResult(name, $0[key]) }
    }
    var parameters = score?["parameters"] as? Int
    var verdict: String?
    if folder.contains(RunFolder.certificate), try saysHowItCame(folder) {
      let path = folder.file(RunFolder.certificate).path
      switch try CertificateFile.header(path).application {
      case nil: verdict = try CertificateFile.read(path).verdict.rawValue
      case PredictiveCertificate.application:
        let certificate = try CertificateFile.evidence(PredictiveCertificate.self, at: path)
        results += certificate.forms.prefix(1).compactMap { form in
          form.divergence.map {
            RunResult(
              name: "KL from draws",
              value: $0.mean,
              standardError: $0.standardError
            )
          }
        }
        verdict = certificate.doubts?.isEmpty == false ? "doubted" : nil
      case GenerativeCertificate.application:
        let certificate = try CertificateFile.evidence(GenerativeCertificate.self, at: path)
        let divergence = certificate.divergenceOfStudent
        results.append(
          RunResult(
            name: "KL(student‖teacher)",
            value: divergence.value,
            standardError: divergence.standardError
          )
        )
        parameters = parameters ?? certificate.student.parameters
      default:
        // Of a job that this room does not know: whether it was changed, a replay tells.
        struct Evidence: Decodable { let word: Verdict? }
        let data = try RegularFile.data(folder.file(RunFolder.certificate))
        verdict = try? CarefulJSONDecoder().decode(Evidence.self, from: data).word?.rawValue
      }
    }
    return (results, parameters, verdict)
  }

  /// The first of ``all(in:)`` and the student's parameters, without looking whether a certificate was
  /// changed: what thousands of runs are sorted by before those that are shown are read whole.
  static func first(in folder: RunFolder) -> (result: RunResult?, parameters: Int?) {
    if let score = try? score(in: folder) {
      let result = measures.lazy.compactMap { RunResult($1, score[$0]) }.first
      return (result, score["parameters"] as? Int)
    }
    guard folder.contains(RunFolder.certificate),
      let data = try? RegularFile.data(folder.file(RunFolder.certificate)),
      let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any]
    else { return (nil, nil) }
    if let forms = object["forms"] as? [[String: Any]] {
      return (RunResult("KL from draws", forms.first?["divergence"]), nil)
    }
    guard let divergence = object["divergenceOfStudent"] as? [String: Any],
      let value = divergence["value"] as? Double
    else { return (nil, nil) }
    return (
      RunResult(
        name: "KL(student‖teacher)",
        value: value,
        standardError: divergence["standardError"] as? Double
      ), (object["student"] as? [String: Any])?["parameters"] as? Int
    )
  }

  /// Demonstrations write numbers that stand on no recipe of their own.
  private static func saysHowItCame(_ folder: RunFolder) throws -> Bool {
    struct Header: Decodable { let provenance: Nothing? }
    let data = try RegularFile.data(folder.file(RunFolder.certificate))
    return try CarefulJSONDecoder().decode(Header.self, from: data).provenance != nil
  }

  private init?(_ name: String, _ value: Any?) {
    guard let estimate = value as? [String: Any], let mean = estimate["mean"] as? Double else {
      return nil
    }
    (self.name, self.value) = (name, mean)
    standardError = estimate["standardError"] as? Double
  }

  private init(name: String, value: Double, standardError: Double?) {
    (self.name, self.value, self.standardError) = (name, value, standardError)
  }

  /// The line of the metrics with the student's scores: the one of that name, else the last that is
  /// compared with a teacher.
  private static func score(in folder: RunFolder) throws -> [String: Any]? {
    guard folder.contains(RunFolder.metrics) else { return nil }
    let data = try RegularFile.data(folder.file(RunFolder.metrics))
    let scores = data.split(separator: UInt8(ascii: "\n")).suffix(20).compactMap {
      try? JSONSerialization.jsonObject(with: $0) as? [String: Any]
    }.filter { score in
      score["name"] != nil
        && ["agreement", "fidelity", "cosine"].contains { score[$0] != nil }
    }
    return scores.first { $0["name"] as? String == "student" } ?? scores.last
  }
}
