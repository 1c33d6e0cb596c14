import Foundation
import Tensors

/// Files beside the tests, made by `Tools/reference/speech.py`.
enum Fixture {
  static func decode<Content: Decodable>(_ name: String) -> Content {
    let url = Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: nil)!
    return try! JSONDecoder().decode(Content.self, from: Data(contentsOf: url))
  }
}

extension Tensor {
  /// A sine of so many hertz at a rate.
  static func tone(_ hertz: Double, count: Int, rate: Int = 16_000) -> Tensor {
    (Tensor.range(0..<count, .float64) * (2 * Double.pi * hertz / Double(rate))).sine
  }
}
