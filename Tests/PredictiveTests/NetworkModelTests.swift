import Foundation
import Networks
import Probability
import Tensors
import Testing

@testable import Predictive

@Suite struct NetworkModelTests {
  private func point(_ dimension: Int, seed: UInt64 = 3) -> [Double] {
    var random = RandomStream(seed: seed)
    return (0..<dimension).map { _ in 0.7 * random.normal() }
  }

  private func inputs(_ count: Int, _ width: Int) -> Tensor {
    .normal([count, width], .float64, using: RandomGenerator(seed: 9))
  }

  /// By hand and by libtorch: what the draw predicts, for every activation.
  @Test(arguments: Activation.allCases)
  func predictionsAreThoseOfTheNetwork(_ activation: Activation) {
    let model = NetworkModel([3, 5, 4, 3], activation: activation, .classes)
    let (draw, x) = (point(model.dimension), inputs(7, 3))
    let network = model.network(of: draw, .float64)
    let expected = network(x).softmax().scalars(Double.self)
    let own = x.unbound().flatMap { model.prediction(of: draw, at: $0.scalars(Double.self)) }
    #expect(gap(own, expected) < 1e-13)
    #expect(gap(model.draw(of: network), draw) == 0)
    // Slopes too: those of libtorch are found by differentiation.
    let sum = model.sum(Tensor([draw]), at: x, slopes: true)
    var value = [Double](repeating: 0, count: 3)
    var slope = [Double](repeating: 0, count: 9)
    let byHand = (0..<7).flatMap { n in
      model.predict(draw, 0, x.scalars(Double.self), n, &value, &slope)
      return slope
    }
    #expect(gap(sum.slopes!.scalars(), byHand) < 1e-12)
  }

  /// Central differences with step h: error h² f‴/6 plus rounding / h.
  @Test(arguments: [NetworkModel.Outcome.classes, .normal])
  func gradientsAreTheSlopesOfTheDensity(_ outcome: NetworkModel.Outcome) throws {
    let model = NetworkModel([2, 4, outcome == .normal ? 1 : 3], outcome)
    let outcomes =
      outcome == .normal
      ? Tensor((0..<11).map { Foundation.sin(Double($0)) }) : Tensor((0..<11).map { $0 % 3 })
    let posterior = try NetworkPosterior(of: model, inputs: inputs(11, 2), outcomes: outcomes)
    let here = point(model.dimension)
    var gradient = here
    let value = posterior.logDensity(at: here, gradient: &gradient)
    #expect(abs(value - posterior.logDensity(at: here)) < 1e-12 * abs(value))
    let step = 1e-5
    for j in here.indices {
      var (above, below) = (here, here)
      above[j] += step
      below[j] -= step
      let slope = (posterior.logDensity(at: above) - posterior.logDensity(at: below)) / (2 * step)
      #expect(abs(slope - gradient[j]) < 1e-6, "coordinate \(j)")
    }
  }

  /// The fused kernel in Float32 against libtorch in Float64: 24 bits, some sums of 40 terms.
  @Test(arguments: Activation.allCases)
  func singlePrecisionAgreesWithDouble(_ activation: Activation) throws {
    let model = NetworkModel([5, 8, 3], activation: activation, .classes)
    let (x, y) = (inputs(40, 5), Tensor((0..<40).map { $0 % 3 }))
    let double = try NetworkPosterior(of: model, inputs: x, outcomes: y)
    let single = try NetworkPosterior(of: model, inputs: x, outcomes: y, .float32)
    #expect(single.kernels != nil)
    let here = point(model.dimension)
    var (a, b) = (here, here)
    let values = (
      double.logDensity(at: here, gradient: &a), single.logDensity(at: here, gradient: &b)
    )
    #expect(abs(values.0 - values.1) < 1e-5 * abs(values.0))
    #expect(gap(a, b) < 1e-5 * a.map { abs($0) }.max()!)
  }

