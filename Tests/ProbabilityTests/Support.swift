import Foundation

@testable import Probability

/// A kernel with settings under which it should sample every target here.
struct KernelCase: Sendable, CustomStringConvertible {
  let description: String
  /// Draws of two chains.
  let sample: @Sendable (any DifferentiableDistribution, _ draws: Int, _ seed: UInt64) -> Draws
  /// One step from a position with untuned settings, for Geweke's test.
  let step: @Sendable (any DifferentiableDistribution, [Double], inout RandomStream) -> [Double]

  init<K: MarkovKernel>(
    _ name: String,
    thinning: Int,
    _ make: @escaping @Sendable (any DifferentiableDistribution) -> K
  ) {
    description = name
    sample = { target, draws, seed in
      MarkovChain(make(target), burnIn: 1000, thinning: thinning, seed: seed)
        .sample(draws, chains: 2, threads: 2)
    }
    step = { target, position, random in
      let kernel = make(target)
      var state = kernel.start(at: position, using: &random)
      _ = kernel.step(&state, using: &random)
      return state.position
    }
  }

  static let all = [
    KernelCase("slice", thinning: 1) { SliceSampler($0) },
    KernelCase("whitened slice", thinning: 1) { target in
      let n = target.dimension
      // A fixed, lopsided map: any invertible one must leave the target invariant.
      let matrix = (0..<(n * n)).map { $0 / n == $0 % n ? 1.5 : $0 / n > $0 % n ? 0.7 : 0 }
      let map = AffineMap(offset: [Double](repeating: 0.3, count: n), matrix: matrix)
      return Whitened(target as any UnnormalizedDistribution, by: map) { SliceSampler($0) }
    },
    KernelCase("random walk", thinning: 10) { RandomWalkMetropolis($0, scale: 1) },
    KernelCase("MALA", thinning: 4) { MetropolisAdjustedLangevin($0, stepSize: 0.8) },
    KernelCase("HMC", thinning: 1) { HamiltonianMonteCarlo($0, steps: 6, stepSize: 0.4) },
    KernelCase("dense HMC", thinning: 1) {
      HamiltonianMonteCarlo($0, steps: 6, stepSize: 0.4, isDense: true)
    },
    KernelCase("NUTS", thinning: 1) { NoUTurnSampler($0, stepSize: 0.5) },
    KernelCase("dense NUTS", thinning: 1) { NoUTurnSampler($0, stepSize: 0.5, isDense: true) },
  ]
}

/// A function of a draw whose expectation is known.
struct Expectation: Sendable {
  let name: String
  let value: Double
  let function: @Sendable (ArraySlice<Double>) -> Double

  init(_ name: String, _ value: Double, _ function: @escaping @Sendable ([Double]) -> Double) {
    self.name = name
    self.value = value
    self.function = { function(Array($0)) }
  }

  /// The distance from the truth in Monte Carlo standard errors.
  func zScore(_ draws: Draws) -> Double {
    let values = draws.map(function)
    return (Diagnostics.mean(values.flatMap { $0 }) - value) / Diagnostics.standardError(values)
  }
}

/// A target whose moments are known.
struct TargetCase: Sendable, CustomStringConvertible {
  let description: String
  let target: any DifferentiableDistribution
  let expectations: [Expectation]

  static let all = [
    TargetCase(
      description: "Gaussian",
      target: try! MultivariateNormal(mean: [1, -2, 0], standardDeviations: [1, 0.5, 3]),
      expectations: [
        Expectation("x₀", 1) { $0[0] }, Expectation("x₁", -2) { $0[1] },
        Expectation("x₂²", 9) { $0[2] * $0[2] }, Expectation("x₁²", 4.25) { $0[1] * $0[1] },
      ]
    ),
    TargetCase(
      description: "correlated",
      target: try! MultivariateNormal(mean: [0, 1], covariance: [1, 0.8, 0.8, 1]),
      expectations: [
        Expectation("x₀", 0) { $0[0] }, Expectation("x₁", 1) { $0[1] },
        Expectation("x₀²", 1) { $0[0] * $0[0] },
        Expectation("x₀(x₁ − 1)", 0.8) { $0[0] * ($0[1] - 1) },
      ]
    ),
    // A mild funnel: every kernel here can reach its neck with one step size.
    TargetCase(
      description: "funnel",
      target: Funnel(dimension: 3, scale: 0.8),
      expectations: [
        Expectation("v", 0) { $0[0] }, Expectation("v²", 0.64) { $0[0] * $0[0] },
        Expectation("x²/exp v", 1) { $0[1] * $0[1] * exp(-$0[0]) },
      ]
    ),
    TargetCase(
      description: "mixture",
      target: Mixture(
        [
          try! MultivariateNormal(mean: [-1.5, 0], standardDeviations: [0.9, 1]),
          try! MultivariateNormal(mean: [1.5, 1], standardDeviations: [0.9, 1]),
        ],
        weights: [1, 3]
      ),
      expectations: [
        Expectation("x₀", 0.75) { $0[0] }, Expectation("x₁", 0.75) { $0[1] },
        Expectation("x₀²", 3.06) { $0[0] * $0[0] },
        Expectation("x₀x₁", 1.125) { $0[0] * $0[1] },
      ]
    ),
  ]
}
