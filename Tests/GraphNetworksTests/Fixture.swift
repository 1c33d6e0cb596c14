import Foundation
import Tensors

@testable import GraphNetworks

/// A tensor in a file of reference numbers.
struct ReferenceTensor: Decodable, Sendable {
  let shape: [Int]
  let values: [Double]

  /// Float64.
  var tensor: Tensor { Tensor(values, shape: shape) }
}

/// Files beside the tests, made by `Tools/reference/graphs.py`.
enum Fixture {
  private struct File<Case: Decodable>: Decodable { let cases: [Case] }

  static func cases<Case: Decodable>(_ name: String) -> [Case] {
    let url = Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: nil)!
    return try! JSONDecoder().decode(File<Case>.self, from: Data(contentsOf: url)).cases
  }
}

extension Tensor {
  func largestDifference(from other: Tensor) -> Double {
    precondition(shape == other.shape, "\(shape) is compared with \(other.shape)")
    return count == 0 ? 0 : (self - other).magnitude.maximum().doubleValue
  }
}

/// A graph of random edges, none into the last node.
func randomGraph(_ nodes: Int, edges: Int, seed: UInt64) -> Graph {
  let generator = RandomGenerator(seed: seed)
  let ends = Tensor.randomIntegers(0..<(nodes - 1), [2, edges], using: generator)
  return try! Graph(ends, nodes: nodes)
}
