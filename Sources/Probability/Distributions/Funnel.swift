import Foundation
import Mathematics

/// Neal's funnel: `v ~ N(0, scale²)`, then every other coordinate `xᵢ ~ N(0, exp(v))`.
///
/// A density whose width changes by orders of magnitude between mouth and neck: the standard trap
/// for kernels with one step size. Neal, *Slice sampling* (2003), section 8, has scale 3 and nine x.
public struct Funnel: Distribution, DifferentiableDistribution, Codable, Hashable {
  /// One more than the number of x; coordinate 0 is v.
  public let dimension: Int
  /// The standard deviation of v. The default is Neal's 3.
  public let scale: Double

  public init(dimension: Int, scale: Double = 3) {
    precondition(dimension >= 2, "Funnel: the dimension must be at least 2, not \(dimension)")
    self.dimension = dimension
    self.scale = scale
  }

  public func logProbability(of value: [Double]) -> Double { logDensity(at: value) }

  public func logDensity(at point: [Double]) -> Double {
    var gradient = point
    return logDensity(at: point, gradient: &gradient)
  }

  public func logDensity(at point: [Double], gradient: inout [Double]) -> Double {
    let v = point[0]
    let precision = exp(-v)
    let others = Double(dimension - 1)
    var square = 0.0
    for i in 1..<dimension {
      square += point[i] * point[i]
      gradient[i] = -point[i] * precision
    }
    gradient[0] = -v / (scale * scale) + 0.5 * (square * precision - others)
    return -0.5 * (v * v / (scale * scale) + square * precision + others * v)
      - (others + 1) * StandardNormal.logSqrtTwoPi - log(scale)
  }

  public func sample(using random: inout RandomStream) -> [Double] {
    let v = scale * random.normal()
    return [v] + (1..<dimension).map { _ in exp(0.5 * v) * random.normal() }
  }
}
