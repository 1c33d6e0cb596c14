/// A normal prior on coefficients, up to a constant: `−½ (w − mean)ᵀ P (w − mean)`.
public struct GaussianPrior: Codable, Hashable, Sendable {
  /// `[dimension]`.
  public let mean: [Double]
  /// The precision P, row-major, `[dimension, dimension]`.
  public let precision: [Double]
  let isDiagonal: Bool

  var dimension: Int { mean.count }

  /// The prior `N(mean, P⁻¹)`.
  public init(mean: [Double], precision: [Double]) {
    precondition(
      precision.count == mean.count * mean.count,
      "GaussianPrior: a precision of \(precision.count) elements for \(mean.count) coordinates"
    )
    self.mean = mean
    self.precision = precision
    let n = mean.count
    isDiagonal = precision.indices.allSatisfy { $0 / n == $0 % n || precision[$0] == 0 }
  }

  /// The prior `N(0, standardDeviation² I)`.
  public init(dimension: Int, standardDeviation: Double) {
    var precision = [Double](repeating: 0, count: dimension * dimension)
    for i in 0..<dimension {
      precision[i * dimension + i] = 1 / (standardDeviation * standardDeviation)
    }
    self.init(mean: [Double](repeating: 0, count: dimension), precision: precision)
  }

  /// Element `i` of `P (w − mean)`.
  @inline(__always)
  func pull(_ i: Int, at w: UnsafePointer<Double>) -> Double {
    let n = dimension
    if isDiagonal { return precision[i * n + i] * (w[i] - mean[i]) }
    var sum = 0.0
    for j in 0..<n { sum += precision[i * n + j] * (w[j] - mean[j]) }
    return sum
  }

  @inline(__always)
  func curvature(_ i: Int) -> Double { precision[i * dimension + i] }

  @inline(__always)
  func logDensity(at w: UnsafePointer<Double>) -> Double {
    var sum = 0.0
    for i in 0..<dimension { sum += pull(i, at: w) * (w[i] - mean[i]) }
    return -0.5 * sum
  }

  /// The log-density; adds its gradient to `gradient`.
  @inline(__always)
  func logDensity(
    at w: UnsafePointer<Double>,
    addingGradientTo gradient: UnsafeMutablePointer<Double>
  ) -> Double {
    var sum = 0.0
    for i in 0..<dimension {
      let pull = pull(i, at: w)
      gradient[i] -= pull
      sum += pull * (w[i] - mean[i])
    }
    return -0.5 * sum
  }

  /// P + Σ_n weight_n x_n x_nᵀ: the curvature of a posterior.
  ///
  /// - Parameters:
  ///   - columns: x, `[dimension][count]`.
  ///   - weights: `[count]`.
  func precision(addingProductsOf columns: [[Double]], weights: [Double]) -> [Double] {
    let n = dimension
    var result = precision
    for i in 0..<n {
      let weighted = zip(columns[i], weights).map { $0 * $1 }
      for j in 0...i {
        var sum = 0.0
        for k in weighted.indices { sum += weighted[k] * columns[j][k] }
        result[i * n + j] += sum
        if i != j { result[j * n + i] += sum }
      }
    }
    return result
  }

  /// The prior of u when `w = map(u)`: mean `map⁻¹(mean)`, precision `TᵀPT`.
  func transformed(by map: AffineMap) -> GaussianPrior {
    let n = dimension
    let t = map.matrix
    var half = [Double](repeating: 0, count: n * n)
    var result = half
    for i in 0..<n {
      for k in 0..<n { for j in 0..<n { half[i * n + j] += precision[i * n + k] * t[k * n + j] } }
    }
    for k in 0..<n {
      for i in 0..<n { for j in 0..<n { result[i * n + j] += t[k * n + i] * half[k * n + j] } }
    }
    return GaussianPrior(mean: map.preimage(of: mean), precision: result)
  }
}