  /// Estimates from mini-batches average to the gradient: all 5 coordinates at |z| < 4.15.
  @Test func miniBatchesAreUnbiased() throws {
    let model = NetworkModel([1, 1, 1], .normal)
    let posterior = try NetworkPosterior(
      of: model,
      inputs: inputs(12, 1),
      outcomes: Tensor((0..<12).map { Foundation.cos(Double($0)) })
    )
    let here = point(model.dimension)
    let estimate = posterior.gradientEstimate(batchSize: 3)
    var random = RandomStream(seed: 2)
    var sum = [[Double]](repeating: [], count: model.dimension)
    var gradient = here
    for _ in 0..<2_000 {
      estimate(here, &gradient, &random)
      for j in here.indices { sum[j].append(gradient[j]) }
    }
    let exact = posterior.gradient(at: here)
    for j in here.indices { #expect(abs(zScore(sum[j], exact[j])) < zLimit) }
  }

  /// A network without hidden layers and two classes is logistic regression on the difference of its
  /// rows.
  @Test func twoClassesWithoutHiddenLayersAreLogisticRegression() throws {
    let model = NetworkModel([2, 2], .classes)
    let x = inputs(9, 2)
    let labels = (0..<9).map { $0 % 2 }
    let posterior = try NetworkPosterior(of: model, inputs: x, outcomes: Tensor(labels))
    let w = point(model.dimension)  // w₀₀ w₀₁ w₁₀ w₁₁ b₀ b₁
    let rows = x.unbound().map { $0.scalars(Double.self) }
    let expected = zip(rows, labels).reduce(0.0) { sum, pair in
      let z: Double = (w[2] - w[0]) * pair.0[0] + (w[3] - w[1]) * pair.0[1] + w[5] - w[4]
      return sum + Bernoulli(logit: z).logProbability(of: pair.1 == 1)
    }
    // The prior: weights of variance ½ (fan-in 2), biases of variance 1.
    let prior: Double = -0.5 * (2 * w[0..<4].reduce(0) { $0 + $1 * $1 } + w[4] * w[4] + w[5] * w[5])
    #expect(abs(posterior.logDensity(at: w) - expected - prior) < 1e-12)
  }

  /// Linear regression with unknown noise: given the noise everything is normal, so that exact
  /// moments follow by quadrature over its logarithm. NUTS agrees: 4 comparisons at |z| < 4.15.
  @Test func linearRegressionWithUnknownNoiseIsExact() throws {
    let model = NetworkModel([1, 1], .normal)
    var random = RandomStream(seed: 12)
    let x = (0..<15).map { _ in random.normal() }
    let y = x.map { 0.8 * $0 - 0.3 + 0.5 * random.normal() }
    let posterior = try NetworkPosterior(
      of: model,
      inputs: Tensor(x, shape: [15, 1]),
      outcomes: Tensor(y)
    )
    // With u = log noise: precision A = XᵀX e^(−2u) + I; evidence ∝ N(u; 0, 1) e^(−15u) |A|^(−½)
    // exp(½ bᵀA⁻¹b − ½ yᵀy e^(−2u)).
    var sums = [Double](repeating: 0, count: 5)
    for i in -4_000...4_000 {
      let u = Double(i) * 1e-3
      let rate = exp(-2 * u)
      let (a, b, c) = (
        rate * x.reduce(0) { $0 + $1 * $1 } + 1, rate * x.reduce(0, +), rate * 15 + 1
      )
      let (p, q) = (rate * zip(x, y).reduce(0) { $0 + $1.0 * $1.1 }, rate * y.reduce(0, +))
      let determinant = a * c - b * b
      let (w, bias) = ((c * p - b * q) / determinant, (a * q - b * p) / determinant)
      let evidence = exp(
        -0.5 * u * u - 15 * u - 0.5 * log(determinant) + 0.5 * (p * w + q * bias)
          - 0.5 * rate * y.reduce(0) { $0 + $1 * $1 }
      )
      for (k, value) in [1, u, w, bias, w * w + c / determinant].enumerated() {
        sums[k] += evidence * value
      }
    }
    let chain = MarkovChain(
      NoUTurnSampler(posterior),
      from: posterior.start(seed: 1),
      burnIn: 200,
      seed: 5
    )
    let draws = chain.sample(1_000, chains: 1)
    let functions: [(ArraySlice<Double>) -> Double] = [
      { $0[$0.startIndex + 2] }, { $0[$0.startIndex] }, { $0[$0.startIndex + 1] },
      { $0[$0.startIndex] * $0[$0.startIndex] },
    ]
    for (k, function) in functions.enumerated() {
      let values = draws.map(function)
      let mean = values[0].reduce(0, +) / Double(values[0].count)
      let z = (mean - sums[k + 1] / sums[0]) / Diagnostics.standardError(values)
      #expect(abs(z) < zLimit, "moment \(k) is \(z) errors away")
    }
  }
}
