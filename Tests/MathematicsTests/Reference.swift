import Foundation
import Testing

/// The numbers that `Tools/reference/metrics.py` made with scipy.
struct Reference: Decodable {
  var normal: [[Double]]
  var tQuantiles: [[Double]]
  var tTails: [[Double]]

  private enum CodingKeys: String, CodingKey {
    case normal
    case tQuantiles = "t quantiles"
    case tTails = "t tails"
  }

  static let numbers: Reference = {
    let url = Bundle.module.resourceURL!.appendingPathComponent("Fixtures/quantiles.json")
    return try! JSONDecoder().decode(Reference.self, from: Data(contentsOf: url))
  }()
}

/// |a − b| relative to |b|, or absolute where b is 0.
func relativeError(_ a: Double, _ b: Double) -> Double { abs(a - b) / (b == 0 ? 1 : abs(b)) }
