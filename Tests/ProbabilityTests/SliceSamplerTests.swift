import Foundation
import Testing

@testable import Probability

/// What stepping out and shrinkage must do, whatever the width and the limit of expansions: Neal
/// (2003), figures 3 and 5.
@Suite struct SliceSamplerTests {
  /// A skewed density on the line whose moments are known, `x e^(−x)`: E[xⁿ] = (n + 1)!.
  static let gamma = LogDensity(dimension: 1) { $0[0] > 0 ? log($0[0]) - $0[0] : -.infinity }
  /// Two narrow modes, a third of the mass in the left one, that is five times as wide.
  static let modes = LogDensity(dimension: 1) { x in
    let (left, right) = ((x[0] + 3) / 1, (x[0] - 1) / 0.2)
    return log(exp(-0.5 * left * left) / 3 + exp(-0.5 * right * right) / 0.2 * 2 / 3)
  }

  struct Setting: Sendable, CustomStringConvertible {
    let width: Double
    let expansions: Int
    var description: String { "width \(width), at most \(expansions) expansions" }
  }

  private func draws(
    _ target: LogDensity,
    _ setting: Setting,
    _ count: Int,
    thinning: Int = 1
  ) -> Draws {
    let kernel = SliceSampler(
      target,
      width: setting.width,
      maximumExpansions: setting.expansions
    )
    // No burn-in: widths stay what they are.
    return MarkovChain(kernel, from: [1], burnIn: 0, thinning: thinning, seed: 3)
      .sample(count, chains: 2)
  }

  /// Wherever the limit of expansions binds it must be split between the two sides at random, and
  /// the interval be put around the point at random: 6 × 4 comparisons at |z| < 5, on enough draws to
  /// see a bias of one percent.
  @Test(arguments: [
    Setting(width: 0.5, expansions: 1), Setting(width: 0.5, expansions: 3),
    Setting(width: 2, expansions: 0), Setting(width: 2, expansions: 100),
    Setting(width: 20, expansions: 100), Setting(width: 0.05, expansions: 1_000),
  ])
  func momentsAreExactForEverySetting(_ setting: Setting) {
    let skewed = draws(Self.gamma, setting, 60_000, thinning: setting.expansions == 1 ? 4 : 1)
    let moments: [(String, Double, Double)] = [
      ("x", 2, 1), ("x²", 6, 2), ("√x", 1.3293403881791370, 0.5),
    ]
    for (name, value, power) in moments {
      let z = Expectation(name, value) { pow($0[0], power) }.zScore(skewed)
      #expect(abs(z) < 5, "\(setting): \(name) is \(z) errors away")
    }
    // P(x < 1) = 1 − 2/e.
    let z = Expectation("x < 1", 1 - 2 / exp(1)) { $0[0] < 1 ? 1 : 0 }.zScore(skewed)
    #expect(abs(z) < 5, "\(setting): P(x < 1) is \(z) errors away")
  }

  /// Shrinking towards the point at each miss gives both modes their mass, although slices are in
  /// two pieces.
  @Test(arguments: [Setting(width: 6, expansions: 100), Setting(width: 8, expansions: 2)])
  func slicesInTwoPiecesKeepTheirMass(_ setting: Setting) {
    let draws = draws(Self.modes, setting, 60_000)
    let expectations = [
      Expectation("left", 1.0 / 3) { $0[0] < -0.2 ? 1 : 0 },
      Expectation("x", -1.0 / 3) { $0[0] },
      Expectation("x²", 10.0 / 3 + 2.08 / 3) { $0[0] * $0[0] },
    ]
    for expectation in expectations {
      let z = expectation.zScore(draws)
      #expect(abs(z) < 5, "\(setting): \(expectation.name) is \(z) errors away")
    }
  }

  /// Nothing is ever rejected: shrinkage goes on until a point of the slice is found.
  @Test func everyStepMoves() {
    let values = draws(Self.gamma, Setting(width: 5, expansions: 100), 2_000)
      .chains(ofCoordinate: 0)[0]
    #expect(zip(values, values.dropFirst()).allSatisfy { $0 != $1 })
  }

  /// With as many expansions as it takes, a draw is uniform on the slice however small the width is;
  /// on a symmetric target neighbours are then uncorrelated, r ~ N(0, 1/n).
  @Test func steppingOutReachesTheEndsOfTheSlice() {
    let normal = LogDensity(dimension: 1) { -0.5 * $0[0] * $0[0] }
    let values = draws(normal, Setting(width: 0.02, expansions: 10_000), 5_000)
      .chains(ofCoordinate: 0)[0]
    let products = zip(values, values.dropFirst()).map { $0 * $1 }
    let squares = values.map { $0 * $0 }
    let correlation = Diagnostics.mean(products) / Diagnostics.mean(squares)
    #expect(abs(correlation) * Double(values.count).squareRoot() < 4.5)
  }

  /// One evaluation for the point, two for the ends, one for each expansion and each miss.
  @Test func evaluationsAreCounted() {
    final class Counter: @unchecked Sendable { var count = 0 }
    let counter = Counter()
    let target = LogDensity(dimension: 2) { x in
      counter.count += 1
      return -0.5 * (x[0] * x[0] + x[1] * x[1])
    }
    let kernel = SliceSampler(target, width: 0.7)
    var random = RandomStream(seed: 5)
    var state = kernel.start(at: [0.3, -0.2], using: &random)
    counter.count = 0
    var reported = 0
    for _ in 0..<200 { reported += kernel.step(&state, using: &random).evaluations }
    #expect(reported == counter.count)
  }
}
