import Foundation
import Testing

@testable import Probability

@Suite struct CalibrationTests {
  /// Simulation-based calibration (Talts et al. 2018) on a conjugate model: θ ~ N(0, 1) and three
  /// observations of N(θ, 1). The rank of the true θ among 19 nearly independent posterior draws is
  /// uniform on 0…19; the threshold is exceeded by a right sampler with probability 10⁻⁵.
  @Test(arguments: KernelCase.all)
  func ranksOfTheTruthAreUniform(_ kernel: KernelCase) throws {
    var random = RandomStream(seed: 99)
    var counts = [Int](repeating: 0, count: 20)
    for simulation in 0..<400 {
      let truth = random.normal()
      let data = (0..<3).map { _ in truth + random.normal() }
      let target = try LinearPredictorRegression(
        inputs: [[1], [1], [1]],
        outcomes: data,
        likelihood: .normal(noise: 1),
        prior: GaussianPrior(dimension: 1, standardDeviation: 1)
      )
      var position = [0.0]
      var rank = 0
      var steps = RandomStream(seed: 100, stream: UInt64(simulation))
      for step in 1...(20 * 12) {
        position = kernel.step(target, position, &steps)
        if step > 12, step % 12 == 0, position[0] < truth { rank += 1 }
      }
      counts[rank] += 1
    }
    #expect(chiSquare(counts) < 57.37, "\(kernel): \(counts)")
  }

  /// The same for logistic regression, where nothing is conjugate, with tuned kernels.
  @Test(arguments: ["slice", "NUTS"])
  func logisticRegressionIsCalibrated(_ kernel: String) throws {
    var random = RandomStream(seed: 7)
    var counts = [Int](repeating: 0, count: 20)
    let prior = GaussianPrior(dimension: 2, standardDeviation: 1.5)
    for simulation in 0..<300 {
      let truth = [1.5 * random.normal(), 1.5 * random.normal()]
      let inputs = (0..<15).map { _ in [1, random.normal()] }
      let labels = inputs.map { x in
        Bernoulli(logit: truth[0] + truth[1] * x[1]).sample(using: &random)
      }
      let target = try LogisticRegression(inputs: inputs, labels: labels, prior: prior)
      let seed = UInt64(simulation)
      let draws =
        kernel == "slice"
        ? MarkovChain(SliceSampler(target), burnIn: 100, thinning: 12, seed: seed)
          .sample(19, chains: 1)
        : MarkovChain(NoUTurnSampler(target), burnIn: 150, thinning: 6, seed: seed)
          .sample(19, chains: 1)
      counts[draws.chains(ofCoordinate: 1)[0].count { $0 < truth[1] }] += 1
    }
    #expect(chiSquare(counts) < 57.37, "\(counts)")
  }

  /// Geweke's joint distribution test (2004): alternate `y | w` and one step of the kernel on
  /// `w | y`; if both are right the marginal of w is its prior, N(0, 1), and E[w s] follows by
  /// quadrature from y alone. Three comparisons for each of eight kernels at |z| < 5.
  @Test(arguments: KernelCase.all)
  func successiveConditionalsKeepThePrior(_ kernel: KernelCase) throws {
    let inputs = [[1.0], [-0.5], [2.0]]
    let prior = GaussianPrior(dimension: 1, standardDeviation: 1)
    var random = RandomStream(seed: 31)
    var w = [random.normal()]
    var trace: [Double] = []
    var agreement: [Double] = []
    for _ in 0..<20_000 {
      let labels = inputs.map { Bernoulli(logit: w[0] * $0[0]).sample(using: &random) }
      let target = try LogisticRegression(inputs: inputs, labels: labels, prior: prior)
      w = kernel.step(target, w, &random)
      trace += w
      agreement.append(labels[2] ? w[0] : -w[0])
    }
    // E[±w] with label 2 at x = 2: ∫ w (2σ(2w) − 1) φ(w) dw = ∫ w tanh(w) φ(w) dw.
    let step = 1e-3
    let expected = (-8000...8000).reduce(0.0) {
      let w = Double($1) * step
      return $0 + w * tanh(w) * exp(-0.5 * w * w) / (2 * Double.pi).squareRoot() * step
    }
    let comparisons: [(String, [Double], Double)] = [
      ("w", trace, 0), ("w²", trace.map { $0 * $0 }, 1), ("±w", agreement, expected),
    ]
    for (name, values, truth) in comparisons {
      let z = (Diagnostics.mean(values) - truth) / Diagnostics.standardError([values])
      #expect(abs(z) < 5, "\(kernel): \(name) is \(z) errors away")
    }
  }
}
