extension Estimate {
  /// The interval of a share, of which each example is 0 or 1 (Wilson 1927): the shares p from which
  /// the one found is at most `errors` of *their* standard errors √(p(1 − p)/n) away.
  ///
  /// Unlike mean ± errors it stays within 0 and 1, and is not empty where all examples are alike.
  ///
  /// - Parameter errors: The default 2 holds the share in about 95 of 100 samples.
  public func wilsonInterval(errors: Double = 2) -> ClosedRange<Double> {
    guard count > 0 else { return 0...1 }
    let square = errors * errors
    let center = (mean + square / (2 * count)) / (1 + square / count)
    let inside = mean * (1 - mean) / count + square / (4 * count * count)
    let reach = errors * max(0, inside).squareRoot() / (1 + square / count)
    return max(0, center - reach)...min(1, center + reach)
  }
}
