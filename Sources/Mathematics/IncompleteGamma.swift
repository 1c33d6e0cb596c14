import Foundation

/// The regularised incomplete gamma functions P and Q = 1 − P.
package enum IncompleteGamma {
  /// Q(a, x) = Γ(a, x) / Γ(a): the probability that a Gamma(a) variable is above x, and that a
  /// Poisson variable with mean x is below a, where a is a whole number. Accurate to about 12 digits
  /// in time O(√a), and O(1) above a = 10⁵.
  package static func upper(_ a: Double, _ x: Double) -> Double {
    precondition(a > 0, "IncompleteGamma.upper: the shape must be positive, not \(a)")
    if x <= 0 { return 1 }
    if x == .infinity { return 0 }
    if a > 1e5 { return uniformUpper(a, x) }
    return x < a + 1 ? 1 - lowerSeries(a, x) : upperFraction(a, x)
  }

  /// x^a e^{−x} / Γ(a + 1), without the differences of large numbers.
  private static func density(_ a: Double, _ x: Double) -> Double {
    guard a >= 10 else { return exp(a * log(x) - x - logGamma(a + 1)) }
    return exp(-a * deviance((x - a) / a) - Stirling.remainder(a)) / (2 * .pi * a).squareRoot()
  }

  /// μ − log(1 + μ).
  package static func deviance(_ mu: Double) -> Double {
    guard abs(mu) < 0.02 else { return mu - log1p(mu) }
    var (power, sum) = (mu, 0.0)
    for k in 2...10 {
      power *= -mu
      sum -= power / Double(k)
    }
    return sum
  }

  /// P by its power series (Abramowitz & Stegun 6.5.29).
  private static func lowerSeries(_ a: Double, _ x: Double) -> Double {
    var (term, sum, n) = (1.0, 1.0, a)
    while term > 1e-17 * sum {
      n += 1
      term *= x / n
      sum += term
    }
    return density(a, x) * sum
  }

  /// Q by Lentz's evaluation of its continued fraction (Abramowitz & Stegun 6.5.31).
  private static func upperFraction(_ a: Double, _ x: Double) -> Double {
    var b = x + 1 - a
    var c = 1e300
    var d = 1 / b
    var result = d
    for i in 1...100_000 {
      let numerator = -Double(i) * (Double(i) - a)
      b += 2
      d = 1 / (numerator * d + b)
      c = b + numerator / c
      result *= c * d
      if abs(c * d - 1) < 1e-16 { break }
    }
    return density(a, x) * a * result
  }

  /// Q by Temme's uniform expansion (NIST Digital Library of Mathematical Functions 8.12.4), of which
  /// two terms are enough for large a.
  private static func uniformUpper(_ a: Double, _ x: Double) -> Double {
    let mu = (x - a) / a
    let half = deviance(mu)
    let eta = (2 * half).squareRoot() * (mu < 0 ? -1 : 1)
    let first: Double
    let second: Double
    if abs(eta) < 0.1 {
      first = polynomial(
        [-1.0 / 3, 1.0 / 12, -2.0 / 135, 1.0 / 864, 1.0 / 2_835, -139.0 / 777_600, 1.0 / 25_515],
        eta
      )
      second = polynomial([-1.0 / 540, -1.0 / 288, 1.0 / 378, -77.0 / 77_760], eta)
    } else {
      first = 1 / mu - 1 / eta
      second = 1 / (eta * eta * eta) - 1 / (mu * mu * mu) - 1 / (mu * mu) - 1 / (12 * mu)
    }
    let remainder = exp(-a * half) / (2 * .pi * a).squareRoot() * (first + second / a)
    return min(max(0.5 * erfc(eta * (a / 2).squareRoot()) + remainder, 0), 1)
  }

  private static func polynomial(_ coefficients: [Double], _ x: Double) -> Double {
    coefficients.reversed().reduce(0) { $0 * x + $1 }
  }
}

/// What Stirling's formula leaves out.
enum Stirling {
  /// log Γ(x) − [(x − ½) log x − x + ½ log 2π], for x of 10 or more, to about 15 digits.
  static func remainder(_ x: Double) -> Double {
    let r = 1 / (x * x)
    // Bernoulli numbers B₂ₖ / (2k (2k − 1)).
    return
      (1.0 / 12
      - r * (1.0 / 360 - r * (1.0 / 1260 - r * (1.0 / 1680 - r * (1.0 / 1188 - r * 691 / 360360)))))
      / x
  }
}
