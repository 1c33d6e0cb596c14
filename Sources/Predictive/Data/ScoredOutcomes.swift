import Foundation
import Mathematics
import Tensors

/// Real outcomes, by which draws and student are scored.
package struct ScoredOutcomes {
  /// The inputs as they are given, `[count, inputs]`.
  package let rows: Tensor
  /// The inputs in the coordinates of the model.
  package let places: Tensor
  /// For classes their place.
  package let outcomes: [Double]
  /// What they are, in words.
  package let name: String

  /// How well draws and student predict the outcomes.
  ///
  /// - Parameters:
  ///   - drawn, own: The log-probability of each outcome as draws and student predict it.
  package func scores(_ drawn: [Double], _ own: [Double]) -> [PredictiveCertificate.Score] {
    [("Monte Carlo", drawn), ("student", own)].map { form, logs in
      .init(name: form, logProbability: Estimate(of: logs), of: name)
    }
  }

  /// A warning where draws predict the outcomes worse than is possible without inputs.
  ///
  /// - Parameters:
  ///   - drawn: The log-probability of each outcome as draws predict it.
  ///   - plain: The same of a distribution that is the same for all.
  package func doubts(_ drawn: [Double], _ plain: [Double], _ what: String) -> [String] {
    let difference = Estimate(of: zip(drawn, plain).map { $0 - $1 })
    guard outcomes.count >= 10 else { return [] }
    // The plain distribution was fitted to these very outcomes. A NaN is a doubt too.
    let allowed = 0.02 + 2 / Double(outcomes.count)
    guard !(difference.mean + 2 * difference.standardError >= -allowed) else { return [] }
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    return [
      String(
        format: "the draws predict \(name) worse than \(what) (log-probability %.3g instead of "
          + "%.3g): are inputs, their scale and order, and outcomes those that the draws are of?",
        mean(drawn),
        mean(plain)
      )
    ]
  }

  /// Log-probabilities of classes by their frequencies.
  package var frequencies: [Double] {
    let counts = Dictionary(outcomes.map { ($0, 1.0) }, uniquingKeysWith: +)
    return outcomes.map { log(counts[$0]! / Double(outcomes.count)) }
  }

  /// Log-densities of numbers by one normal, or of counts by one Poisson distribution.
  package func plain(areCounts: Bool) -> [Double] {
    let estimate = Estimate(of: outcomes)
    guard areCounts else {
      let variance = max(estimate.variance, .leastNormalMagnitude)
      return outcomes.map { y in
        -0.5 * (log(2 * .pi * variance) + (y - estimate.mean) * (y - estimate.mean) / variance)
      }
    }
    let rate = max(estimate.mean, .leastNormalMagnitude)
    return outcomes.map { $0 * log(rate) - rate - lgamma($0 + 1) }
  }
}
