import Foundation

/// A density on the real line whose cumulative is known, and with it every quantile.
public protocol LineDistribution {
  /// P(y ≤ value).
  func cumulative(_ value: Double) -> Double
  /// The value below which a draw falls with the given probability, in (0, 1).
  func quantile(_ probability: Double) -> Double
  /// Two values between which every quantile of moderate probability lies; the search widens them.
  var bracket: ClosedRange<Double> { get }
}

extension LineDistribution {
  public func quantile(_ probability: Double) -> Double { bisectedQuantile(probability) }

  /// The quantile by bisection of the cumulative, to the last bit that matters.
  func bisectedQuantile(_ probability: Double) -> Double {
    precondition(
      probability > 0 && probability < 1,
      "quantile: the probability must be between 0 and 1, not \(probability)"
    )
    let end = Double.greatestFiniteMagnitude
    var (low, high) = (max(bracket.lowerBound, -end), min(bracket.upperBound, end))
    var width = max(high - low, 1e-300)
    while low > -end, cumulative(low) > probability {
      low = max(low - width, -end)
      width *= 2
    }
    width = max(high - low, 1e-300)
    while high < end, cumulative(high) < probability {
      high = min(high + width, end)
      width *= 2
    }
    while true {
      let width = high - low
      let middle = width.isFinite ? low + 0.5 * width : 0.5 * low + 0.5 * high
      if middle <= low || middle >= high { return middle }
      if cumulative(middle) < probability { low = middle } else { high = middle }
    }
  }
}
