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
