import Foundation
import Mathematics

/// The normal distribution of a real number, `N(mean, standardDeviation²)`.
public struct Normal: Distribution, Codable, Hashable {
  public let mean: Double
  public let standardDeviation: Double

  /// The default is the standard normal, `N(0, 1)`.
  public init(mean: Double = 0, standardDeviation: Double = 1) {
    precondition(
      standardDeviation > 0,
      "Normal: the standard deviation must be positive, not \(standardDeviation)"
    )
    self.mean = mean
    self.standardDeviation = standardDeviation
  }

  public func logProbability(of value: Double) -> Double {
    let z = (value - mean) / standardDeviation
    return -0.5 * z * z - StandardNormal.logSqrtTwoPi - log(standardDeviation)
  }

  public func sample(using random: inout RandomStream) -> Double {
    mean + standardDeviation * random.normal()
  }

  /// The value below which a draw falls with the given probability.
  public func quantile(_ probability: Double) -> Double {
    mean + standardDeviation * StandardNormal.quantile(probability)
  }
}
