import Distill
import Foundation

/// A number and its standard error.
package struct Quantity: Codable, Equatable {
  package let value: Double
  package let standardError: Double

  /// Three standard errors to each side.
  package var interval: ClosedRange<Double> {
    let reach = standardError.isFinite ? 3 * standardError : .infinity
    return value - reach...value + reach
  }

  /// The value ± three standard errors.
  package var text: String { Uncertain.text(value, plusMinus: 3 * standardError) }

  package init(_ value: Double, standardError: Double) {
    (self.value, self.standardError) = (value, standardError)
  }

  /// The mean of values.
  package init(meanOf values: [Double]) {
    let estimate = Estimate(of: values)
    self.init(estimate.mean, standardError: estimate.standardError)
  }

  /// The sum with a number that errs independently.
  package func plus(_ other: Double, independentError: Double) -> Quantity {
    Quantity(
      value + other,
      standardError: (standardError * standardError + independentError * independentError)
        .squareRoot()
    )
  }
}
