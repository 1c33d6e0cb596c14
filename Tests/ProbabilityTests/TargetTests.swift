import Foundation
import Testing

@testable import Probability

struct DifferentiableCase: Sendable, CustomStringConvertible {
  let description: String
  let target: any DifferentiableDistribution
  /// Relative error of the log-density: 10⁻⁶ where sums are in single precision.
  var precision = 1e-13
  /// That of its cursor, where it is another one.
  var cursorPrecision: Double?

  static let all: [DifferentiableCase] = {
    var random = RandomStream(seed: 17)
    let inputs = (0..<21).map { _ in (0..<6).map { _ in random.normal() } }
    let labels = inputs.map { $0[0] + random.normal() > 0 }
    let prior = GaussianPrior(dimension: 6, standardDeviation: 2)
    func regression(_ likelihood: PredictorLikelihood, _ outcomes: [Double])
      -> any DifferentiableDistribution
    {
      try! LinearPredictorRegression(
        inputs: inputs,
        outcomes: outcomes,
        likelihood: likelihood,
        prior: prior
      )
    }
    let logistic = try! LogisticRegression(inputs: inputs, labels: labels, prior: prior)
    let counts = inputs.map { _ in Double(random.poisson(mean: 2)) }
    let real = inputs.map { _ in random.normal() }
    let binary = labels.map { $0 ? 1.0 : 0.0 }
    return [
      DifferentiableCase(description: "logistic", target: logistic, precision: 1e-6),
      DifferentiableCase(description: "linear", target: regression(.normal(noise: 0.7), real)),
      DifferentiableCase(description: "probit", target: regression(.probit, binary)),
      DifferentiableCase(description: "Poisson", target: regression(.poisson, counts)),
      DifferentiableCase(
        description: "softmax",
        target: try! SoftmaxRegression(
          inputs: inputs.map { Array($0.prefix(2)) },
          labels: labels.indices.map { $0 % 3 },
          classes: 3,
          priorStandardDeviation: 2
        )
      ),
      DifferentiableCase(
        description: "mixture means",
        target: try! MixtureMeans(
          data: real,
          weights: [1, 1, 1, 1, 1, 1],
          variances: [2, 5, 1, 1, 2, 3],
          priorVariance: 100
        ),
        cursorPrecision: 1e-6
      ),
      DifferentiableCase(
        description: "mixture means and variances",
        target: try! MixturePosterior(
          data: real,
          parameters: MixtureParameters(components: 3, weights: [1, 2, 3])
        )
      ),
      DifferentiableCase(description: "funnel", target: Funnel(dimension: 6)),
    ]
  }()
}

@Suite struct TargetTests {
  private let point = [0.3, -0.7, 1.1, 0.2, -0.4, 0.9]
  private let map: AffineMap = {
    var matrix = (0..<36).map { 0.1 * Double($0 % 5 - 2) }
    for i in 0..<6 { matrix[7 * i] = 0.8 }
    return AffineMap(offset: [0.1, 0, -0.2, 0.3, 0, 0.1], matrix: matrix)
  }()

  /// Central differences with step h: error h² f‴/6 plus precision · |f| / h.
  @Test(arguments: DifferentiableCase.all)
  func gradientsAreTheSlopesOfTheDensity(_ instance: DifferentiableCase) {
    let transformed = instance.target.transformed(by: map) as! any DifferentiableDistribution
    let step = pow(instance.precision, 1.0 / 3)
    for target in [instance.target, transformed] {
      let gradient = target.gradient(at: point)
      let scale = max(abs(target.logDensity(at: point)), 1)
      for j in point.indices {
        var moved = point
        moved[j] += step
        let above = target.logDensity(at: moved)
        moved[j] = point[j] - step
        let slope = (above - target.logDensity(at: moved)) / (2 * step)
        #expect(abs(slope - gradient[j]) < 20 * step * step * scale, "\(instance) \(j)")
      }
    }
  }

