import Foundation
import Mathematics

/// One of `count` categories, with probabilities `softmax(logits)`.
public struct Categorical: Distribution, Codable, Hashable {
  /// Normalised log-probabilities, `[count]`.
  public let logProbabilities: [Double]

  /// The number of categories.
  public var count: Int { logProbabilities.count }

  public init(logits: [Double]) {
    precondition(!logits.isEmpty, "Categorical: there must be at least one category")
    let total = logSumExp(logits)
    logProbabilities = logits.map { $0 - total }
  }

  /// Categories with probabilities proportional to `weights`, none negative, not all zero.
  public init(weights: [Double]) {
    precondition(
      weights.allSatisfy { $0 >= 0 } && weights.contains { $0 > 0 },
      "Categorical: the weights must not be negative and not all zero"
    )
    self.init(logits: weights.map { log($0) })
  }

  public func logProbability(of value: Int) -> Double { logProbabilities[value] }

  public func sample(using random: inout RandomStream) -> Int {
    var remaining = random.uniform()
    for (index, logProbability) in logProbabilities.enumerated() {
      remaining -= exp(logProbability)
      if remaining < 0 { return index }
    }
    // Rounding may leave a crumb of probability beyond the last category that is possible.
    return logProbabilities.lastIndex { $0 > -.infinity }!
  }
}
