import Foundation
import Mathematics
import Networks
import Probability

extension Activation {
  /// The value and slope at a number, as libtorch defines them.
  @inline(__always)
  func evaluate(_ z: Double) -> (value: Double, slope: Double) {
    switch self {
    case .identity: return (z, 1)
    case .relu: return z > 0 ? (z, 1) : (0, 0)
    case .tanh:
      let t = Foundation.tanh(z)
      return (t, 1 - t * t)
    case .sigmoid:
      let s = Self.logistic(z)
      return (s, s * (1 - s))
    case .gelu:
      let cumulative = 0.5 * erfc(-z * 0.5.squareRoot())
      return (z * cumulative, cumulative + z * exp(-0.5 * z * z - StandardNormal.logSqrtTwoPi))
    case .silu:
      let s = Self.logistic(z)
      return (z * s, s * (1 + z * (1 - s)))
    case .elu: return z > 0 ? (z, 1) : (expm1(z), exp(z))
    case .leakyReLU: return z > 0 ? (z, 1) : (0.01 * z, 0.01)
    case .softplus: return (max(z, 0) + log1p(exp(-abs(z))), Self.logistic(z))
    case .hardSwish:
      if z <= -3 { return (0, 0) }
      if z >= 3 { return (z, 1) }
      return (z * (z + 3) / 6, (2 * z + 3) / 6)
    }
  }

  private static func logistic(_ z: Double) -> Double {
    let e = exp(-abs(z))
    return z >= 0 ? 1 / (1 + e) : e / (1 + e)
  }
}
