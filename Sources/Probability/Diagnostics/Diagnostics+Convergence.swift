extension Diagnostics {
  /// The rank-normalised split R̂: the larger of the bulk's and of the folded draws', which sees
  /// chains that agree in place but not in spread. Below 1.01 when the chains agree.
  ///
  /// NaN when a value is not finite or all are equal.
  public static func rHat(_ chains: [[Double]]) -> Double {
    requireChains(chains, "rHat")
    guard chains.allSatisfy({ $0.allSatisfy(\.isFinite) }) else { return .nan }
    let halves = split(chains)
    let median = quantile(0.5, ofSorted: halves.flatMap { $0 }.sorted())
    let folded = halves.map { $0.map { abs($0 - median) } }
    let bulk = classicRHat(rankNormalized(halves))
    let tail = classicRHat(rankNormalized(folded))
    return bulk.isNaN || tail.isNaN ? .nan : max(bulk, tail)
  }

  /// `√(((n − 1)/n · W + B/n) / W)`, with W the mean variance within chains and B/n the variance of
  /// their means (Gelman and Rubin, 1992).
  private static func classicRHat(_ chains: [[Double]]) -> Double {
    let n = Double(chains[0].count)
    let within = mean(chains.map(variance))
    let between = variance(chains.map(mean))
    return (((n - 1) / n * within + between) / within).squareRoot()
  }
}
