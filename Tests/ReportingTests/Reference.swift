import Foundation
import Testing

/// The numbers that `Tools/reference/metrics.py` made with scipy, scikit-learn and numpy.
struct Reference: Decodable {
  struct Values: Decodable {
    var values: [Double]
    var weights: [Double]
    var mean: Double
    var standardError: Double
    var weightedMean: Double
    var weightedStandardError: Double
  }
  struct Predictions: Decodable {
    var student: [[Double]]
    var teacher: [[Double]]
    var labels: [Int]
    var accuracy: Double
    var logLoss: Double
    var brier: [Double]
    var entropy: [Double]
    var divergence: [Double]
    var agreement: Double
  }
  struct Binary: Decodable {
    var logits: [Double]
    var labels: [Int]
    var brier: Double
    var logLoss: Double
  }
  struct Calibration: Decodable {
    var confidence: [Double]
    var correct: [Double]
    var equalWidth: Double
    var equalMass: Double
    var counts: [Int]
    var massCounts: [Int]
    var standardError: Double
  }
  struct Paired: Decodable {
    var first: [Double]
    var second: [Double]
    var pValue: Double
    var interval90: [Double]
    var permutation: Double
    var bootstrap95: [Double]
  }
  struct Seeds: Decodable {
    var differences: [[Double]]
    var mean: Double
    var standardError: Double
    var degreesOfFreedom: Double
  }

  var estimate: Values
  var predictions: Predictions
  var binary: Binary
  var calibration: Calibration
  var paired: Paired
  var seeds: Seeds

  static let numbers: Reference = {
    let url = Bundle.module.resourceURL!.appendingPathComponent("Fixtures/metrics.json")
    return try! JSONDecoder().decode(Reference.self, from: Data(contentsOf: url))
  }()
}

/// |a − b| relative to |b|, or absolute where b is 0.
func relativeError(_ a: Double, _ b: Double) -> Double { abs(a - b) / (b == 0 ? 1 : abs(b)) }
