/// The normal distribution at the mode of a density: `N(mode, H⁻¹)` with H the negative Hessian.
///
/// Newton's method from a start, with backtracking; H comes from central differences of the
/// gradient, 2 × dimension gradients for each step. Costs O(dimension³) a step beside them.
public struct LaplaceApproximation: Sendable {
  /// The mode found.
  public let mode: [Double]
  /// The Cholesky factor of H at the mode.
  public let precisionFactor: Cholesky
  /// The log-density at the mode, up to the target's constant.
  public let logDensityAtMode: Double

  /// The map `x = mode + L⁻ᵀ u`, under which the target looks standard normal.
  public var whitening: AffineMap {
    AffineMap(offset: mode, matrix: precisionFactor.inverseTransposed)
  }

  /// - Parameters:
  ///   - target: The density.
  ///   - start: Where to begin. The default is the origin.
  ///   - maximumSteps: The default of 100 is ten times what a log-concave density needs.
  /// - Throws: ``ProbabilityError/noMode(_:)``.
  public init(
    of target: any DifferentiableDistribution,
    from start: [Double]? = nil,
    maximumSteps: Int = 100
  ) throws {
    let n = target.dimension
    var x = start ?? [Double](repeating: 0, count: n)
    var gradient = x
    var value = target.logDensity(at: x, gradient: &gradient)
    for _ in 0..<maximumSteps {
      guard let factor = LaplaceApproximation.curvature(of: target, at: x) else {
        throw ProbabilityError.noMode("the density is not finite near \(x)")
      }
      var direction = gradient
      factor.solve(&direction)
      // The Newton decrement is the squared distance to the mode in posterior standard deviations;
      // a hundredth of one is enough for whitening and far above single-precision noise.
      let decrement = zip(direction, gradient).reduce(0) { $0 + $1.0 * $1.1 }
      if decrement < 1e-4 {
        mode = x
        precisionFactor = factor
        logDensityAtMode = value
        return
      }
      var length = 1.0
      let rounding = 1e-6 * max(abs(value), 1)
      while true {
        let next = zip(x, direction).map { $0 + length * $1 }
        let nextValue = target.logDensity(at: next)
        if nextValue >= value + 1e-4 * length * decrement - rounding {
          x = next
          break
        }
        length /= 2
        guard length > 1e-10 else {
          throw ProbabilityError.noMode("the density stops increasing at \(x)")
        }
      }
      value = target.logDensity(at: x, gradient: &gradient)
    }
    throw ProbabilityError.noMode("\(maximumSteps) Newton steps were not enough")
  }

  /// The factor of the negative Hessian, made positive definite by adding to its diagonal where
  /// the density is not concave.
  private static func curvature(
    of target: any DifferentiableDistribution,
    at x: [Double]
  ) -> Cholesky? {
    let n = x.count
    var hessian = [Double](repeating: 0, count: n * n)
    for j in 0..<n {
      var moved = x
      let step = 1e-3 * max(abs(x[j]), 1)
      moved[j] = x[j] + step
      let above = target.gradient(at: moved)
      moved[j] = x[j] - step
      let below = target.gradient(at: moved)
      for i in 0..<n {
        // Both triangles receive half of every element: the result is symmetric.
        let element = 0.5 * (below[i] - above[i]) / (2 * step)
        hessian[i * n + j] += element
        hessian[j * n + i] += element
      }
    }
    guard hessian.allSatisfy(\.isFinite) else { return nil }
    var ridge = 0.0
    let scale = (0..<n).map { abs(hessian[$0 * n + $0]) }.max()!
    for _ in 0..<40 {
      var attempt = hessian
      for i in 0..<n { attempt[i * n + i] += ridge }
      if let factor = Cholesky(attempt, dimension: n) { return factor }
      ridge = max(4 * ridge, 1e-4 * max(scale, 1e-8))
    }
    return nil
  }
}
