import Distillation
import Foundation
import Networks
import Probability
import Tensors
import Testing

@testable import Predictive

@Suite struct PosteriorPredictiveTests {
  static let models: [any PredictiveModel] = [
    LinearPredictorModel(.logistic, inputs: 2), LinearPredictorModel(.probit, inputs: 2),
    LinearPredictorModel(.linear(noise: 0.5), inputs: 2), LinearPredictorModel(.poisson, inputs: 2),
    SoftmaxModel(classes: 3, inputs: 2), MixtureMeansModel(weights: [1, 2], variances: [1, 0.5]),
    MixtureModel(MixtureParameters(components: 2, weights: [1, 2])),
    NetworkModel([2, 3, 3], .classes), NetworkModel([2, 3, 1], activation: .silu, .normal),
  ]

  private func draws(_ model: any PredictiveModel, _ count: Int = 9) -> Tensor {
    Tensor.normal([count, model.dimension], .float64, using: RandomGenerator(seed: 4))
  }

  private func inputs(_ model: any PredictiveModel) -> Tensor {
    Tensor.normal([6, model.inputs], .float64, using: RandomGenerator(seed: 5))
  }

  /// Products of matrices give what one prediction after another gives.
  @Test(arguments: models.indices)
  func sumsAgreeWithPredictions(_ index: Int) {
    func check(_ model: some PredictiveModel) {
      let (draws, inputs) = (draws(model), inputs(model))
      let all = model.sum(draws, at: inputs, slopes: true)
      let plain = PlainModel(base: model).sum(draws, at: inputs, slopes: true)
      #expect(gap(all.values.scalars(), plain.values.scalars()) < 1e-13)
      #expect(gap(all.slopes!.scalars(), plain.slopes!.scalars()) < 1e-12)
    }
    check(Self.models[index])
  }

  /// Derivatives of what is observed, by central differences: error step² times a third derivative.
  @Test(arguments: models.indices)
  func derivativesAgreeWithFiniteDifferences(_ index: Int) throws {
    func check(_ model: some PredictiveModel) throws {
      let teacher = PosteriorPredictive(draws(model), of: model)
      let inputs = inputs(model)
      let own = try #require(teacher.observe(inputs, Request(derivatives: .all)).derivatives)
      for j in 0..<model.inputs {
        var unit = [Double](repeating: 0, count: model.inputs)
        unit[j] = 1e-5
        let (up, down) = (
          try teacher.observe(inputs + Tensor(unit)), try teacher.observe(inputs - Tensor(unit))
        )
        let slope = (up.values - down.values) / 2e-5
        #expect(slope.largestDifference(from: own.selecting(j, along: 2)) < 1e-7)
      }
    }
    try check(Self.models[index])
  }

  /// Outcomes drawn from a draw's prediction have its mean.
  @Test(arguments: models.indices)
  func samplesHaveThePredictedMean(_ index: Int) {
    func check(_ model: some PredictiveModel) {
      var random = RandomStream(seed: 6)
      let draw = draws(model)[0].scalars(Double.self)
      let x = inputs(model)[0].scalars(Double.self)
      let outcomes = (0..<20_000).map { _ in model.sample(draw, at: x, using: &random) }
      let predicted = model.prediction(of: draw, at: x)
      switch model.quantity {
      case .means: #expect(abs(zScore(outcomes, predicted[0])) < zLimit)
      case .probabilities:
        for (label, p) in predicted.enumerated() {
          #expect(abs(zScore(outcomes.map { $0 == Double(label) ? 1 : 0 }, p)) < zLimit)
        }
      case .densities:
        // Weights 1 : 2 of the two means.
        #expect(abs(zScore(outcomes, (draw[0] + 2 * draw[1]) / 3)) < zLimit)
      }
    }
    check(Self.models[index])
  }

  /// Linear regression with known noise: the predictive is N(m · x, xᵀVx + noise²) exactly, and both
  /// moments are those of samples through the chain.
  @Test func linearRegressionIsConjugate() throws {
    var random = RandomStream(seed: 8)
    let inputs = (0..<20).map { _ in [1, random.normal()] }
    let outcomes = inputs.map { 0.5 - 2 * $0[1] + 0.7 * random.normal() }
    let posterior = try LinearPredictorRegression(
      inputs: inputs,
      outcomes: outcomes,
      likelihood: .normal(noise: 0.7),
      prior: GaussianPrior(dimension: 2, standardDeviation: 3)
    )
    // Precision A = XᵀX / noise² + I / 9, mean A⁻¹ Xᵀy / noise².
    var a = [1.0 / 9, 0, 0, 1.0 / 9]
    var b = [0.0, 0.0]
    for (x, y) in zip(inputs, outcomes) {
      for i in 0..<2 {
        b[i] += x[i] * y / 0.49
        for j in 0..<2 { a[2 * i + j] += x[i] * x[j] / 0.49 }
      }
    }
    let determinant = a[0] * a[3] - a[1] * a[2]
    let v = [a[3] / determinant, -a[1] / determinant, -a[2] / determinant, a[0] / determinant]
    let m = [v[0] * b[0] + v[1] * b[1], v[2] * b[0] + v[3] * b[1]]
    let x = [1.0, 1.5]
    let centre = m[0] + 1.5 * m[1]
    let spread = v[0] + 3 * v[1] + 2.25 * v[3] + 0.49

    let model = LinearPredictorModel(.linear(noise: 0.7), inputs: 2)
    let chain = MarkovChain(SliceSampler(posterior), thinning: 10, seed: 3)
    let bag = Array(chain.prefix(10_000))
    let seen = try PosteriorPredictive(Tensor(bag), of: model).observe(Tensor([x]))
    let predictions = bag.map { $0[0] + 1.5 * $0[1] }
    #expect(abs(seen.values.doubleValue - predictions.reduce(0, +) / 10_000) < 1e-12)
    #expect(abs(zScore(predictions, centre)) < zLimit)
    let samples = bag.map { model.sample($0, at: x, using: &random) }
    #expect(abs(zScore(samples, centre)) < zLimit)
    #expect(abs(zScore(samples.map { ($0 - centre) * ($0 - centre) }, spread)) < zLimit)
  }

  @Test func refusesWhatItCannotAnswer() {
    let model = ClosureModel(dimension: 1, inputs: 1, outputs: 1, .means) { [$0[0] * $1[0]] }
    let teacher = PosteriorPredictive(Tensor([[2.0]]), of: model)
    #expect(throws: DistillationError.self) {
      try teacher.observe(Tensor([[1.0]]), Request(derivatives: .all))
    }
    #expect(throws: DistillationError.self) { try teacher.observe(Tensor([[1.0, 2.0]])) }
    #expect(throws: Never.self) { try teacher.observe(Tensor([[1.0]])) }
  }
}

/// A model that sums its predictions one after another.
private struct PlainModel: PredictiveModel {
  let base: any PredictiveModel

  var dimension: Int { base.dimension }
  var inputs: Int { base.inputs }
  var outputs: Int { base.outputs }
  var quantity: PredictedQuantity { base.quantity }
  var hasSlopes: Bool { base.hasSlopes }

  func predict(
    _ draw: UnsafePointer<Double>,
    at input: UnsafePointer<Double>,
    values: UnsafeMutablePointer<Double>,
    slopes: UnsafeMutablePointer<Double>?
  ) {
    base.predict(draw, at: input, values: values, slopes: slopes)
  }

  func sample(
    _ draw: UnsafePointer<Double>,
    at input: UnsafePointer<Double>,
    using random: inout RandomStream
  ) -> Double {
    base.sample(draw, at: input, using: &random)
  }
}
