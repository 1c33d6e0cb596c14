import Foundation

/// The regularised incomplete beta function and its inverse.
package enum IncompleteBeta {
  /// `I_x(a, b)`: the probability that a Beta(a, b) variable is below x.
  package static func value(_ x: Double, _ a: Double, _ b: Double) -> Double {
    if x <= 0 { return 0 }
    if x >= 1 { return 1 }
    let front = exp(
      logGamma(a + b) - logGamma(a) - logGamma(b) + a * log(x) + b * log1p(-x)
    )
    if x < (a + 1) / (a + b + 2) { return front * continuedFraction(x, a, b) / a }
    return 1 - front * continuedFraction(1 - x, b, a) / b
  }

  /// The quantile of Beta(a, b) at `probability`, by bisection to the last bit that matters.
  package static func quantile(_ probability: Double, _ a: Double, _ b: Double) -> Double {
    var low = 0.0
    var high = 1.0
    while high - low > 1e-15 * high {
      let middle = 0.5 * (low + high)
      if middle == low || middle == high { break }
      if value(middle, a, b) < probability { low = middle } else { high = middle }
    }
    return 0.5 * (low + high)
  }

  /// The continued fraction of `I_x(a, b)` (Abramowitz and Stegun 26.5.8) by Lentz's method (Thompson
  /// and Barnett 1986): fast for x < (a + 1) / (a + b + 2).
  package static func continuedFraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
    let tiny = 1e-300
    func away(_ value: Double) -> Double { abs(value) < tiny ? tiny : value }
    var c = 1.0
    var d = 1 / away(1 - (a + b) * x / (a + 1))
    var result = d
    // The number of terms needed grows like √max(a, b).
    for i in 1...100_000 {
      let m = Double(i)
      let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
      d = 1 / away(1 + even * d)
      c = away(1 + even / c)
      result *= d * c
      let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
      d = 1 / away(1 + odd * d)
      c = away(1 + odd / c)
      result *= d * c
      if abs(d * c - 1) < 1e-16 { break }
    }
    return result
  }
}
