import Foundation
import Mathematics
import Probability

/// An estimate of log Z with what is needed to trust it or not.
public struct LogPartition: Sendable, Codable, CustomStringConvertible {
  /// How it was made.
  public enum Method: String, Sendable, Codable {
    case enumeration, importanceSampling, reciprocalImportanceSampling, bridgeSampling
    case annealedImportanceSampling, reverseAnnealedImportanceSampling
  }

  public let method: Method
  /// The estimate.
  public let logZ: Double
  /// The standard error of ``logZ`` to first order: the relative error of Z.
  public let standardError: Double
  /// What covers the true value at ``confidence``; an end is infinite where nothing can be said.
  public let lower: Double
  public let upper: Double
  /// The probability at which the interval is meant to cover, such as 0.95.
  public let confidence: Double
  /// What the samples are worth, in independent samples of equal weight.
  public let effectiveSampleSize: Double
  /// How many samples or runs there were; for two kinds, those of the smaller.
  public let samples: Int
  /// Why not to trust it; empty when there is no reason known.
  public let warnings: [String]

  public var isTrustworthy: Bool { warnings.isEmpty }

  /// Such as `451.21 [451.15, 451.28] (95%, bridgeSampling of 10000, ESS 2143)`.
  public var description: String {
    func text(_ x: Double) -> String { String(format: "%.3f", x) }
    let head =
      "\(text(logZ)) [\(text(lower)), \(text(upper))] "
      + "(\(String(format: "%.4g", 100 * confidence))%, \(method.rawValue) of \(samples), "
      + "ESS \(String(format: "%.0f", effectiveSampleSize)))"
    return ([head] + warnings.map { "warning: \($0)" }).joined(separator: "\n")
  }

  /// How many standard errors the normal distribution has on either side at a confidence.
  static func reach(_ confidence: Double) -> Double {
    precondition(
      confidence > 0 && confidence < 1,
      "the confidence \(confidence) must be between 0 and 1"
    )
    return StandardNormal.quantile(0.5 + confidence / 2)
  }
}

/// Mean of exponentials and relatives, without overflow.
enum LogMean {
  /// log Σ exp(x).
  static func sum(_ x: [Double]) -> Double {
    guard let top = x.max(), top > -.infinity else { return -.infinity }
    return top + log(x.reduce(0) { $0 + exp($1 - top) })
  }

  /// log of the mean of exp(x).
  static func exponential(_ x: [Double]) -> Double { sum(x) - log(Double(x.count)) }
}
