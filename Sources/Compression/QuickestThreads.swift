/// With how many threads the steps of a small network go quickest, as this machine is loaded now.
///
/// The threads of small layers wait for each other far longer than they work, most of all beside other
/// programs, so that one may be ten times quicker than two.
package enum QuickestThreads {
  /// Tries 1, 2, 4, … and `most` threads in two rounds, no further than where more are much slower.
  ///
  /// - Parameter rate: Steps in a second with so many threads, tried for a moment.
  /// - Returns: The fewest threads that reach 95% of the best rate, and the best rate of each tried.
  package static func find(
    upTo most: Int,
    rate: (Int) throws -> Double
  ) rethrows -> (threads: Int, rates: [Int: Double]) {
    var candidates = Array(sequence(first: 1) { $0 * 2 < most ? $0 * 2 : nil })
    if most > 1 { candidates.append(most) }
    var rates: [Int: Double] = [:]
    for _ in 0..<2 {
      for threads in candidates {
        rates[threads] = max(rates[threads] ?? 0, try rate(threads))
        if rates[threads]! < 0.7 * rates.values.max()! {
          candidates.removeAll { $0 > threads }
          break
        }
      }
    }
    let enough = 0.95 * rates.values.max()!
    return (rates.filter { $0.value >= enough }.keys.min()!, rates)
  }
}
