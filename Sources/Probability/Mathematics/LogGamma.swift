import Foundation

/// The logarithm of the gamma function for positive arguments, by Stirling's series after moving
/// the argument above 10; accurate to about 15 digits.
package func logGamma(_ argument: Double) -> Double {
  precondition(argument > 0, "logGamma: the argument must be positive, not \(argument)")
  var x = argument
  var product = 1.0
  while x < 10 {
    product *= x
    x += 1
  }
  return (x - 0.5) * log(x) - x + 0.5 * log(2 * Double.pi) + Stirling.remainder(x) - log(product)
}

/// `log Σ exp(xᵢ)` without overflow.
package func logSumExp(_ values: some Collection<Double>) -> Double {
  guard let largest = values.max(), largest.isFinite else { return values.max() ?? -.infinity }
  return largest + log(values.reduce(0) { $0 + exp($1 - largest) })
}

/// `log(exp(a) + exp(b))` without overflow.
@inline(__always)
func logSumExp(_ a: Double, _ b: Double) -> Double {
  let largest = max(a, b)
  guard largest.isFinite else { return largest }
  return largest + log1p(exp(-abs(a - b)))
}
