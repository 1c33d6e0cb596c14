/// The map `x = offset + matrix · u` between whitened coordinates u and a model's own x.
public struct AffineMap: Codable, Hashable, Sendable {
  /// The image of zero.
  public let offset: [Double]
  /// Row-major, `[dimension, dimension]`.
  public let matrix: [Double]

  /// The number of coordinates.
  public var dimension: Int { offset.count }

  /// The map with this offset and row-major square matrix.
  public init(offset: [Double], matrix: [Double]) {
    precondition(
      matrix.count == offset.count * offset.count,
      "AffineMap: a matrix of \(matrix.count) elements does not fit \(offset.count) coordinates"
    )
    self.offset = offset
    self.matrix = matrix
  }

  /// Writes `offset + matrix · u` into `result`.
  public func apply(_ u: [Double], into result: inout [Double]) {
    let n = dimension
    for i in 0..<n {
      var sum = offset[i]
      for j in 0..<n { sum += matrix[i * n + j] * u[j] }
      result[i] = sum
    }
  }

  /// Writes `matrixᵀ · g` into `result`: how gradients travel back.
  public func applyTransposed(_ g: [Double], into result: inout [Double]) {
    let n = dimension
    for j in 0..<n { result[j] = 0 }
    for i in 0..<n {
      for j in 0..<n { result[j] += matrix[i * n + j] * g[i] }
    }
  }

  /// The point u whose image is `x`, by Gaussian elimination with partial pivoting.
  ///
  /// Costs O(dimension³); used once for each chain, at its start.
  public func preimage(of x: [Double]) -> [Double] {
    let n = dimension
    var a = matrix
    var b = zip(x, offset).map { $0 - $1 }
    for column in 0..<n {
      let pivot = (column..<n).max { abs(a[$0 * n + column]) < abs(a[$1 * n + column]) }!
      precondition(a[pivot * n + column] != 0, "AffineMap.preimage: the matrix is singular")
      if pivot != column {
        for k in 0..<n { a.swapAt(pivot * n + k, column * n + k) }
        b.swapAt(pivot, column)
      }
      for row in (column + 1)..<max(n, column + 1) {
        let factor = a[row * n + column] / a[column * n + column]
        for k in column..<n { a[row * n + k] -= factor * a[column * n + k] }
        b[row] -= factor * b[column]
      }
    }
    for row in stride(from: n - 1, through: 0, by: -1) {
      for k in (row + 1)..<max(n, row + 1) { b[row] -= a[row * n + k] * b[k] }
      b[row] /= a[row * n + row]
    }
    return b
  }
}
