import Exchange
import Foundation
import Mathematics
import Probability

/// What is asked about an outcome that is a number or a count.
package struct PredictionRequest {
  /// Probabilities of quantiles.
  package var quantiles = [0.05, 0.5, 0.95]
  /// Values y whose P(outcome ≤ y) is asked for.
  package var cumulative: [Double] = []
  /// Outcomes drawn at each row.
  package var samples = 0
  package var seed: UInt64 = 1
  /// The column of outcomes whose log-probability is asked for; of densities in several dimensions
  /// their columns.
  package var outcomes: [String] = []

  package init(
    quantiles: [Double] = [0.05, 0.5, 0.95],
    cumulative: [Double] = [],
    samples: Int = 0,
    seed: UInt64 = 1,
    outcomes: [String] = []
  ) {
    self.quantiles = quantiles
    self.cumulative = cumulative
    self.samples = samples
    self.seed = seed
    self.outcomes = outcomes
  }

  /// A request as it is written; what is left out is as usual.
  ///
  /// - Parameters:
  ///   - quantiles: Probabilities such as `0.05,0.5,0.95`.
  ///   - cumulative: Numbers such as `0,10`.
  ///   - outcomes: Names of columns such as `y`.
  /// - Throws: `RunError` in one sentence for texts that are none of these.
  package init(
    quantiles: String?,
    cumulative: String?,
    samples: Int?,
    seed: UInt64?,
    outcomes: String?
  ) throws {
    self.init(samples: samples ?? 0, seed: seed ?? 1)
    if let text = cumulative {
      guard let values = numberList(text), values.allSatisfy(\.isFinite) else {
        throw RunError("--cumulative \(text): must be numbers such as 0,10")
      }
      self.cumulative = values
    }
    if let text = quantiles {
      guard let values = numberList(text), !values.isEmpty,
        values.allSatisfy(NumberBounds.innerShare.contains)
      else {
        throw RunError("--quantiles \(text): must be probabilities such as 0.05,0.5,0.95")
      }
      self.quantiles = values
    }
    self.outcomes = outcomes?.split(separator: ",").map(String.init) ?? []
  }

  package func columns() -> [String] {
    ["mean", "standard deviation"] + quantiles.map { "\(Uncertain.short(100 * $0))%" }
      + cumulative.map { "P(y ≤ \(Uncertain.short($0)))" } + logColumns
      + (0..<samples).map { "sample \($0 + 1)" }
  }

  package var logColumns: [String] { outcomes.isEmpty ? [] : ["log-probability"] }

  /// The row of one distribution.
  ///
  /// - Parameters:
  ///   - number: Of the row, for random numbers of its own.
  ///   - outcome: Its outcome, where log-probabilities are asked for.
  package func row(_ line: some PredictedLine, _ number: Int, _ outcome: Double?) -> [Double] {
    var random = RandomStream(seed: seed).split(UInt64(number))
    return [line.mean, line.deviation] + quantiles.map(line.quantile)
      + cumulative.map(line.cumulative) + (outcome.map { [line.logProbability(of: $0)] } ?? [])
      + (0..<samples).map { _ in line.sample(using: &random) }
  }

  /// The outcomes of a table, `[rows][columns]`; nil where none are asked for.
  package func outcomes(of path: String?) throws -> [[Double]]? {
    guard !outcomes.isEmpty else { return nil }
    guard let path else {
      throw RunError("--log-probability names a column of outcomes: give the table by --data")
    }
    return try PredictionTable.columns(outcomes, of: path).rowsOfScalars
  }
}

/// A distribution on the real line that a student predicts.
package protocol PredictedLine: LineDistribution {
  var mean: Double { get }
  var deviation: Double { get }
  func logProbability(of value: Double) -> Double
  func sample(using random: inout RandomStream) -> Double
}

extension PredictedOutcome: PredictedLine {}

extension StudentTMixture: PredictedLine {
  package var deviation: Double { variance.squareRoot() }
}
