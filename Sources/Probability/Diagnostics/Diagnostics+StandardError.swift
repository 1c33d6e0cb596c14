import Mathematics

extension Diagnostics {
  /// The Monte Carlo standard error of the mean, `sd / √ESS`.
  public static func standardError(_ chains: [[Double]]) -> Double {
    (variance(chains.flatMap { $0 }) / meanEffectiveSampleSize(chains)).squareRoot()
  }

  /// The Monte Carlo standard error of the quantile at `probability`: half the distance between
  /// the order statistics one standard error below and above it.
  public static func standardError(
    ofQuantile probability: Double,
    _ chains: [[Double]]
  ) -> Double {
    let size = quantileEffectiveSampleSize(probability, chains)
    guard size.isFinite else { return .nan }
    let sorted = chains.flatMap { $0 }.sorted()
    func place(_ level: Double) -> Double {
      IncompleteBeta.quantile(level, size * probability + 1, size * (1 - probability) + 1)
        * Double(sorted.count) - 1
    }
    // Φ(−1) and Φ(1).
    let low = Int(max(place(0.1586553).rounded(.down), 0))
    let high = Int(min(place(0.8413447).rounded(.up), Double(sorted.count - 1)))
    return (sorted[high] - sorted[low]) / 2
  }
}
