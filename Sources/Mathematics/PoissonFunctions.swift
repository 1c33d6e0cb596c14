import Foundation

/// Functions of the Poisson distribution, for counts and means of any size: both are real numbers,
/// for above 2⁵³ no type has them all.
package enum PoissonFunctions {
  /// log P(y = count), by the deviance (Loader, *Fast and accurate computation of binomial
  /// probabilities*, 2000): no difference of large numbers.
  package static func logProbability(_ count: Double, mean: Double) -> Double {
    guard count >= 0, count == count.rounded() else { return -.infinity }
    if count == 0 { return -mean }
    if mean == 0 || mean == .infinity { return -.infinity }
    let remainder =
      count < 10
      ? logGamma(count + 1) - (count + 0.5) * log(count) + count - StandardNormal.logSqrtTwoPi
      : Stirling.remainder(count)
    return -count * IncompleteGamma.deviance((mean - count) / count) - remainder
      - 0.5 * log(count) - StandardNormal.logSqrtTwoPi
  }

  /// P(y ≤ value).
  package static func cumulative(_ value: Double, mean: Double) -> Double {
    guard value >= 0 else { return 0 }
    return IncompleteGamma.upper(value.rounded(.down) + 1, mean)
  }

  /// The smallest count at which a cumulative that never falls reaches a probability, by bisection:
  /// to the count below 2⁵³ and to the last bit above.
  ///
  /// - Parameter start: A count from where to look.
  package static func quantile(
    _ probability: Double,
    from start: Double,
    cumulative: (Double) -> Double
  ) -> Double {
    if cumulative(0) >= probability { return 0 }
    var (low, high) = (0.0, max(1, start.rounded()))
    while cumulative(high) < probability, high < .greatestFiniteMagnitude {
      low = high
      high = min(2 * high, .greatestFiniteMagnitude)
    }
    while true {
      let middle = (low + 0.5 * (high - low)).rounded()
      if middle <= low || middle >= high { return high }
      if cumulative(middle) < probability { low = middle } else { high = middle }
    }
  }
}
