import Foundation

extension Diagnostics {
  /// How many independent draws would place the bulk of the distribution as well: the effective
  /// sample size of the rank-normalised draws.
  public static func bulkEffectiveSampleSize(_ chains: [[Double]]) -> Double {
    requireChains(chains, "bulkEffectiveSampleSize")
    return effectiveSampleSize(ofSplit: rankNormalized(split(chains)))
  }

  /// The smaller of the effective sample sizes for the 5% and the 95% quantile.
  public static func tailEffectiveSampleSize(_ chains: [[Double]]) -> Double {
    min(
      quantileEffectiveSampleSize(0.05, chains),
      quantileEffectiveSampleSize(0.95, chains)
    )
  }

  /// The effective sample size for the mean, without rank normalisation.
  public static func meanEffectiveSampleSize(_ chains: [[Double]]) -> Double {
    requireChains(chains, "meanEffectiveSampleSize")
    return effectiveSampleSize(ofSplit: split(chains))
  }

  /// The effective sample size of the indicator of lying below the quantile at `probability`.
  public static func quantileEffectiveSampleSize(
    _ probability: Double,
    _ chains: [[Double]]
  ) -> Double {
    requireChains(chains, "quantileEffectiveSampleSize")
    let cut = quantile(probability, ofSorted: chains.flatMap { $0 }.sorted())
    return effectiveSampleSize(ofSplit: split(chains.map { $0.map { $0 <= cut ? 1 : 0 } }))
  }

  /// `S / τ` with τ from the autocorrelations of all chains together, cut by Geyer's initial
  /// positive and made convex by his initial monotone sequence (*Practical Markov chain Monte
  /// Carlo*, 1992), in Stan's form.
  private static func effectiveSampleSize(ofSplit chains: [[Double]]) -> Double {
    let n = chains[0].count
    let total = Double(n * chains.count)
    guard chains.allSatisfy({ $0.allSatisfy(\.isFinite) }) else { return .nan }
    let first = chains[0][0]
    // A constant has no uncertainty: as the reference implementations do, all draws count.
    if chains.allSatisfy({ $0.allSatisfy { $0 == first } }) { return total }

    let covariances = chains.map(autocovariance)
    let within = mean(covariances.map { $0[0] }) * Double(n) / Double(n - 1)
    var variancePlus = within * Double(n - 1) / Double(n)
    if chains.count > 1 { variancePlus += variance(chains.map(mean)) }
    func correlation(_ lag: Int) -> Double {
      1 - (within - mean(covariances.map { $0[lag] })) / variancePlus
    }

    // Pairs of neighbouring lags while their sum is positive; then one even term more, which
    // improves the estimate for antithetic chains.
    var pairs = [(even: 1.0, odd: correlation(1))]
    var trailing: Double?
    var lag = 2
    while lag + 1 < n - 1, pairs.last!.even + pairs.last!.odd > 0 {
      let pair = (even: correlation(lag), odd: correlation(lag + 1))
      guard pair.even + pair.odd >= 0 else {
        trailing = max(pair.even, 0)
        break
      }
      pairs.append(pair)
      lag += 2
    }
    if trailing == nil, pairs.count > 1 {
      // The draws ran out first: as in Stan and ArviZ, half of the last pair is the extra term.
      trailing = pairs.removeLast().even
    }
    var sum = 0.0
    var smallest = Double.infinity
    for pair in pairs {
      smallest = min(smallest, pair.even + pair.odd)
      sum += smallest
    }
    var tau = -1 + 2 * sum + (trailing ?? 0)
    tau = max(tau, 1 / log10(total))
    return total / tau
  }
}
