import Foundation

extension RandomStream {
  /// A uniform draw from the open interval (0, 1); never 0, never 1.
  @inline(__always)
  public mutating func uniform() -> Double {
    (Double(next() >> 12) + 0.5) * 0x1p-52
  }

  /// A standard exponential draw, density `exp(−x)`.
  @inline(__always)
  public mutating func exponential() -> Double {
    -log(uniform())
  }

  /// A draw from the gamma distribution with density proportional to `x^(shape−1) exp(−x)`.
  ///
  /// Marsaglia and Tsang, *A simple method for generating gamma variables* (2000); shapes below
  /// one are drawn as `gamma(shape + 1) · u^(1/shape)`.
  public mutating func gamma(shape: Double) -> Double {
    precondition(shape > 0, "gamma: the shape must be positive, not \(shape)")
    if shape < 1 { return gamma(shape: shape + 1) * pow(uniform(), 1 / shape) }
    let d = shape - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = normal()
      let root = 1 + c * x
      guard root > 0 else { continue }
      let v = root * root * root
      if log(uniform()) < 0.5 * x * x + d - d * v + d * log(v) { return d * v }
    }
  }

  /// A draw from the Poisson distribution with the given mean.
  ///
  /// Products of uniforms below a mean of 10; above it the gamma reduction of Ahrens and Dieter
  /// (1974): the `m`-th arrival time is a gamma draw, and the remainder is Poisson or binomial.
  public mutating func poisson(mean: Double) -> Int {
    precondition(mean >= 0 && mean.isFinite, "poisson: the mean must be finite and not negative")
    var remaining = mean
    var count = 0
    while remaining > 10 {
      let m = Int(remaining * 7 / 8)
      let arrival = gamma(shape: Double(m))
      if arrival > remaining {
        // Given the time of arrival m, the m − 1 earlier ones are uniform before it.
        let probability = remaining / arrival
        for _ in 0..<(m - 1) where uniform() < probability { count += 1 }
        return count
      }
      remaining -= arrival
      count += m
    }
    let limit = exp(-remaining)
    var product = uniform()
    while product > limit {
      count += 1
      product *= uniform()
    }
    return count
  }

  /// A draw from the Poisson distribution of any mean, as a real number; infinite where the mean is.
  ///
  /// Above a mean of 10¹⁵ by the normal distribution, from which it then differs by less than 10⁻⁸.
  package mutating func poissonCount(mean: Double) -> Double {
    if mean <= 1e15 { return Double(poisson(mean: mean)) }
    return (mean + mean.squareRoot() * normal()).rounded()
  }

  /// A whole number below `bound`, uniformly.
  @inline(__always)
  package mutating func index(below bound: Int) -> Int {
    // The multiply-shift of 32 bits: biased by less than bound · 2⁻⁶⁴.
    Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// Fills `values` with independent standard normal draws.
  @inline(__always)
  mutating func fillNormal(_ values: inout [Double]) {
    for i in values.indices { values[i] = normal() }
  }
}
