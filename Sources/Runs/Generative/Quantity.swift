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

extension LogPartition {
  /// What a number that is made of log Z errs by: an interval wider than its standard errors is there
  /// because those are not to be trusted.
  package var errorInUse: Double {
    let reach = max(upper - logZ, logZ - lower)
    return isTrustworthy ? standardError : max(standardError, reach / 3)
  }
}

extension VariationalBounds {
  /// KL(teacher‖student) and KL(student‖teacher); with an infinite error where nothing is known.
  package func divergences(_ logZ: LogPartition) -> (ofStudent: Quantity, ofTeacher: Quantity) {
    let (ofStudent, ofTeacher) = divergences(logZ: logZ.logZ)
    // The same samples may have made log Z: errors add up at worst. Log-probabilities of students are
    // in Float32.
    let error = logZ.errorInUse + 1e-7 * abs(logZ.logZ)
    return (
      Quantity(ofStudent, standardError: doubt == nil ? upperError + error : .infinity),
      Quantity(ofTeacher, standardError: lowerError + error)
    )
  }
}

extension Quantity {
  /// The value of a divergence, or a word where it is none.
  package var divergenceText: String {
    guard standardError.isFinite else { return "not known (log Z below says why)" }
    return interval.upperBound < 0
      ? "\(text): no divergence is negative, do not trust log Z" : text
  }
}
