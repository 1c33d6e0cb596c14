import Foundation

/// `log Σ exp(xᵢ)` without overflow.
@inlinable
package func logSumExp(_ values: some Collection<Double>) -> Double {
  guard let largest = values.max(), largest.isFinite else { return values.max() ?? -.infinity }
  return largest + log(values.reduce(0) { $0 + exp($1 - largest) })
}

/// `log(exp(a) + exp(b))` without overflow.
@inlinable @inline(__always)
package func logSumExp(_ a: Double, _ b: Double) -> Double {
  let largest = max(a, b)
  guard largest.isFinite else { return largest }
  return largest + log1p(exp(-abs(a - b)))
}
