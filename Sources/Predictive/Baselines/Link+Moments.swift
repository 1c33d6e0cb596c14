import Foundation
import Mathematics
import Probability

extension Link {
  /// E[s(z)], E[1 − s(z)], and mean and variance of z weighted by s(z), for z ~ N(mean, variance).
  struct Moments {
    let value: Double
    let complement: Double
    let tiltedMean: Double
    let tiltedVariance: Double
  }

  func moments(mean: Double, variance: Double) -> Moments {
    guard variance > 0 else {
      let s = evaluate(mean)
      return Moments(
        value: s.value,
        complement: s.complement,
        tiltedMean: mean,
        tiltedVariance: 0
      )
    }
    switch self {
    case .probit: return probitMoments(mean, variance)
    case .logistic: return integratedMoments(mean, variance)
    }
  }

  /// In closed form: E[Φ(z)] = Φ(mean / √(1 + variance)) (Rasmussen & Williams 2006, section 3.9).
  private func probitMoments(_ mean: Double, _ variance: Double) -> Moments {
    let scale = (1 + variance).squareRoot()
    let u = mean / scale
    let ratio = StandardNormal.inverseMills(u)
    return Moments(
      value: 0.5 * erfc(-u * 0.5.squareRoot()),
      complement: 0.5 * erfc(u * 0.5.squareRoot()),
      tiltedMean: mean + variance * ratio / scale,
      tiltedVariance: variance - variance * variance * ratio * (u + ratio) / (1 + variance)
    )
  }

  /// By the trapezoidal rule, which for analytic integrands converges exponentially: its error is
  /// about exp(−2π² sd²/h²) from the normal and exp(−2π²/h) from the curve's poles at ±iπ.
  private func integratedMoments(_ mean: Double, _ variance: Double) -> Moments {
    let deviation = variance.squareRoot()
    let step = max(min(deviation / 1.5, 0.5), deviation / 1_000)
    // The weighted density may lie to the right by its variance: a tilt of at most exp(z).
    let reach = 9 * deviation
    let low = mean - reach
    let high = mean + reach + min(variance, reach)
    var sums = (weight: 0.0, value: 0.0, complement: 0.0, first: 0.0, second: 0.0)
    for i in 0...Int((high - low) / step) {
      let z = low + Double(i) * step
      let distance = (z - mean) / deviation
      let weight = exp(-0.5 * distance * distance)
      let s = evaluate(z)
      sums.weight += weight
      sums.value += weight * s.value
      sums.complement += weight * s.complement
      sums.first += weight * s.value * (z - mean)
      sums.second += weight * s.value * (z - mean) * (z - mean)
    }
    let shift = sums.first / sums.value
    return Moments(
      value: sums.value / sums.weight,
      complement: sums.complement / sums.weight,
      tiltedMean: mean + shift,
      tiltedVariance: sums.second / sums.value - shift * shift
    )
  }
}
