import Foundation

/// A coin: true with probability `σ(logit)`.
public struct Bernoulli: Distribution, Codable, Hashable {
  /// The log-odds of true.
  public let logit: Double

  /// The probability of true, `1 / (1 + exp(−logit))`.
  public var probability: Double { 1 / (1 + exp(-logit)) }

  public init(logit: Double) { self.logit = logit }

  /// The coin that is true with this probability, in [0, 1].
  public init(probability: Double) {
    precondition((0...1).contains(probability), "Bernoulli: \(probability) is not a probability")
    logit = log(probability) - log1p(-probability)
  }

  public func logProbability(of value: Bool) -> Double {
    // log σ(z) = min(z, 0) − log(1 + exp(−|z|)).
    let z = value ? logit : -logit
    return min(z, 0) - log1p(exp(-abs(z)))
  }

  public func sample(using random: inout RandomStream) -> Bool {
    random.uniform() < probability
  }
}
