import Foundation

/// The lower Cholesky factor of a symmetric positive definite matrix, `A = L Lᵀ`.
///
/// Matrices are flat and row-major, `[dimension, dimension]`.
public struct Cholesky: Codable, Hashable, Sendable {
  /// Rows and columns of the matrix.
  public let dimension: Int
  /// `L`, with zeros above the diagonal.
  public let lower: [Double]

  /// Factors `matrix`; nil when it is not positive definite to working precision.
  public init?(_ matrix: [Double], dimension: Int) {
    precondition(
      matrix.count == dimension * dimension,
      "Cholesky: \(matrix.count) elements are not a \(dimension)×\(dimension) matrix"
    )
    var lower = [Double](repeating: 0, count: dimension * dimension)
    for i in 0..<dimension {
      for j in 0...i {
        var sum = matrix[i * dimension + j]
        for k in 0..<j { sum -= lower[i * dimension + k] * lower[j * dimension + k] }
        if i == j {
          guard sum > 0, sum.isFinite else { return nil }
          lower[i * dimension + i] = sum.squareRoot()
        } else {
          lower[i * dimension + j] = sum / lower[j * dimension + j]
        }
      }
    }
    self.dimension = dimension
    self.lower = lower
  }

  /// `log det A`.
  public var logDeterminant: Double {
    (0..<dimension).reduce(0) { $0 + 2 * log(lower[$1 * dimension + $1]) }
  }

  /// `L x`.
  public func multiply(_ x: [Double]) -> [Double] {
    (0..<dimension).map { i in (0...i).reduce(0) { $0 + lower[i * dimension + $1] * x[$1] } }
  }

  /// Replaces `x` by `L⁻¹ x`.
  public func solveLower(_ x: inout [Double]) {
    for i in 0..<dimension {
      var sum = x[i]
      for k in 0..<i { sum -= lower[i * dimension + k] * x[k] }
      x[i] = sum / lower[i * dimension + i]
    }
  }

  /// Replaces `x` by `L⁻ᵀ x`.
  public func solveUpper(_ x: inout [Double]) {
    for i in stride(from: dimension - 1, through: 0, by: -1) {
      var sum = x[i]
      for k in (i + 1)..<max(dimension, i + 1) { sum -= lower[k * dimension + i] * x[k] }
      x[i] = sum / lower[i * dimension + i]
    }
  }

  /// Replaces `x` by `A⁻¹ x`.
  public func solve(_ x: inout [Double]) {
    solveLower(&x)
    solveUpper(&x)
  }

  /// `L⁻ᵀ`, row-major: the square root of `A⁻¹` that whitens a density with precision `A`.
  public var inverseTransposed: [Double] {
    var result = [Double](repeating: 0, count: dimension * dimension)
    for column in 0..<dimension {
      var unit = [Double](repeating: 0, count: dimension)
      unit[column] = 1
      solveUpper(&unit)
      for row in 0..<dimension { result[row * dimension + column] = unit[row] }
    }
    return result
  }
}

extension Cholesky {
  func isSound(in dimension: Int) -> Bool {
    self.dimension == dimension && [lower].areFinite(dimension * dimension)
      && (0..<dimension).allSatisfy { lower[$0 * dimension + $0] > 0 }
  }

  /// The factor of the identity.
  public static func identity(_ dimension: Int) -> Cholesky {
    var matrix = [Double](repeating: 0, count: dimension * dimension)
    for i in 0..<dimension { matrix[i * dimension + i] = 1 }
    return Cholesky(matrix, dimension: dimension)!
  }
}
