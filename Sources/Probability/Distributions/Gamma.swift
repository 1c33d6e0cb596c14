import Foundation
import Mathematics

/// The gamma distribution, density `rate^shape x^(shape−1) exp(−rate x) / Γ(shape)`, x > 0.
public struct Gamma: Distribution, Codable, Hashable {
  public let shape: Double
  public let rate: Double

  public init(shape: Double, rate: Double = 1) {
    precondition(
      shape > 0 && rate > 0,
      "Gamma: shape (\(shape)) and rate (\(rate)) must be positive"
    )
    self.shape = shape
    self.rate = rate
  }

  public func logProbability(of value: Double) -> Double {
    guard value > 0 else { return -.infinity }
    return shape * log(rate) + (shape - 1) * log(value) - rate * value - logGamma(shape)
  }

  public func sample(using random: inout RandomStream) -> Double {
    random.gamma(shape: shape) / rate
  }
}
