/// A normalised distribution: its log-density (or log-probability) is exact and it can be sampled.
public protocol Distribution<Value>: Sendable {
  /// What one draw is.
  associatedtype Value
  /// The logarithm of the density, or of the probability of a discrete value, at `value`.
  func logProbability(of value: Value) -> Double
  /// One independent draw.
  func sample(using random: inout RandomStream) -> Value
}

extension Distribution {
  /// `count` independent draws.
  public func samples(_ count: Int, using random: inout RandomStream) -> [Value] {
    (0..<count).map { _ in sample(using: &random) }
  }
}