  /// A transformed model is the model at the transformed point.
  @Test(arguments: DifferentiableCase.all)
  func transformedModelsAgreeWithThePointsTheyCameFrom(_ instance: DifferentiableCase) {
    let transformed = instance.target.transformed(by: map)
    // Densities of u and of x may differ by a constant: compare differences.
    let other = point.map { $0 * 0.5 + 0.1 }
    var (x, y) = (point, point)
    map.apply(point, into: &x)
    map.apply(other, into: &y)
    let outer = instance.target.logDensity(at: x) - instance.target.logDensity(at: y)
    let inner = transformed.logDensity(at: point) - transformed.logDensity(at: other)
    let scale = abs(instance.target.logDensity(at: x)) + abs(instance.target.logDensity(at: y))
    #expect(abs(inner - outer) < 10 * instance.precision * max(scale, 1))
  }

  @Test(arguments: DifferentiableCase.all)
  func cursorsAgreeWithTheDensity(_ instance: DifferentiableCase) {
    let cursor = instance.target.makeCursor()
    var here = point
    let precision = instance.cursorPrecision ?? instance.precision
    let tolerance = 10 * precision * max(abs(instance.target.logDensity(at: point)), 10)
    #expect(abs(cursor.move(to: here) - instance.target.logDensity(at: here)) < tolerance)
    for (j, shift) in [(0, 0.4), (3, -0.9), (0, -0.2), (5, 0.3)] {
      let trial = cursor.logDensity(moving: j, by: shift)
      here[j] += shift
      #expect(abs(trial - instance.target.logDensity(at: here)) < tolerance)
      cursor.move(j, by: shift)
    }
  }

  /// The lanes against the definition in double precision, over the whole range of logits.
  @Test(arguments: [1, 7, 8, 24, 600, 1000])
  func logisticLanesAgreeWithTheDefinition(_ count: Int) throws {
    var random = RandomStream(seed: 23)
    let inputs = (0..<count).map { _ in [1, 3 * random.normal()] }
    let labels = inputs.map { _ in random.uniform() < 0.5 }
    let model = try LogisticRegression(
      inputs: inputs,
      labels: labels,
      prior: GaussianPrior(dimension: 2, standardDeviation: 3)
    )
    for w in [[0.0, 0], [0.5, -1.5], [-30, 40]] {
      let direct = zip(inputs, labels).reduce(0.0) { sum, pair in
        sum + Bernoulli(logit: w[0] + w[1] * pair.0[1]).logProbability(of: pair.1)
      }
      let expected = direct - (w[0] * w[0] + w[1] * w[1]) / 18
      #expect(abs(model.logDensity(at: w) - expected) < 1e-6 * abs(expected))
    }
  }

  @Test func theLaplaceApproximationOfANormalIsItself() throws {
    let covariance = [2.0, 0.6, 0.6, 1]
    let normal = try MultivariateNormal(mean: [3, -1], covariance: covariance)
    let fit = try LaplaceApproximation(of: normal)
    let t = fit.whitening.matrix
    for i in 0..<2 {
      #expect(abs(fit.mode[i] - normal.mean[i]) < 1e-6)
      for j in 0..<2 {
        let product = (0..<2).reduce(0) { $0 + t[i * 2 + $1] * t[j * 2 + $1] }
        #expect(abs(product - covariance[i * 2 + j]) < 1e-6)
      }
    }
  }

  @Test func badDataIsRefusedInASentence() {
    let prior = GaussianPrior(dimension: 2, standardDeviation: 1)
    #expect(
      throws: ProbabilityError.invalidData(
        "Row 1 of the inputs has 1 numbers, but the prior has 2."
      )
    ) {
      try LogisticRegression(inputs: [[1, 2], [3]], labels: [true, false], prior: prior)
    }
    #expect(
      throws: ProbabilityError.invalidData(
        "Outcome 0 is -1.0; it must be a whole number from 0."
      )
    ) {
      try LinearPredictorRegression(
        inputs: [[1, 2]],
        outcomes: [-1],
        likelihood: .poisson,
        prior: prior
      )
    }
  }
}
