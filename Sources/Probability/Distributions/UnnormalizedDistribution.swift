/// A density on `dimension` real coordinates, known up to a constant factor.
///
/// The default implementations of ``makeCursor()`` and ``transformed(by:)`` serve every density;
/// models whose density is cheap to update along a coordinate give their own.
public protocol UnnormalizedDistribution: Sendable {
  /// The number of coordinates.
  var dimension: Int { get }
  /// The logarithm of the density at `point` (`[dimension]`) up to a constant; −∞ where it is zero.
  func logDensity(at point: [Double]) -> Double
  /// A movable point at which the density is evaluated along coordinate lines.
  func makeCursor() -> DensityCursor
  /// The density of u when `x = map(u)` has this density (the constant Jacobian is left out).
  func transformed(by map: AffineMap) -> any UnnormalizedDistribution
}

/// A density whose gradient is known, by hand or by automatic differentiation.
public protocol DifferentiableDistribution: UnnormalizedDistribution {
  /// The log-density at `point`; writes its gradient into `gradient`, both `[dimension]`.
  func logDensity(at point: [Double], gradient: inout [Double]) -> Double
  /// The negative Hessian of the log-density at `point`, row-major, `[dimension, dimension]`. The
  /// default takes central differences of the gradient.
  func curvature(at point: [Double]) -> [Double]
}

extension UnnormalizedDistribution {
  public func makeCursor() -> DensityCursor { PointCursor(self) }

  public func transformed(by map: AffineMap) -> any UnnormalizedDistribution {
    if let differentiable = self as? any DifferentiableDistribution {
      return DifferentiableTransformedDistribution(base: differentiable, map: map)
    }
    return TransformedDistribution(base: self, map: map)
  }
}

extension DifferentiableDistribution {
  /// The gradient of the log-density at `point`.
  public func gradient(at point: [Double]) -> [Double] {
    var gradient = [Double](repeating: 0, count: dimension)
    _ = logDensity(at: point, gradient: &gradient)
    return gradient
  }

  public func curvature(at point: [Double]) -> [Double] {
    let n = point.count
    var hessian = [Double](repeating: 0, count: n * n)
    for j in 0..<n {
      var moved = point
      let step = 1e-3 * max(abs(point[j]), 1)
      moved[j] = point[j] + step
      let above = gradient(at: moved)
      moved[j] = point[j] - step
      let below = gradient(at: moved)
      for i in 0..<n {
        // Both triangles receive half of every element: the result is symmetric.
        let element = 0.5 * (below[i] - above[i]) / (2 * step)
        hessian[i * n + j] += element
        hessian[j * n + i] += element
      }
    }
    return hessian
  }
}
