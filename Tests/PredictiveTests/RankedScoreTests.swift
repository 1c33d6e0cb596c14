import Foundation
import Testing

@testable import Predictive

/// The continuous ranked probability score against its definition.
@Suite struct RankedScoreTests {
  /// ∫ (F(z) − 1{y ≤ z})² dz by the midpoint rule, in two parts that meet at y.
  @Test(arguments: [-3.0, 0.2, 1, 7])
  func mixturesOfNormals(outcome: Double) {
    let (weights, means, deviations) = ([0.2, 0.5, 0.3], [-1.0, 0.5, 3], [0.4, 1.5, 0.1])
    let mixture = PredictedOutcome.normals(weights: weights, means: means, deviations: deviations)
    func cumulative(_ z: Double) -> Double {
      var sum = 0.0
      for i in 0..<3 {
        sum += weights[i] * 0.5 * erfc((means[i] - z) / (deviations[i] * 2.0.squareRoot()))
      }
      return sum
    }
    func integral(_ from: Double, _ to: Double, _ f: (Double) -> Double) -> Double {
      let (count, width) = (200_000, (to - from) / 200_000)
      return (0..<count).reduce(0) { $0 + width * f(from + (Double($1) + 0.5) * width) }
    }
    let below = integral(-20, outcome) { cumulative($0) * cumulative($0) }
    let above = integral(outcome, 20) { (1 - cumulative($0)) * (1 - cumulative($0)) }
    #expect(abs(mixture.rankedProbabilityScore(of: outcome) - below - above) < 1e-6)
  }

  /// One normal: σ (z (2Φ(z) − 1) + 2φ(z) − 1/√π), and no deviation the distance.
  @Test func oneNormal() {
    let normal = PredictedOutcome.normals(weights: [1], means: [2], deviations: [3])
    let z = (7.0 - 2) / 3
    let phi = exp(-z * z / 2) / (2 * .pi).squareRoot()
    let expected = 3 * (z * erf(z / 2.0.squareRoot()) + 2 * phi - 1 / Double.pi.squareRoot())
    #expect(abs(normal.rankedProbabilityScore(of: 7) - expected) < 1e-12)
    let point = PredictedOutcome.normals(weights: [1], means: [2], deviations: [0])
    #expect(point.rankedProbabilityScore(of: 7) == 5)
  }

  /// Σ (F(k) − 1{y ≤ k})², term by term.
  @Test(arguments: [0.0, 3, 11, 60])
  func mixturesOfPoissons(outcome: Double) {
    let (weights, means) = ([0.4, 0.6], [0.7, 9.0])
    let mixture = PredictedOutcome.poissons(weights: weights, means: means)
    var (expected, cumulative) = (0.0, 0.0)
    var terms = means.map { exp(-$0) }
    for k in 0..<200 {
      cumulative += zip(weights, terms).reduce(0) { $0 + $1.0 * $1.1 }
      let error = cumulative - (outcome <= Double(k) ? 1 : 0)
      expected += error * error
      terms = zip(terms, means).map { $0 * $1 / Double(k + 1) }
    }
    #expect(abs(mixture.rankedProbabilityScore(of: outcome) - expected) < 1e-9)
  }

  /// Large counts are as good as normal: their score is that of N(λ, λ) within 1/√λ of it.
  @Test func largeCounts() {
    let mean = 1e8
    let counts = PredictedOutcome.poissons(weights: [1], means: [mean])
    let normal = PredictedOutcome.normals(weights: [1], means: [mean], deviations: [1e4])
    for outcome in [mean, mean + 20_000, mean - 1e6] {
      let (own, expected) = (
        counts.rankedProbabilityScore(of: outcome), normal.rankedProbabilityScore(of: outcome)
      )
      #expect(abs(own / expected - 1) < 1e-3, "\(outcome): \(own) and \(expected)")
    }
  }
}
