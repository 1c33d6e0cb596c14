import Foundation

/// Sums over observations of `log σ(z)`, the hot loops of logistic regression.
///
/// `log σ(z) = min(z, 0) − log(1 + exp(−|z|))`, and a sum of logarithms is the logarithm of a
/// product: every factor is at most 2, so 64 of them in each of 8 lanes stay below 2⁵¹² and one
/// logarithm serves 512 observations.
enum SignedLogits {
  private static let blockLength = 64

  /// `Σ log σ(z + shift · column)` over `count` groups of lanes, without storing anything.
  @inline(__always)
  static func logSigmoidSum(
    _ z: UnsafePointer<Lanes>,
    moving column: UnsafePointer<Lanes>,
    by shift: Float,
    count: Int
  ) -> Double {
    let step = Lanes(repeating: shift)
    return sum(count) {
      z[$0] + step * column[$0]
    } use: { _, _, _, _ in
    }
  }

  /// `Σ log σ(z)`; writes the derivatives `1 − σ(z)` over z.
  @inline(__always)
  static func logSigmoidSum(replacing z: UnsafeMutablePointer<Lanes>, count: Int) -> Double {
    sum(count) {
      z[$0]
    } use: { i, t, e, factor in
      let numerator = e.replacing(with: 1, where: t .< 0)
      z[i] = numerator / factor
    }
  }

  /// `use` gets the index, z, e = exp(−|z|) and 1 + e of every group.
  @inline(__always)
  private static func sum(
    _ count: Int,
    _ logit: (Int) -> Lanes,
    use: (Int, Lanes, Lanes, Lanes) -> Void
  ) -> Double {
    var result = 0.0
    var i = 0
    while i < count {
      let end = min(i + blockLength, count)
      // min(z, 0) is half of z − |z|.
      var twiceNegative = Lanes.zero
      var product = Lanes(repeating: 1)
      while i < end {
        let t = logit(i)
        let magnitude = t.magnitudes
        let e = magnitude.negativeExponential
        let factor = e + 1
        twiceNegative += t - magnitude
        product *= factor
        use(i, t, e, factor)
        i += 1
      }
      result += 0.5 * twiceNegative.total - log(product.product)
    }
    return result
  }

  /// `z += shift · column`.
  @inline(__always)
  static func move(
    _ z: UnsafeMutablePointer<Lanes>,
    along column: UnsafePointer<Lanes>,
    by shift: Float,
    count: Int
  ) {
    let step = Lanes(repeating: shift)
    for i in 0..<count { z[i] += step * column[i] }
  }

  /// `Σ slope · column`.
  @inline(__always)
  static func dot(
    _ slopes: UnsafePointer<Lanes>,
    _ column: UnsafePointer<Lanes>,
    count: Int
  ) -> Double {
    var even = Lanes.zero
    var odd = Lanes.zero
    var i = 0
    while i + 1 < count {
      even += slopes[i] * column[i]
      odd += slopes[i + 1] * column[i + 1]
      i += 2
    }
    if i < count { even += slopes[i] * column[i] }
    return (even + odd).total
  }
}
