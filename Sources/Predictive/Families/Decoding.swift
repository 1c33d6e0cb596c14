import Networks
import Tensors

extension KeyedDecodingContainer {
  /// Refuses numbers that do not fit together.
  func require(_ condition: Bool, _ key: Key, _ complaint: String) throws {
    guard !condition else { return }
    throw DecodingError.dataCorruptedError(forKey: key, in: self, debugDescription: complaint)
  }
}

extension Parameter {
  /// The rows of a matrix.
  var rows: [[Double]] { value.matrixRows }
}

extension Tensor {
  /// The rows of a matrix.
  var matrixRows: [[Double]] {
    let flat = scalars(Double.self)
    let width = shape[1]
    return (0..<shape[0]).map { Array(flat[($0 * width)..<(($0 + 1) * width)]) }
  }
}

extension Sequence<Double> {
  /// Whether squares, sums and products of a few of these numbers, and their ratios, are finite.
  var areModerate: Bool { allSatisfy { $0.magnitude < 1e75 } }

  /// The same of weights, which may be as small as they like.
  var areWeights: Bool { allSatisfy { $0 > 0 && $0 < 1e75 } }

  /// The same of deviations and scales, which are divided by.
  var areScales: Bool { allSatisfy { $0 > 1e-75 && $0 < 1e75 } }
}
