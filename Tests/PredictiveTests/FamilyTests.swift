import Distillation
import Foundation
import Networks
import Probability
import Tensors
import Testing

@testable import Predictive

/// Compact families: they are normalised, their quantiles invert their cumulatives, their samples
/// have their moments, and JSON gives back the same numbers.
@Suite struct FamilyTests {
  static let gaussians = try! GaussianMixture(
    weights: [1, 2, 1],
    means: [-3, 0, 2],
    variances: [2, 5, 0.3]
  )
  static let students = try! StudentTMixture(
    weights: [2, 1],
    components: [
      StudentT(degreesOfFreedom: 5, location: -1, scale: 0.5),
      StudentT(degreesOfFreedom: 9, location: 3, scale: 2),
    ]
  )
  private let plane = try! GaussianMixture(
    weights: [0.3, 0.7],
    means: [[1, -2], [0, 1]],
    covariances: [[1, 0.6, 0.6, 2], [0.5, 0, 0, 0.25]]
  )

  @Test func densitiesIntegrateToOne() {
    let mass = integral(-60, 60, steps: 6_000) { exp(Self.gaussians.logProbability(of: $0)) }
    #expect(abs(mass - 1) < 1e-12)
    // y = sinh u turns the heavy tails of t into exponential ones.
    let heavy = integral(-12, 12, steps: 4_000) {
      exp(Self.students.logProbability(of: sinh($0))) * cosh($0)
    }
    #expect(abs(heavy - 1) < 1e-9)
    let area = integral(-15, 15, steps: 300) { x in
      integral(-15, 15, steps: 300) { exp(plane.logProbability(of: [x, $0])) }
    }
    #expect(abs(area - 1) < 1e-9)
  }

  @Test(arguments: [-6.0, -1.1, 0, 0.4, 2.5, 7])
  func cumulativesAreIntegralsOfDensities(_ value: Double) {
    // Half the last trapezium's ordinate: the density does not vanish at the upper end, so the rule
    // is of second order there, (step² / 12) p′(value), below 1e−7 for this step.
    let step = (value + 40) / 40_000
    let gaussian =
      integral(-40, value, steps: 40_000) { exp(Self.gaussians.logProbability(of: $0)) }
      - 0.5 * step * exp(Self.gaussians.logProbability(of: value))
    #expect(abs(gaussian - Self.gaussians.cumulative(value)) < 5e-7)
    let top = asinh(value)
    let width = (top + 12) / 40_000
    let student =
      integral(-12, top, steps: 40_000) {
        exp(Self.students.logProbability(of: sinh($0))) * cosh($0)
      } - 0.5 * width * exp(Self.students.logProbability(of: value)) * cosh(top)
    #expect(abs(student - Self.students.cumulative(value)) < 5e-7)
  }

  @Test(arguments: [1e-6, 0.01, 0.25, 0.5, 0.9, 0.999])
  func quantilesInvertCumulatives(_ probability: Double) {
    let quantiles: [any LineDistribution] = [Self.gaussians, Self.students]
    for family in quantiles {
      let back = family.cumulative(family.quantile(probability))
      #expect(abs(back - probability) < 1e-13)
    }
  }

  @Test func samplesHaveTheMoments() {
    var random = RandomStream(seed: 11)
    let values = Self.gaussians.samples(40_000, using: &random).map { $0[0] }
    #expect(abs(zScore(values, Self.gaussians.mean[0])) < zLimit)
    let centre = Self.gaussians.mean[0]
    let squares = values.map { ($0 - centre) * ($0 - centre) }
    #expect(abs(zScore(squares, Self.gaussians.covariance[0])) < zLimit)
    let below = values.map { $0 < 1 ? 1.0 : 0 }
    #expect(abs(zScore(below, Self.gaussians.cumulative(1))) < zLimit)

    let heavy = Self.students.samples(40_000, using: &random)
    #expect(abs(zScore(heavy, Self.students.mean)) < zLimit)
    #expect(abs(zScore(heavy.map { $0 < -2 ? 1 : 0 }, Self.students.cumulative(-2))) < zLimit)

    let points = plane.samples(40_000, using: &random)
    let (m, s) = (plane.mean, plane.covariance)
    let products = points.map { ($0[0] - m[0]) * ($0[1] - m[1]) }
    #expect(abs(zScore(products, s[1])) < zLimit)
  }

