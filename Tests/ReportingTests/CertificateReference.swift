import Foundation
import Tensors

@testable import Reporting

/// The numbers that `Tools/reference/certificate.py` made with scipy, scikit-learn and numpy.
struct CertificateReference: Decodable {
  struct Crossed: Decodable {
    var mean: Double
    var standardError: Double
    var degreesOfFreedom: Double
    var interval: [Double]
    var intervalBySource: [Double]
    var pValueBySource: Double
    var pValue: Double
    var seedInterval: [Double]
    var acrossSeeds: Double
    var acrossExamples: Double
  }
  struct Calibration: Decodable {
    var teacher: Double
    var students: [Double]
    var controls: [Double]
    var differenceAcrossSeeds: Double
    var differenceAcrossExamples: Double
  }
  struct Images: Decodable {
    var shape: [Int]
    var values: [Double]
    var blurred: [Double]
    var left: [Double]
    var right: [Double]
  }

  var teacher: [[Double]]
  var labels: [Int]
  var students: [[[Double]]]
  var controls: [[[Double]]]
  var student: [String: Crossed]
  var differences: [String: Crossed]
  var calibration: Calibration
  var images: Images

  static let numbers: CertificateReference = {
    let url = Bundle.module.resourceURL!.appendingPathComponent("Fixtures/certificate.json")
    return try! JSONDecoder().decode(CertificateReference.self, from: Data(contentsOf: url))
  }()

  func predictions(_ logProbabilities: [[Double]]) -> ClassPredictions {
    ClassPredictions(logProbabilities: Tensor(logProbabilities), labels: Tensor(labels))
  }

  func setting(
    _ shift: Shift? = nil,
    rule: CertificateRule = CertificateRule(),
    resamples: Int = 50
  ) throws -> CertifiedSetting {
    try CertifiedSetting(
      shift,
      teacher: predictions(teacher),
      students: students.map(predictions),
      controls: controls.map(predictions),
      rule: rule,
      resamples: resamples
    )
  }

  /// A whole certificate of these predictions.
  func certificate(rule: CertificateRule = CertificateRule()) throws -> Certificate {
    let cost = ModelCost(
      parameters: 41_090,
      bytes: 164_360,
      multiplyAdds: 41_000,
      latencies: [1, 64].map { Latency(batch: $0, warmUp: 5, times: [1e-5, 2e-5, 3e-4]) },
      memory: PeakMemory(bytesBefore: 1_000_000, peakBytes: 1_200_000)
    )
    let content = Provenance.Content(name: "a <file>", bytes: 3, sha256: "ab12")
    return try Certificate(
      subject: "mlp:784-50-30-10",
      studentLoss: "softCrossEntropy",
      controlLoss: "crossEntropy",
      settings: [setting(rule: rule)]
        + Shift.standard(for: [1, 28, 28]).map { try setting($0, rule: rule) },
      rule: rule,
      calibrations: Certificate.calibrations(
        teacher: predictions(teacher),
        students: students.map(predictions),
        controls: controls.map(predictions)
      ),
      teacherCost: cost,
      studentCost: cost,
      provenance: Provenance(
        version: "1",
        program: content,
        data: [content],
        teacher: [content],
        recipe: "command: compress\nseed: 1 & 2\n",
        recipeSHA256: "cd34",
        networks: [],
        seeds: [1, 2, 3],
        shiftSeed: 7,
        machine: ["threads": "2", "processor": "one"],
        date: "2025-04-02T10:00:00Z"
      )
    )
  }
}
