/// The normal distribution at the mode of a density: `N(mode, H⁻¹)` with H the negative Hessian.
///
/// Newton's method from a start, with backtracking, until a step changes nothing that the density's
/// rounding does not; H is the density's own ``DifferentiableDistribution/curvature(at:)``. Costs
/// O(dimension³) a step beside it.
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
    var latest = Double.infinity
    for _ in 0..<maximumSteps {
      guard let factor = Self.factor(of: target.curvature(at: x), dimension: n) else {
        throw ProbabilityError.noMode("the density is not finite near \(x)")
      }
      var direction = gradient
      factor.solve(&direction)
      // The Newton decrement is the squared distance to the mode in posterior standard deviations.
      // Near the mode it is squared by each step, until the rounding of the gradient is reached.
      let decrement = zip(direction, gradient).reduce(0) { $0 + $1.0 * $1.1 }
      if decrement < 1e-20 || decrement < 1e-4 && decrement > 0.1 * latest {
        mode = x
        precisionFactor = factor
        logDensityAtMode = value
        return
      }
      latest = decrement
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

  /// The factor of a negative Hessian, made positive definite by adding to its diagonal where the
  /// density is not concave; of each coordinate in proportion to its own curvature, so that units do
  /// not matter.
  private static func factor(of hessian: [Double], dimension n: Int) -> Cholesky? {
    guard hessian.allSatisfy(\.isFinite) else { return nil }
    let diagonal = (0..<n).map { abs(hessian[$0 * n + $0]) }
    let least = 1e-12 * max(diagonal.max()!, 1e-8)
    let scales = diagonal.map { max($0, least) }
    var ridge = 0.0
    for _ in 0..<40 {
      var attempt = hessian
      for i in 0..<n { attempt[i * n + i] += ridge * scales[i] }
      if let factor = Cholesky(attempt, dimension: n) { return factor }
      ridge = max(4 * ridge, 1e-4)
    }
    return nil
  }
}
