import Foundation
import Tensors

@testable import Vision

/// Files beside the tests, made by `Tools/reference/vision.py`.
enum Fixture {
  static func decode<Content: Decodable>(_ name: String) -> Content {
    let url = Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: nil)!
    return try! JSONDecoder().decode(Content.self, from: Data(contentsOf: url))
  }
}

extension Tensor {
  func largestDifference(from other: Tensor) -> Double {
    precondition(shape == other.shape, "\(shape) is compared with \(other.shape)")
    return count == 0 ? 0 : (self - other).magnitude.maximum().doubleValue
  }
}

/// A box of COCO's form: left, top, width, height.
func box(_ numbers: ArraySlice<Double>) -> Box {
  let n = Array(numbers)
  return Box(left: n[0], top: n[1], right: n[0] + n[2], bottom: n[1] + n[3])
}

/// Squares, discs and crosses, `[pictures, 12, 12]`, of different brightness, with their labels.
func shapes(_ count: Int, seed: UInt64) -> (pictures: Tensor, labels: Tensor) {
  let generator = RandomGenerator(seed: seed)
  let labels = Tensor.randomIntegers(0..<3, [count], using: generator)
  let places = Tensor.range(0..<12, .float32) - 5.5
  let (x, y) = (places.insertingAxis(0), places.insertingAxis(1))
  let square = (x.magnitude.maximum(y.magnitude) .< 4.6).cast(to: .float32)
  let disc = ((x.squared + y.squared) .< 24).cast(to: .float32)
  let cross = (x.magnitude.minimum(y.magnitude) .< 1.1).cast(to: .float32)
  let ring = disc - ((x.squared + y.squared) .< 8).cast(to: .float32)
  let brightness = Tensor.uniform([count, 1, 1], using: generator) * 0.4 + 0.6
  return (Tensor.stacked([square, ring, cross])[rows: labels] * brightness, labels)
}