  @Test func classifiersSampleTheirProbabilities() throws {
    var random = RandomStream(seed: 12)
    for link in Link.allCases {
      let model = MixtureOfLogistics([[1, -2], [0.3, 0.4]], weights: [1, 3], link: link)
      let p = model.probability(at: [0.7, 0.2])
      let hits = (0..<20_000).map { _ in model.sample(at: [0.7, 0.2], using: &random) ? 1.0 : 0 }
      #expect(abs(zScore(hits, p)) < zLimit)
      let both = [true, false].map { exp(model.logProbability(of: $0, at: [0.7, 0.2])) }
      #expect(abs(both[0] + both[1] - 1) < 1e-15)
      let logit = withoutGradient { model(Tensor([[0.7, 0.2]])).doubleValue }
      #expect(abs(logit - log(p / (1 - p))) < 1e-13)
    }
    let many = MixtureOfSoftmaxes(3, classes: 4, inputs: 2, using: RandomGenerator(seed: 1))
    let p = many.probabilities(at: [1, -1])
    #expect(abs(p.reduce(0, +) - 1) < 1e-14)
    let hits = (0..<20_000).map { _ in many.sample(at: [1, -1], using: &random) == 2 ? 1.0 : 0 }
    #expect(abs(zScore(hits, p[2])) < zLimit)
  }

  /// Two classes of which one has no coefficients are the logistic mixture.
  @Test func softmaxOfTwoClassesIsLogistic() throws {
    let rows = [[1.0, -2.0], [0.3, 0.4]]
    let logistic = MixtureOfLogistics(rows, weights: [1, 3])
    let softmax = MixtureOfSoftmaxes(2, classes: 2, inputs: 2, using: RandomGenerator(seed: 1))
    softmax.coefficients.replace(
      with: Tensor(rows.flatMap { [0, 0] + $0 }, shape: [2, 2, 2])
    )
    softmax.logWeights.replace(with: Tensor([0.0, log(3)]))
    let p = softmax.probabilities(at: [0.7, 0.2])
    #expect(abs(p[1] - logistic.probability(at: [0.7, 0.2])) < 1e-15)
  }

  @Test func jsonGivesBackTheSame() throws {
    func again<Value: Codable>(_ value: Value) throws -> Value {
      try JSONDecoder().decode(Value.self, from: JSONEncoder().encode(value))
    }
    #expect(try again(Self.gaussians).means == Self.gaussians.means)
    #expect(
      try again(plane).logProbability(of: [0.3, 0.1]) == plane.logProbability(of: [0.3, 0.1])
    )
    #expect(try again(Self.students) == Self.students)
    let x = Tensor.normal([5, 2], .float64, using: RandomGenerator(seed: 1))
    func check(_ module: some Module & Codable & CustomStringConvertible) throws {
      let back = try again(module)
      let (a, b) = withoutGradient {
        (back(x).scalars(Double.self), module(x).scalars(Double.self))
      }
      #expect(gap(a, b) < 1e-14)
      #expect(back.description == module.description)
    }
    try check(MixtureOfLogistics([[1, -2], [0.3, 0.4]], weights: [1, 3], link: .probit))
    try check(MixtureOfSoftmaxes(2, classes: 3, inputs: 2, using: RandomGenerator(seed: 1)))
    let generator = RandomGenerator(seed: 1)
    try check(MixtureDensityNetwork([2, 4], components: 2, .float64, using: generator))
    try check(DirichletNetwork([2, 4, 3], .float64, using: generator))
  }

  @Test func damagedJSONIsRefused() {
    func refuse<Value: Decodable>(_ type: Value.Type, _ text: String) {
      #expect(throws: (any Error).self) {
        try JSONDecoder().decode(type, from: Data(text.utf8))
      }
    }
    refuse(GaussianMixture.self, #"{"weights":[1],"means":[[0]],"covariances":[[-1]]}"#)
    refuse(GaussianMixture.self, #"{"weights":[1,1],"means":[[0]],"covariances":[[1]]}"#)
    refuse(
      MixtureOfLogistics.self,
      #"{"link":"logistic","weights":[1],"coefficients":[[1],[2,3]],"weightsAreFixed":true}"#
    )
    refuse(
      DirichletNetwork.self,
      #"{"network":{"widths":[2,3],"activation":"tanh","weights":[[1]],"biases":[[0,0,0]]}}"#
    )
  }

  @Test func formulasReadAsFormulas() throws {
    let logistic = MixtureOfLogistics([[1, -2.5], [0.3, 0]], weights: [1, 3])
    #expect(
      logistic.description
        == "P(y = 1 | x) = 0.25 σ(1 x₁ − 2.5 x₂) + 0.75 σ(0.3 x₁ + 0 x₂)"
    )
    #expect(
      Self.gaussians.description
        == "p(y) = 0.25 N(y; −3, 2) + 0.5 N(y; 0, 5) + 0.25 N(y; 2, 0.3)"
    )
    #expect(
      plane.description
        == "p(y) = 0.3 N(y; (1, −2), [(1, 0.6), (0.6, 2)]) + 0.7 N(y; (0, 1), diag(0.5, 0.25))"
    )
  }
}
