import Foundation
import Probability
import Tensors
import Testing

@testable import Predictive

/// Outcomes of rows far out: quantiles of counts and numbers of any size, in bounded time.
@Suite struct ExtremeOutcomeTests {
  /// SciPy 1.17.1: `scipy.stats.poisson.ppf` at 5, 50 and 95%.
  @Test(
    arguments: [
      (0.3, [0, 0, 1]), (7, [3, 7, 12]), (4e5, [398_960, 400_000, 401_041]),
      (1e9, [999_947_985, 1_000_000_000, 1_000_052_015]),
    ] as [(Double, [Double])]
  )
  func poissonQuantilesAgree(_ mean: Double, _ expected: [Double]) {
    let outcome = PredictedOutcome.poissons(weights: [1], means: [mean])
    #expect([0.05, 0.5, 0.95].map(outcome.quantile) == expected)
  }

  /// A rate beyond 2⁵³, or one and another: to the last bits, against the normal approximation.
  @Test func hugeCountsHaveQuantiles() {
    for mean in [1e15, 1e30, 1e250, 1e307] {
      let outcome = PredictedOutcome.poissons(weights: [0.5, 0.5], means: [mean, 3])
      #expect(outcome.quantile(0.25) == 3)
      let expected = mean - 0.6744897501960817 * mean.squareRoot()
      #expect(abs(outcome.quantile(0.625) - expected) <= 2 * mean.ulp + 1)
      #expect(outcome.deviation.isFinite)
    }
  }

  /// Two normals at the ends of the numbers.
  @Test func theBracketCoversAllNumbers() {
    for end in [1e150, 1e200, 1e308] {
      let outcome = PredictedOutcome.normals(
        weights: [0.5, 0.5],
        means: [-end, end],
        deviations: [end / 10, end / 10]
      )
      #expect(abs(outcome.quantile(0.25) / -end - 1) < 1e-9)
      #expect(abs(outcome.quantile(0.75) / end - 1) < 1e-9)
      #expect(abs(outcome.deviation / (end * 1.01.squareRoot()) - 1) < 1e-12)
    }
    let wide = PredictedOutcome.normals(weights: [1], means: [-1e308], deviations: [1e308])
    #expect(abs(wide.quantile(1e-3) / -.greatestFiniteMagnitude - 1) < 1e-15)
  }

  private func student(
    _ coefficients: [[Double]],
    _ outcome: MixtureOfRegressions.Outcome
  ) throws -> CompactStudent {
    try CompactStudent(
      .regressions(MixtureOfRegressions(coefficients, outcome)),
      inputs: ["a", "b"],
      hasIntercept: true
    )
  }

  @Test(
    arguments: [
      ([1, 1, 0], .poisson, [1_000, 1]), ([1, 1, 0], .poisson, [1e308, 1e308]),
      ([10, -10, 0], .normal, [1e308, 1e308]), ([1, 1, 0], .normal, [1e308, 1e308]),
    ] as [([Double], MixtureOfRegressions.Outcome, [Double])]
  )
  func overflowIsASentence(
    _ coefficients: [Double],
    _ outcome: MixtureOfRegressions.Outcome,
    _ row: [Double]
  ) throws {
    let student = try student([coefficients], outcome)
    let error = #expect(throws: PredictiveError.self) {
      try student.predictions(at: Tensor([[0, 0], row]))
    }
    #expect(error?.description.contains("row 2 is too far out") == true)
  }

  /// 4·10⁵ and e¹⁶·⁵: what used to be summed term by term.
  @Test func largeRatesTakeNoTime() throws {
    let student = try student([[1, 0, 0], [0.99, 0, 0]], .poisson)
    guard
      case .outcomes(let outcomes) = try student.predictions(
        at: Tensor((0..<50).map { [Double($0) * 10, 0] })
      )
    else {
      Issue.record("no outcomes")
      return
    }
    let start = ContinuousClock.now
    for outcome in outcomes {
      let values = [0.05, 0.5, 0.95].map(outcome.quantile)
      #expect(values == values.sorted())
    }
    #expect(start.duration(to: .now) < .seconds(2))
  }
}
