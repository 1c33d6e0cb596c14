import Foundation
import Probability
import Testing

@testable import Predictive

/// Values far from 0, or of a tiny or huge unit: mixtures fitted to them are those of the values
/// without the offset, in the unit of their deviation.
@Suite struct FarValueTests {
  /// Offsets and units for which y = offset + unit·z, with z in steps of 2⁻¹⁰, has no rounding.
  private static let units: [(offset: Double, unit: Double)] = [
    (0x1p27, 1), (0x1p31, 1), (0x1p20, 0x1p-10), (0, 0x1p-30), (0, 0x1p110), (0, 0x1p-200),
    (0x1p120, 0x1p100), (-0x1p27, 1),
  ]

  /// Two clusters of normal values, 9 deviations apart, in steps of 2⁻¹⁰.
  private static let plain: [Double] = {
    var random = RandomStream(seed: 1)
    return (0..<2_000).map { i in
      let value = random.normal() + (i % 4 == 0 ? 9 : 0)
      return (value * 1_024).rounded() / 1_024
    }
  }()

  private static func moments(_ values: [Double]) -> (mean: Double, deviation: Double) {
    let mean = values.reduce(0, +) / Double(values.count)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (mean, (squares / Double(values.count)).squareRoot())
  }

  @Test(arguments: units) func oneNormalHasTheValuesMoments(_ offset: Double, _ unit: Double) throws
  {
    var random = RandomStream(seed: 2)
    let fit = try GaussianMixture.fitted(
      to: Self.plain.map { [offset + unit * $0] },
      components: 1,
      using: &random
    ).mixture
    let expected = Self.moments(Self.plain)
    #expect(abs((fit.means[0][0] - offset) / unit - expected.mean) < 1e-6)
    #expect(
      abs(fit.covariances[0][0].squareRoot() / unit - expected.deviation) < 1e-9
    )
  }

  /// Against the moments of each cluster by itself: between them lie 9 deviations, so that what
  /// of one is taken for the other changes a moment by about a thousandth.
  @Test(arguments: units) func clustersAreFound(_ offset: Double, _ unit: Double) throws {
    let values = Self.plain.map { offset + unit * $0 }
    var random = RandomStream(seed: 3)
    let gaussians = try GaussianMixture.fitted(
      to: values.map { [$0] },
      components: 2,
      using: &random
    ).mixture
    var stepwise = StepwiseEM(
      from: try .spread(over: values[..<200].map { [$0] }, components: 2, using: &random)
    )
    for _ in 0..<20 {
      for start in stride(from: 0, to: values.count, by: 100) {
        try stepwise.update(with: values[start..<(start + 100)].map { [$0] })
      }
    }
    // What follows batches goes on moving with them.
    for (fit, tolerance) in [(gaussians, 0.02), (stepwise.mixture, 0.1)] {
      let order = fit.means.indices.sorted { fit.means[$0][0] < fit.means[$1][0] }
      for (k, own) in zip(order, [{ $0 < 4.5 }, { $0 >= 4.5 }] as [(Double) -> Bool]) {
        let expected = Self.moments(Self.plain.filter(own))
        #expect(abs((fit.means[k][0] - offset) / unit - expected.mean) < tolerance)
        #expect(
          abs(fit.covariances[k][0].squareRoot() / unit - expected.deviation) < tolerance,
          "\(fit)"
        )
      }
    }
    let heavy = try StudentTMixture.fitted(
      to: values,
      components: 2,
      degreesOfFreedom: 1e6,
      using: &random
    ).mixture
    for part in heavy.components {
      let isUpper = (part.location - offset) / unit > 4.5
      let expected = Self.moments(Self.plain.filter { ($0 > 4.5) == isUpper })
      #expect(abs(part.scale / unit - expected.deviation) < 0.02)
    }
  }

  /// One coordinate in millions, one in millionths: each has its own floor.
  @Test func everyCoordinateHasItsOwnUnit() throws {
    var random = RandomStream(seed: 4)
    let values = (0..<1_000).map { _ in [1e9 + 1e6 * random.normal(), 1e-6 * random.normal()] }
    let fit = try GaussianMixture.fitted(to: values, components: 1, using: &random).mixture
    for i in 0..<2 {
      let expected = Self.moments(values.map { $0[i] }).deviation
      #expect(abs(fit.covariances[0][i * 3].squareRoot() / expected - 1) < 1e-6)
    }
  }

  @Test func whatNoVarianceCanHoldIsRefused() throws {
    var random = RandomStream(seed: 5)
    for unit in [1e80, 1e160, 1e200, 1e307, 1e-160, 1e-300] {
      let values = (0..<20).map { [unit * Double($0 % 7 - 3)] }
      #expect(throws: PredictiveError.self) {
        try GaussianMixture.fitted(to: values, components: 2, using: &random)
      }
      #expect(throws: PredictiveError.self) {
        try StudentTMixture.fitted(to: values.map { $0[0] }, components: 2, using: &random)
      }
    }
    #expect(throws: PredictiveError.self) {
      try GaussianMixture.fitted(to: [[1e308], [-1e308], [3]], components: 1, using: &random)
    }
  }

  /// Values that are all alike, or differ in their last bit.
  @Test func equalValuesHaveADensity() throws {
    var random = RandomStream(seed: 6)
    for value in [0, 5, -1e8, 1e30, 0.1, 3.7] {
      let frame = try StandardFrame(of: .init(repeating: [value], count: 4_000))
      #expect(frame.centres == [value] && frame.scales == [1e-6 * (value == 0 ? 1 : abs(value))])
      let values = (0..<50).map { [$0 % 2 == 0 ? value : value.nextUp] }
      let fit = try GaussianMixture.fitted(to: values, components: 2, using: &random).mixture
      #expect(fit.logProbability(of: values[0]).isFinite)
      #expect(abs(fit.quantile(0.5) - value) <= 1e-6 * max(1, abs(value)))
    }
  }

  /// Checkpoints of earlier versions hold sums of the values themselves.
  @Test func statisticsWithoutAFrameAreOfTheValues() throws {
    let old = #"{"dimension":1,"counts":[1],"sums":[3],"products":[13]}"#
    let statistics = try JSONDecoder().decode(MixtureStatistics.self, from: Data(old.utf8))
    let before = try GaussianMixture(weights: [1], means: [0], variances: [1])
    let mixture = try statistics.mixture(.full, floor: 1e-4, after: before)
    #expect(mixture.means == [[3]] && mixture.covariances == [[4]])
    for wrong in [
      #"{"dimension":0,"counts":[],"sums":[],"products":[]}"#,
      #"{"dimension":2,"counts":[1],"sums":[3],"products":[13]}"#,
    ] {
      #expect(throws: (any Error).self) {
        try JSONDecoder().decode(MixtureStatistics.self, from: Data(wrong.utf8))
      }
    }
  }
}
