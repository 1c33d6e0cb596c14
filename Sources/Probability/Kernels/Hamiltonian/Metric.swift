/// The inverse mass matrix Σ of Hamiltonian dynamics: kinetic energy `pᵀ Σ p / 2`, `p ~ N(0, Σ⁻¹)`.
///
/// The closer Σ is to the covariance of the target, the rounder the target looks.
public enum Metric: Codable, Hashable, Sendable {
  /// A diagonal Σ, `[dimension]`.
  case diagonal([Double])
  /// A dense Σ (row-major) and its Cholesky factor.
  case dense([Double], factor: Cholesky)

  /// `Σ = I`.
  static func identity(_ dimension: Int, isDense: Bool) -> Metric {
    guard isDense else { return .diagonal([Double](repeating: 1, count: dimension)) }
    let factor = Cholesky.identity(dimension)
    return .dense(factor.lower, factor: factor)
  }

  func isSound(in dimension: Int) -> Bool {
    switch self {
    case .diagonal(let variances):
      [variances].areFinite(dimension) && variances.allSatisfy { $0 > 0 }
    case .dense(let covariance, let factor):
      [covariance].areFinite(dimension * dimension) && factor.isSound(in: dimension)
    }
  }

  /// Writes `Σ p` into `velocity`.
  @inline(__always)
  func velocity(of p: UnsafePointer<Double>, into velocity: UnsafeMutablePointer<Double>) {
    switch self {
    case .diagonal(let variances):
      for i in variances.indices { velocity[i] = variances[i] * p[i] }
    case .dense(let covariance, let factor):
      let n = factor.dimension
      for i in 0..<n {
        var sum = 0.0
        for j in 0..<n { sum += covariance[i * n + j] * p[j] }
        velocity[i] = sum
      }
    }
  }

  /// Fills `momentum` with a draw from `N(0, Σ⁻¹)`.
  func sampleMomentum(into momentum: inout [Double], using random: inout RandomStream) {
    random.fillNormal(&momentum)
    switch self {
    case .diagonal(let variances):
      for i in variances.indices { momentum[i] /= variances[i].squareRoot() }
    case .dense(_, let factor):
      // Σ = L Lᵀ, so L⁻ᵀ z has the covariance Σ⁻¹.
      factor.solveUpper(&momentum)
    }
  }
}
