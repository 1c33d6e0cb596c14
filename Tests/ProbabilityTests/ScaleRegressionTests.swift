import Foundation
import Testing

@testable import Probability

/// Against the definition, written out, and its differences.
@Suite struct ScaleRegressionTests {
  private let inputs = [[1.0, 0.5], [1, -1.2], [1, 2], [1, 0.1]]
  private let outcomes = [0.3, -2, 3.4, 0.3]
  private let prior = GaussianPrior(dimension: 2, standardDeviation: 3)

  private func target(_ tails: ScaleRegression.Tails) throws -> ScaleRegression {
    try ScaleRegression(inputs: inputs, outcomes: outcomes, tails: tails, prior: prior)
  }

  /// Up to a constant that does not depend on the point.
  private func expected(_ point: [Double], _ freedom: Double?, isOpen: Bool) -> Double {
    let scale = exp(point[2])
    let nu = isOpen ? 1 + exp(point[3]) : freedom
    var sum = -0.5 * (point[0] * point[0] + point[1] * point[1]) / 9 - scale + point[2]
    for (x, y) in zip(inputs, outcomes) {
      let z = (y - x[0] * point[0] - x[1] * point[1]) / scale
      sum -= log(scale)
      if let nu {
        sum += lgamma((nu + 1) / 2) - lgamma(nu / 2) - 0.5 * log(nu)
        sum -= (nu + 1) / 2 * log(1 + z * z / nu)
      } else {
        sum -= z * z / 2
      }
    }
    if isOpen, let nu { sum += log(nu) - 0.1 * nu + point[3] }
    return sum
  }

  @Test func densityAndGradient() throws {
    let cases: [(ScaleRegression.Tails, Double?, Bool)] = [
      (.normal, nil, false), (.studentT(degreesOfFreedom: 4), 4, false), (.unknown, nil, true),
    ]
    for (tails, freedom, isOpen) in cases {
      let target = try target(tails)
      let points = [[0.2, 1.1, -0.4], [-1, 0.3, 0.7]].map { $0 + (isOpen ? [1.3] : []) }
      #expect(target.dimension == points[0].count)
      let found = points.map { target.logDensity(at: $0) }
      let values = points.map { expected($0, freedom, isOpen: isOpen) }
      #expect(abs((found[1] - found[0]) - (values[1] - values[0])) < 1e-10)
      var gradient = [Double](repeating: 9, count: target.dimension)
      _ = target.logDensity(at: points[1], gradient: &gradient)
      for j in gradient.indices {
        var (above, below) = (points[1], points[1])
        above[j] += 1e-5
        below[j] -= 1e-5
        let slope =
          (expected(above, freedom, isOpen: isOpen) - expected(below, freedom, isOpen: isOpen))
          / 2e-5
        #expect(abs(gradient[j] - slope) < 1e-6 * max(1, abs(slope)), "\(tails) \(j)")
      }
    }
    #expect(try self.target(.unknown).noise(of: [0, 0, 0, 0]).degreesOfFreedom == 2)
  }

  @Test func digamma() {
    // Abramowitz & Stegun 6.3.2, 6.3.3 and the recurrence.
    #expect(abs(ScaleRegression.digamma(1) + 0.577_215_664_901_532_9) < 1e-12)
    #expect(abs(ScaleRegression.digamma(0.5) + 1.963_510_026_021_423_5) < 1e-12)
    #expect(abs(ScaleRegression.digamma(31.5) - ScaleRegression.digamma(30.5) - 1 / 30.5) < 1e-13)
  }

  @Test func dataThatIsNone() {
    #expect(throws: ProbabilityError.self) {
      try ScaleRegression(
        inputs: [[1], [2]],
        outcomes: [1, .nan],
        prior: .init(dimension: 1, standardDeviation: 1)
      )
    }
    #expect(throws: ProbabilityError.self) { try target(.studentT(degreesOfFreedom: 0)) }
  }
}
