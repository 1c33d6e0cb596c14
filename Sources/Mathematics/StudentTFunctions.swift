import Foundation

/// Functions of Student's t distribution, for intervals from a standard error that was itself estimated.
package struct StudentTFunctions: Hashable, Sendable {
  /// Positive, not necessarily whole; infinite for the normal distribution.
  package let degreesOfFreedom: Double

  package init(degreesOfFreedom: Double) {
    precondition(degreesOfFreedom > 0, "StudentTFunctions: needs positive degrees of freedom")
    self.degreesOfFreedom = degreesOfFreedom
  }

  /// P(T ≤ t).
  package func cumulative(_ t: Double) -> Double {
    let tail = upperTail(abs(t))
    return t > 0 ? 1 - tail : tail
  }

  /// P(|T| ≥ |t|).
  package func twoSided(_ t: Double) -> Double { 2 * upperTail(abs(t)) }

  /// The t with P(T ≤ t) = `probability`.
  ///
  /// Starts from the normal quantile widened by two terms of its expansion in 1/ν (Fisher & Cornish
  /// 1960), encloses the root, and takes Newton's steps inside.
  package func quantile(_ probability: Double) -> Double {
    precondition((0...1).contains(probability), "quantile(\(probability)): needs a probability")
    if probability == 0.5 { return 0 }
    let z = StandardNormal.quantile(probability)
    guard z.isFinite, degreesOfFreedom.isFinite else { return z }
    // The upper half only: the tail keeps its digits.
    let tail = min(probability, 1 - probability)
    let magnitude = abs(z)
    var lower = 0.0
    var upper = magnitude + 1
    while upperTail(upper) > tail { (lower, upper) = (upper, 4 * upper) }
    let cubic = magnitude * magnitude * magnitude
    var t = magnitude + (cubic + magnitude) / (4 * degreesOfFreedom)
    for _ in 0..<200 {
      if !(lower < t && t < upper) { t = lower + (upper - lower) / 2 }
      let excess = upperTail(t) - tail
      if excess > 0 { lower = t } else { upper = t }
      let next = t + excess / density(t)
      if abs(next - t) <= 2e-16 * t || upper - lower <= 1e-15 * upper { break }
      t = next
    }
    return probability < 0.5 ? -t : t
  }

  package func density(_ t: Double) -> Double {
    let nu = degreesOfFreedom
    return exp(logGammaRatio - 0.5 * log(.pi * nu) - 0.5 * (nu + 1) * log1p(t * t / nu))
  }

  /// P(T ≥ t) for t ≥ 0: half the incomplete beta function I_x(ν/2, 1/2) at x = ν/(ν + t²).
  private func upperTail(_ t: Double) -> Double {
    let nu = degreesOfFreedom
    if t.isInfinite { return 0 }
    if nu.isInfinite { return StandardNormal.cumulative(-t) }
    if nu > 1e5 { return StandardNormal.cumulative(-normalEquivalent(t)) }
    let x = nu / (nu + t * t)
    let y = t * t / (nu + t * t)
    if y == 0 { return 0.5 }
    // x^a y^b / B(a, b) with a = ν/2, b = 1/2 and B = Γ(a) √π / Γ(a + 1/2).
    let front = exp(
      -0.5 * nu * log1p(t * t / nu) + 0.5 * log(y) + logGammaRatio - 0.5 * log(.pi)
    )
    // Each side of the mean has the continued fraction that converges there.
    return x < (0.5 * nu + 1) / (0.5 * nu + 2.5)
      ? 0.5 * front / (0.5 * nu) * IncompleteBeta.continuedFraction(x, 0.5 * nu, 0.5)
      : 0.5 - 0.5 * front / 0.5 * IncompleteBeta.continuedFraction(y, 0.5, 0.5 * nu)
  }

  /// The z that is exceeded as often as t, for large ν, where the continued fraction is slow and
  /// loses digits (Algorithm 395, Hill, Communications of the ACM 13, 1970; its error falls as
  /// 1/ν⁶).
  private func normalEquivalent(_ t: Double) -> Double {
    let a = degreesOfFreedom - 0.5
    let b = 48 * a * a
    let y = a * log1p(t * t / degreesOfFreedom)
    let inner = ((-0.4 * y - 3.3) * y - 24) * y - 85.5
    return ((inner / (0.8 * y * y + 100 + b) + y + 3) / b + 1) * y.squareRoot()
  }

  /// log Γ(ν/2 + 1/2) − log Γ(ν/2); for large ν by its own asymptotic series, because the
  /// difference of two large logarithms loses digits.
  private var logGammaRatio: Double {
    let x = 0.5 * degreesOfFreedom
    if x < 20 { return lgamma(x + 0.5) - lgamma(x) }
    let r = 1 / (x * x)
    let series = -1 / 8.0 + r * (1 / 192.0 + r * (-1 / 640.0 + r * (17 / 14336.0 - r * 31 / 18432)))
    return 0.5 * log(x) + series / x
  }
}
