import Foundation
import Testing

@testable import Mathematics

/// Reference values from mpmath 1.3 with 60 digits.
@Suite struct IncompleteGammaTests {
  @Test(arguments: [
    (0.5, 1, 0.15729920705028513), (1, 3, 0.049787068367863943), (3, 0.01, 0.99999983457834719),
    (11, 20, 0.010811718826652724), (200, 170, 0.98658141990978822),
    (99_999, 1e5, 0.49831791267992952), (100_001, 1e5, 0.50084104309934012),
    (100_001, 101_000, 0.00081720781367723884), (400_001, 4e5, 0.50042052195266995),
    (400_001, 402_000, 0.00079982788218328639), (2e6, 2_003_000, 0.016982107317888485),
    (1e9, 1e9 + 3e4, 0.17139058740184139), (1e12, 1e12 - 2e6, 0.9772499220428143),
    (1.5e5, 1e5, 1), (2e6, 2.1e6, 0), (5, 0, 1), (5, .infinity, 0), (1e300, 1e308, 0),
    (1e308, 1, 1),
  ])
  func upperAgrees(_ a: Double, _ x: Double, _ expected: Double) {
    #expect(abs(IncompleteGamma.upper(a, x) - expected) < 2e-12 + 1e-16 * a)
    if expected > 0, a < 1e9 {
      #expect(abs(IncompleteGamma.upper(a, x) / expected - 1) < 1e-9)
    }
  }

  @Test(arguments: [
    (0, 3, -3), (5, 3, -2.2944302994414975), (12, 3, -9.8038670316445699),
    (400_500, 4e5, -7.6815431370090807), (1e12, 1e12 + 1e6, -15.234448757835947), (0, 0, 0),
  ])
  func poissonProbabilityAgrees(_ count: Double, _ mean: Double, _ expected: Double) {
    #expect(abs(PoissonFunctions.logProbability(count, mean: mean) - expected) < 1e-9)
  }

  /// Sums of the probabilities themselves.
  @Test(arguments: [0.01, 0.3, 7, 120, 3_000])
  func poissonCumulativeIsTheSumOfProbabilities(_ mean: Double) {
    var sum = 0.0
    for count in 0..<Int(mean + 12 * mean.squareRoot() + 20) {
      let k = Double(count)
      sum += exp(k * log(mean) - mean - lgamma(k + 1))
      #expect(abs(PoissonFunctions.cumulative(k + 0.5, mean: mean) - sum) < 1e-9)
    }
    #expect(PoissonFunctions.cumulative(-0.5, mean: mean) == 0)
  }
}
