import Foundation
import Probability

extension LogPartition {
  /// Bridge sampling (Meng & Wong 1996) with the optimal bridge, from log p̃ − log q at samples of
  /// the model and of a proposal q.
  ///
  /// Solves E_q[f·p̃/(qZ)] = E_p[f] with f = 1/(s₁ p̃/(Zq) + s₂), s the shares of the two kinds. In Z
  /// the left side falls and the right one rises, so halving finds the one solution however little the
  /// two kinds overlap, where iterating creeps.
  /// The relative error is that of Frühwirth-Schnatter (2004), where the variance on the side of the
  /// Markov chains includes their autocorrelation: that of the chains' means when there are at least
  /// 30, else by the effective sample size. Where that error is not to be trusted the interval is what
  /// holds always, by Markov's inequality on either side: Z ≥ α/2·mean(p̃/q) and 1/Z ≥ α/2·mean(q/p̃),
  /// each with probability 1 − α/2.
  ///
  /// - Parameters:
  ///   - chains: At draws of the model, chain by chain, `[chains][draws]`, all of equal length.
  ///   - proposals: At independent samples of q.
  ///   - doubt: Why the chains may be no draws of the model: then a lower bound is claimed, not more.
  public static func bridge(
    chains: [[Double]],
    proposals: [Double],
    doubting doubt: String? = nil,
    confidence: Double = 0.95
  ) -> LogPartition {
    precondition(
      !proposals.isEmpty && !chains.isEmpty && chains.allSatisfy { $0.count == chains[0].count },
      "bridge: needs proposals and chains of equal length"
    )
    let draws = chains.flatMap { $0 }
    let (n, m) = (Double(draws.count), Double(proposals.count))
    let modelSize = n / factor(chains)
    // Correlated draws weigh less in the bridge, as if there were fewer.
    let shares = (model: modelSize / (modelSize + m), proposal: m / (modelSize + m))
    // log of 1/(s₁ e^(x − log Z) + s₂).
    func logBridge(_ x: Double, _ logZ: Double) -> Double {
      let (a, b) = (log(shares.model) + x - logZ, log(shares.proposal))
      return -(max(a, b) + log1p(exp(-abs(a - b))))
    }
    let ratios = proposals + draws
    var (low, high) = (ratios.min()!, ratios.max()!)
    for _ in 0..<200 where high - low > 1e-10 * max(1, abs(low)) {
      let middle = (low + high) / 2
      let above = LogMean.exponential(proposals.map { $0 - middle + logBridge($0, middle) })
      let below = LogMean.exponential(draws.map { logBridge($0, middle) })
      (low, high) = above > below ? (middle, high) : (low, middle)
    }
    let logZ = (low + high) / 2
    let onProposals = proposals.map { exp($0 - logZ + logBridge($0, logZ)) }
    let onChains = chains.map { $0.map { exp(logBridge($0, logZ)) } }
    let proposalPart = relativeVariance(onProposals)
    let chainPart = relativeVariance(onChains.flatMap { $0 }) * factor(onChains)
    let relative = (proposalPart / m + chainPart / n).squareRoot()
    // As many independent draws of each side would have this error at perfect overlap's variance. With
    // v₁ and v₂ the relative variances and ω = E_p[f], the overlap, s₁(1 + v₁) + s₂(1 + v₂) = 1/ω: where
    // values vary less than that, the samples that make the variance have not been seen.
    let overlap = onChains.reduce(0) { $0 + $1.reduce(0, +) } / n
    let size = min(m / (1 + proposalPart), n / (1 + chainPart), max(m, n) * overlap)
    var warnings: [String] = []
    if size < leastEffectiveSize {
      warnings.append(
        "the effective sample size is \(String(format: "%.0f", size)): proposal and model hardly "
          + "overlap, or chains hardly move"
      )
    }
    let reach = reach(confidence) * relative
    var ends = (logZ - reach, logZ + reach)
    if let doubt {
      ends = (LogMean.exponential(proposals) + log(1 - confidence), .infinity)
      warnings += [doubt, "only the lower bound of the student's samples is claimed"]
    } else if !warnings.isEmpty {
      let slack = log(2 / (1 - confidence))
      let means = chains.map { LogMean.exponential($0.map { -$0 }) }
      ends = (LogMean.exponential(proposals) - slack, slack - LogMean.exponential(means))
      warnings.append("only the bounds of either side's samples are claimed")
    }
    return LogPartition(
      method: .bridgeSampling,
      logZ: logZ,
      standardError: relative,
      lower: ends.0,
      upper: ends.1,
      confidence: confidence,
      effectiveSampleSize: size,
      samples: min(draws.count, proposals.count),
      warnings: warnings
    )
  }

  /// Variance of a mean of correlated draws over that of independent ones, at least 1.
  static func factor(_ chains: [[Double]]) -> Double {
    let length = chains[0].count
    if length == 1 { return 1 }
    if chains.count >= 30 {
      let all = variance(chains.flatMap { $0 })
      let ofMeans = variance(chains.map { $0.reduce(0, +) / Double(length) })
      return all > 0 ? max(ofMeans * Double(length) / all, 1) : 1
    }
    let total = Double(chains.count * length)
    return length < 4 ? 1 : max(total / Diagnostics.meanEffectiveSampleSize(chains), 1)
  }

  static func variance(_ x: [Double]) -> Double {
    let mean = x.reduce(0, +) / Double(x.count)
    return x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(x.count - 1, 1))
  }

  /// Infinite where all values are too small for a number.
  private static func relativeVariance(_ x: [Double]) -> Double {
    let mean = x.reduce(0, +) / Double(x.count)
    return mean > 0 ? variance(x.map { $0 / mean }) : .infinity
  }
}
