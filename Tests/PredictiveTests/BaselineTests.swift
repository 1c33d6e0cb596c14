import Distillation
import Foundation
import Networks
import Probability
import Tensors
import Testing

@testable import Predictive

@Suite struct BaselineTests {
  /// Mean and variance under prior × likelihood on the line, by quadrature.
  private func exactMoments(
    _ inputs: [Double],
    _ labels: [Bool],
    _ link: Link,
    sd: Double
  ) -> (mean: Double, variance: Double) {
    func density(_ w: Double) -> Double {
      zip(inputs, labels).reduce(exp(-0.5 * w * w / (sd * sd))) {
        $0 * link.evaluate($1.1 ? w * $1.0 : -w * $1.0).value
      }
    }
    let reach = 12 * sd
    let mass = integral(-reach, reach, steps: 8_000, density)
    let mean = integral(-reach, reach, steps: 8_000) { $0 * density($0) } / mass
    let square = integral(-reach, reach, steps: 8_000) { $0 * $0 * density($0) } / mass
    return (mean, square - mean * mean)
  }

  /// With a single observation the approximation is exact in its moments.
  @Test(arguments: Link.allCases)
  func oneObservationIsExact(_ link: Link) throws {
    for (x, label) in [(0.7, true), (-3, true), (2, false)] {
      let fit = try ExpectationPropagation(
        inputs: [[x]],
        labels: [label],
        prior: GaussianPrior(dimension: 1, standardDeviation: 2),
        link: link
      ).posterior
      let exact = exactMoments([x], [label], link, sd: 2)
      #expect(abs(fit.mean[0] - exact.mean) < 1e-8)
      #expect(abs(fit.covariance[0] - exact.variance) < 1e-8)
    }
  }

  /// Several observations on the line: the fixed point that an independent program finds by
  /// quadrature (`Tools/reference/expectation_propagation.py`), and its known closeness to the truth.
  @Test(arguments: [
    (Link.logistic, 2.096003965150801, 1.233438622793365),
    (.probit, 1.782400826211413, 0.8126574538233635),
  ])
  func agreesInOneDimension(_ link: Link, _ mean: Double, _ variance: Double) throws {
    let inputs = [0.5, -1, 2, 0.3, -0.8, 1.4]
    let labels = [true, false, true, false, false, true]
    let fit = try ExpectationPropagation(
      inputs: inputs.map { [$0] },
      labels: labels,
      prior: GaussianPrior(dimension: 1, standardDeviation: 2),
      link: link
    ).posterior
    #expect(abs(fit.mean[0] - mean) < 1e-7)
    #expect(abs(fit.covariance[0] - variance) < 1e-7)
    let exact = exactMoments(inputs, labels, link, sd: 2)
    #expect(abs(fit.mean[0] - exact.mean) < 0.01 * exact.variance.squareRoot())
    // Two skewed posteriors, of which the variances are 8 and 15 % too small.
    #expect(abs(fit.covariance[0] / exact.variance - 1) < 0.16)
  }

  @Test(arguments: Link.allCases)
  func isNearInTwoDimensions(_ link: Link) throws {
    let inputs = [[0.5, 1], [-1, 0.2], [2, -1], [0.3, 0.3], [-0.8, 1], [1.4, -0.5]]
    let labels = [true, false, true, false, true, false]
    let fit = try ExpectationPropagation(
      inputs: inputs,
      labels: labels,
      prior: GaussianPrior(dimension: 2, standardDeviation: 1.5),
      link: link
    ).posterior
    func density(_ a: Double, _ b: Double) -> Double {
      zip(inputs, labels).reduce(exp(-0.5 * (a * a + b * b) / 2.25)) {
        let z = a * $1.0[0] + b * $1.0[1]
        return $0 * link.evaluate($1.1 ? z : -z).value
      }
    }
    func moment(_ f: (Double, Double) -> Double) -> Double {
      integral(-15, 15, steps: 300) { a in
        integral(-15, 15, steps: 300) { b in f(a, b) * density(a, b) }
      }
    }
    let mass = moment { _, _ in 1 }
    let mean = [moment { a, _ in a } / mass, moment { _, b in b } / mass]
    let exact = [
      moment { a, _ in a * a } / mass - mean[0] * mean[0],
      moment { a, b in a * b } / mass - mean[0] * mean[1],
      moment { _, b in b * b } / mass - mean[1] * mean[1],
    ]
    #expect(gap(fit.mean, mean) < 0.06)
    #expect(gap([fit.covariance[0], fit.covariance[1], fit.covariance[3]], exact) < 0.06)
  }

  /// E[s(z)] of a normal z against quadrature on a much finer grid.
  @Test(arguments: Link.allCases)
  func momentsOfALink(_ link: Link) {
    for (mean, variance) in [(0.3, 0.01), (-2, 1), (5, 30), (-40, 400), (3, 9_000)] {
      let sd = variance.squareRoot()
      func weight(_ z: Double) -> Double {
        exp(-0.5 * (z - mean) * (z - mean) / variance) / (2 * .pi * variance).squareRoot()
      }
      let steps = 200_000
      let (low, high) = (mean - 12 * sd, mean + 12 * sd + 12)
      let value = integral(low, high, steps: steps) { weight($0) * link.evaluate($0).value }
      let first = integral(low, high, steps: steps) { $0 * weight($0) * link.evaluate($0).value }
      let own = link.moments(mean: mean, variance: variance)
      #expect(abs(own.value / value - 1) < 1e-9)
      #expect(abs(own.complement + own.value - 1) < 1e-9)
      #expect(abs(own.tiltedMean - first / value) < 1e-7 * max(1, sd))
    }
  }

  @Test func laplaceIsTheMode() throws {
    let regression = LogisticCase()
    let laplace = GaussianPosterior(
      try LaplaceApproximation(of: regression.posterior),
      link: .logistic
    )
    let slope = regression.posterior.gradient(at: laplace.mean)
    // The search stops within a hundredth of a standard deviation of the mode.
    #expect(
      slope.enumerated().allSatisfy {
        abs($1) * laplace.covariance[3 * $0].squareRoot() < 0.05
      }
    )
  }

  @Test func medoidsImproveAndCoverGroups() throws {
    var random = RandomStream(seed: 5)
    let draws = (0..<600).map { i in
      [Double(i % 3) * 10 + random.normal(), Double(i % 3) * -5 + random.normal()]
    }
    let medoids = try KMedoids(draws, 3, using: &random)
    #expect(Set(medoids.rows.map { $0 % 3 }) == [0, 1, 2])
    #expect(medoids.weights.allSatisfy { abs($0 - 1.0 / 3) < 1e-12 })
    #expect(zip(medoids.costs.dropFirst(), medoids.costs).allSatisfy { $0 <= $1 })
    #expect(throws: PredictiveError.self) { try KMedoids(draws, 601, using: &random) }
  }

  @Test func thinningKeepsDrawsAtEvenDistances() {
    let draws = Tensor((0..<10).map { [Double($0)] })
    let model = LinearPredictorModel(.logistic, inputs: 1)
    let thin = PosteriorPredictive(draws, of: model).thinned(to: 4)
    #expect(thin.draws.scalars(Double.self) == [0, 2, 5, 7])
  }
}
