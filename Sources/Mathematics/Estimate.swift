import Foundation

/// A mean over examples and how uncertain it is.
///
/// ```swift
/// let accuracy = Estimate(of: predictions.correctness)
/// print(accuracy)  // 0.8812 ± 0.0065
/// ```
///
/// What is printed after ± is two standard errors, about a 95% interval. Chunks of examples are
/// estimated one by one and merged: the result does not depend on the split beyond rounding.
public struct Estimate: Hashable, Sendable {
  /// The number of examples; the sum of the weights where there are any.
  public private(set) var count: Double
  public private(set) var mean: Double
  /// Σ w (x − mean)².
  private var squaredDeviations: Double

  /// Of no examples yet.
  public init() { (count, mean, squaredDeviations) = (0, .nan, 0) }

  /// The standard error of the mean, √(Σ w (x − mean)² / (n − 1) / n) with n = Σ w; NaN for fewer
  /// than two examples.
  public var standardError: Double {
    count > 1 ? (variance / count).squareRoot() : .nan
  }

  /// The variance of one example, Σ w (x − mean)² / (n − 1); NaN for fewer than two.
  public var variance: Double { count > 1 ? squaredDeviations / (count - 1) : .nan }

  /// Of one value per example.
  ///
  /// - Parameters:
  ///   - values: The values. Two passes, with compensated sums.
  ///   - weights: How many examples each value stands for: a value of weight 3 counts exactly as
  ///     that value three times. The default is once each.
  public init(of values: [Double], weights: [Double]? = nil) {
    precondition(
      weights.map { $0.count == values.count && $0.allSatisfy { $0 >= 0 } } ?? true,
      "Estimate: needs one weight ≥ 0 for each of the \(values.count) values"
    )
    guard !values.isEmpty else {
      self.init()
      return
    }
    func sum(_ term: (Double) -> Double) -> Double {
      var total = CompensatedSum()
      for (index, value) in values.enumerated() {
        let weight = weights?[index] ?? 1
        if weight > 0 { total.add(weight * term(value)) }
      }
      return total.value
    }
    let count = sum { _ in 1 }
    let first = sum { $0 } / count
    guard first.isFinite || count == 0 else {
      // One infinite value makes the mean infinite, and nothing can be said of its error.
      self.init(count: count, mean: first, squaredDeviations: .nan)
      return
    }
    // What rounding left of the mean is taken out of both.
    let shift = sum { $0 - first } / count
    guard count > 0 else {
      self.init()
      return
    }
    let squares = sum { ($0 - first) * ($0 - first) } - count * shift * shift
    self.init(count: count, mean: first + shift, squaredDeviations: max(0, squares))
  }

  /// Takes in one more value (Welford 1962; with weights, West 1979).
  public mutating func add(_ value: Double, weight: Double = 1) {
    precondition(weight >= 0, "Estimate.add: the weight \(weight) is negative")
    if weight == 0 { return }
    merge(Estimate(count: weight, mean: value, squaredDeviations: 0))
  }

  /// Takes in the examples of another estimate (Chan, Golub & LeVeque 1983).
  public mutating func merge(_ other: Estimate) {
    if other.count == 0 { return }
    if count == 0 {
      self = other
      return
    }
    let total = count + other.count
    let difference = other.mean - mean
    mean += difference * (other.count / total)
    squaredDeviations += other.squaredDeviations
    squaredDeviations += difference * difference * (count / total * other.count)
    count = total
  }

  package init(count: Double, mean: Double, squaredDeviations: Double) {
    (self.count, self.mean, self.squaredDeviations) = (count, mean, squaredDeviations)
  }

  /// Where the mean over all examples that there could be lies, by Student's t.
  ///
  /// - Parameter level: How often such intervals hold it. The default is 0.95.
  public func interval(level: Double = 0.95) -> ClosedRange<Double> {
    Interval.studentT(mean, standardError, degreesOfFreedom: count - 1, level: level)
  }
}

extension Estimate: CustomStringConvertible {
  /// The mean ± two standard errors, to two digits of the latter.
  public var description: String { Uncertain.text(mean, plusMinus: 2 * standardError) }
}

extension Estimate: Codable {
  private enum Key: String, CodingKey {
    case mean, standardError, count, squaredDeviations
  }

  /// `standardError` is written for the reader; what is not a number is written as null.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(mean.isFinite ? mean : nil, forKey: .mean)
    try container.encode(standardError.isFinite ? standardError : nil, forKey: .standardError)
    try container.encode(count, forKey: .count)
    let finite = squaredDeviations.isFinite ? squaredDeviations : nil
    try container.encode(finite, forKey: .squaredDeviations)
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    count = try container.decode(Double.self, forKey: .count)
    mean = try container.decode(Double?.self, forKey: .mean) ?? .nan
    squaredDeviations = try container.decode(Double?.self, forKey: .squaredDeviations) ?? .nan
  }
}
