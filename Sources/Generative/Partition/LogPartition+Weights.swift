import Foundation

extension LogPartition {
  /// The estimate log mean(w) of independent unbiased weights log w, as importance sampling and
  /// annealed importance sampling make them.
  ///
  /// With r the relative error of the mean and k standard errors, the interval is
  /// [log Ẑ + log(1 − kr), log Ẑ + log(1 + kr)] where the weights are tame enough for it: effective
  /// sample size at least 100, and a tail that has a variance by Pareto's index (Vehtari et al.
  /// 2024). Where they are not, it is what holds always: Z ≥ αẐ with probability 1 − α, by Markov's
  /// inequality, and no upper end. Equal weights say nothing of their variance.
  ///
  /// - Parameters:
  ///   - others: Log weights at samples of the distribution that the mean is about, where there are
  ///     any. That of them which lies beyond all that was seen is the part of the mean that `weights`
  ///     have not.
  ///   - seen: The single log weights where `weights` are means of several; nil for `weights`.
  ///   - remarks: Why the weights may miss a part of the mean: then a bound is claimed, not more.
  ///   - rounding: How far a log weight may be off by rounding; part of the interval.
  ///   - doubt: Why the weights' mean may not be what it should: then nothing is claimed.
  ///   - direction: +1 for weights whose mean is Z, −1 for those whose mean is 1/Z.
  ///   - offset: Added to log Z.
  static func of(
    weights: [Double],
    _ method: Method,
    others: [Double]? = nil,
    seen: [Double]? = nil,
    remarks: [String] = [],
    rounding: Double = 0,
    doubt: String? = nil,
    direction: Double = 1,
    offset: Double = 0,
    confidence: Double
  ) -> LogPartition {
    let count = Double(weights.count)
    let mean = LogMean.exponential(weights)
    let scaled = weights.map { exp($0 - mean) }
    let squares = scaled.reduce(0) { $0 + $1 * $1 }
    let size = count * count / squares
    let variance = scaled.reduce(0) { $0 + ($1 - 1) * ($1 - 1) } / (count - 1)
    let relative = (variance / count).squareRoot()
    let tail = ParetoTail.index(of: weights)
    var warnings = remarks
    let worth = min(size, count * exp(-upperVariance(of: weights)))
    if worth < Self.leastEffectiveSize {
      warnings.append(
        "the effective sample size is \(String(format: "%.0f", worth)) of \(weights.count): too few "
          + "samples decide"
      )
    }
    let unseen = others.map { share(of: $0, beyond: seen ?? weights) }
    if let unseen, unseen > max(Self.largestUnseenShare, relative) {
      warnings.append(
        "\(String(format: "%.0f", 100 * unseen))% of the other side's samples lie where these samples "
          + "have hardly been"
      )
    } else if unseen == nil, variance.squareRoot() <= 1e-6 * max(1, abs(mean)) {
      warnings.append("the weights are all equal, which says nothing of their variance")
    }
    if tail > Self.largestTailIndex {
      warnings.append(
        "the weights' tail index is \(String(format: "%.2f", tail)), above 0.5: their variance "
          + "cannot be told from the samples"
      )
    }
    let reach = reach(confidence)
    var (low, high) = (
      reach * relative < 1 ? log1p(-reach * relative) : -Double.infinity, log1p(reach * relative)
    )
    if let doubt {
      (low, high) = (-.infinity, .infinity)
      warnings += [doubt, "no bound is claimed"]
    } else if !warnings.isEmpty {
      (low, high) = (log(1 - confidence), .infinity)
      warnings.append("only \(direction > 0 ? "a lower" : "an upper") bound is claimed")
    }
    (low, high) = (low - rounding, high + rounding)
    let ends = direction > 0 ? (mean + low, mean + high) : (-mean - high, -mean - low)
    return LogPartition(
      method: method,
      logZ: direction * mean + offset,
      standardError: hypot(relative, rounding),
      lower: ends.0 + offset,
      upper: ends.1 + offset,
      confidence: confidence,
      effectiveSampleSize: size,
      samples: weights.count,
      warnings: warnings
    )
  }

  /// The variance of normal log weights whose upper half is as wide as that of these. With it n
  /// weights are worth n·exp(−variance), which does not rest on having seen the largest.
  private static func upperVariance(of logWeights: [Double]) -> Double {
    let upper = logWeights.sorted().suffix((logWeights.count + 1) / 2)
    guard let median = upper.first, median > -.infinity else { return 0 }
    return upper.reduce(0) { $0 + ($1 - median) * ($1 - median) } / Double(upper.count)
  }

  /// The share of `others` that lies beyond all of `weights`, by more than rounding.
  private static func share(of others: [Double], beyond weights: [Double]) -> Double {
    let top = weights.max()! + 1e-3
    return Double(others.count { $0 > top }) / Double(max(others.count, 1))
  }

  /// The part of the mean that may have been missed where an interval is claimed, or the relative
  /// error where that is larger.
  static var largestUnseenShare: Double { 0.01 }
  /// Below this the central limit theorem is not leant on.
  static var leastEffectiveSize: Double { 100 }
  /// At ½ the generalised Pareto distribution loses its variance.
  static var largestTailIndex: Double { 0.5 }
}

/// The shape of the tail of weights: the generalised Pareto distribution fitted to the largest, by
/// the method of Zhang and Stephens (2009), as in Pareto smoothed importance sampling (Vehtari,
/// Simpson, Gelman, Yao & Gabry 2024).
enum ParetoTail {
  /// The index k: moments of order below 1/k exist. −∞ when there are too few weights, or all of
  /// the tail are equal.
  static func index(of logWeights: [Double]) -> Double {
    let count = logWeights.count
    let length = Int(min(0.2 * Double(count), 3 * Double(count).squareRoot()).rounded(.up))
    guard length >= 5, count > length else { return -.infinity }
    let sorted = logWeights.sorted()
    let top = sorted[count - 1]
    let cutoff = exp(sorted[count - length - 1] - top)
    let tail = sorted.suffix(length).map { exp($0 - top) - cutoff }.filter { $0 > 0 }
    guard tail.count >= 5, let last = tail.last, last > tail[0] else { return -.infinity }
    return fit(tail)
  }

  /// The posterior mean of k for exceedances in ascending order.
  private static func fit(_ x: [Double]) -> Double {
    let n = Double(x.count)
    let quarter = x[Int((n / 4 + 0.5).rounded(.down)) - 1]
    let points = 20 + Int(n.squareRoot())
    let thetas: [Double] = (1...points).map { j in
      let root = (Double(points) / (Double(j) - 0.5)).squareRoot()
      return 1 / x.last! + (1 - root) / (3 * quarter)
    }
    func shape(_ theta: Double) -> Double {
      var sum = 0.0
      for value in x { sum += log1p(-theta * value) }
      return sum / n
    }
    let heights: [Double] = thetas.map { theta in
      let k = shape(theta)
      return n * (log(-theta / k) - k - 1)
    }
    let total = LogMean.sum(heights)
    var theta = 0.0
    for (candidate, height) in zip(thetas, heights) { theta += candidate * exp(height - total) }
    // A weak prior at ½, worth ten exceedances.
    return (shape(theta) * n + 5) / (n + 10)
  }
}
