import Distill
import Foundation

/// A number and its standard error.
struct Quantity: Codable, Equatable {
  let value: Double
  let standardError: Double

  /// Three standard errors to each side.
  var interval: ClosedRange<Double> {
    let reach = standardError.isFinite ? 3 * standardError : .infinity
    return value - reach...value + reach
  }

  /// The value ± three standard errors.
  var text: String { Uncertain.text(value, plusMinus: 3 * standardError) }

  init(_ value: Double, standardError: Double) {
    (self.value, self.standardError) = (value, standardError)
  }

  /// The mean of values.
  init(meanOf values: [Double]) {
    let estimate = Estimate(of: values)
    self.init(estimate.mean, standardError: estimate.standardError)
  }

  /// The sum with a number that errs independently.
  func plus(_ other: Double, independentError: Double) -> Quantity {
    Quantity(
      value + other,
      standardError: (standardError * standardError + independentError * independentError)
        .squareRoot()
    )
  }
}
