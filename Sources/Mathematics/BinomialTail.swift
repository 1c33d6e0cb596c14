import Foundation

/// How many of some independent examples show what each of them shows with the same probability.
package enum BinomialTail {
  /// P(X ≤ `hits`) for X binomial of `count` examples, by the sum of its terms; O(`hits`).
  package static func atMost(_ hits: Int, of count: Int, probability: Double) -> Double {
    precondition(
      count >= 0 && (0...1).contains(probability),
      "BinomialTail of \(count), \(probability)"
    )
    guard hits >= 0 else { return 0 }
    guard hits < count, probability > 0 else { return 1 }
    guard probability < 1 else { return 0 }
    let (hit, miss) = (log(probability), log1p(-probability))
    let all = logGamma(Double(count) + 1)
    var total = CompensatedSum()
    for k in 0...hits {
      let (k, rest) = (Double(k), Double(count - k))
      total.add(exp(all - logGamma(k + 1) - logGamma(rest + 1) + k * hit + rest * miss))
    }
    return min(1, total.value)
  }

  /// The largest number of hits that is so few that P(X ≤ hits) is at most `level`; nil where none is.
  package static func most(of count: Int, probability: Double, level: Double) -> Int? {
    var (low, high) = (-1, count)
    // P(X ≤ hits) rises with the hits.
    while high - low > 1 {
      let middle = (low + high) / 2
      if atMost(middle, of: count, probability: probability) <= level {
        low = middle
      } else {
        high = middle
      }
    }
    return low < 0 ? nil : low
  }

  /// The probabilities of which neither `hits` nor fewer, nor `hits` nor more, is a surprise: an interval
  /// that holds the true one at least as often as `level` says (Clopper and Pearson 1934).
  package static func interval(
    _ hits: Int,
    of count: Int,
    level: Double = 0.95
  ) -> ClosedRange<Double> {
    let tail = (1 - level) / 2
    func solve(_ isBelow: (Double) -> Bool) -> Double {
      var (low, high) = (0.0, 1.0)
      for _ in 0..<60 {
        let middle = (low + high) / 2
        if isBelow(middle) { low = middle } else { high = middle }
      }
      return (low + high) / 2
    }
    let lower =
      hits == 0
      ? 0 : solve { 1 - atMost(hits - 1, of: count, probability: $0) < tail }
    let upper = hits == count ? 1 : solve { atMost(hits, of: count, probability: $0) > tail }
    return lower...max(lower, upper)
  }
}
