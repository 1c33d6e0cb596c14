import Distillation
import Networks
import Probability
import Tensors
import Testing

@testable import Predictive

/// Losses of mixtures of regressions that are differentiated by hand.
@Suite struct HandGradientTests {
  private func mixture(_ link: Link, free: Bool, scale: Double = 0.7) -> MixtureOfLogistics {
    let start = MixtureOfLogistics(
      3,
      inputs: 2,
      scale: scale,
      link: link,
      using: RandomGenerator(seed: 3)
    )
    return MixtureOfLogistics(
      start.coefficients.rows,
      weights: [1, 2, 0.5],
      weightsAreFixed: !free,
      link: link
    )
  }

  private let inputs = Tensor.normal([7, 2], .float64, using: RandomGenerator(seed: 5))

  private func target(_ link: Link) throws -> Observation {
    let model = LinearPredictorModel(link == .probit ? .probit : .logistic, inputs: 2)
    let draws = Tensor.normal([5, 2], .float64, using: RandomGenerator(seed: 9))
    return try PosteriorPredictive(draws, of: model).observe(inputs, Request(derivatives: .all))
  }

  private func byHand(
    _ student: MixtureOfLogistics,
    _ loss: Loss,
    _ target: Observation
  ) throws -> (value: Double, gradient: [Double]) {
    let gradient = try #require(student.handGradient(of: loss, observedAs: .logits))
    let result = try gradient(inputs, target)
    return (result.value, flat(result.gradients))
  }

  private func loss(_ index: Int) -> Loss {
    [
      .softCrossEntropy(), .averageScoreMatching, .softCrossEntropy() + 0.3 * .averageScoreMatching,
    ][index]
  }

  private static let cases = Link.allCases.flatMap { link in
    [true, false].flatMap { free in (0..<3).map { (link, free, $0) } }
  }

  @Test(arguments: cases)
  func agreesWithAutomaticDifferentiation(_ link: Link, _ free: Bool, _ index: Int) throws {
    let (student, loss, target) = (mixture(link, free: free), loss(index), try target(link))
    let (value, gradients) = try valueWithGradients(of: student.parameters) {
      let seen = student.observe(inputs, Request(derivatives: .all))
      return try loss(Comparison(seen, target, inputs: inputs))
    }
    let own = try byHand(student, loss, target)
    #expect(abs(own.value - value.doubleValue) < 1e-12)
    #expect(gap(own.gradient, flat(gradients)) < 1e-11)
  }

  @Test(arguments: cases)
  func agreesWithFiniteDifferences(_ link: Link, _ free: Bool, _ index: Int) throws {
    let (student, loss, target) = (mixture(link, free: free), loss(index), try target(link))
    let own = try byHand(student, loss, target).gradient
    let step = 1e-5
    let numeric = try student.parameters.flatMap { parameter in
      let start = parameter.value.scalars(Double.self)
      defer { parameter.replace(with: Tensor(start, shape: parameter.shape)) }
      return try start.indices.map { i in
        let values = try [step, -step].map { shift in
          var moved = start
          moved[i] += shift
          parameter.replace(with: Tensor(moved, shape: parameter.shape))
          return try byHand(student, loss, target).value
        }
        return (values[0] - values[1]) / (2 * step)
      }
    }
    // Truncation is step² times a third derivative, rounding 1e−16 / step: both near 1e−10.
    #expect(gap(own, numeric) < 1e-8)
  }

  @Test(arguments: Link.allCases)
  func staysFiniteFarOut(_ link: Link) throws {
    let student = mixture(link, free: true, scale: 1_000)
    for index in 0..<3 {
      let own = try byHand(student, loss(index), try target(link))
      #expect(own.value.isFinite && own.gradient.allSatisfy(\.isFinite))
    }
  }

  @Test func distillerTakesTheHandMadeGradient() throws {
    let target = try target(.logistic)
    let students = [mixture(.logistic, free: true), mixture(.logistic, free: true)]
    let distiller = Distiller(
      students[0],
      minimizing: .softCrossEntropy(),
      using: SGD(learningRate: 0.5)
    )
    try distiller.step(on: Batch(inputs), toward: target)
    let gradient = try byHand(students[1], .softCrossEntropy(), target).gradient
    let expected = zip(flat(students[1].parameters.map(\.value)), gradient).map { $0 - 0.5 * $1 }
    #expect(gap(flat(students[0].parameters.map(\.value)), expected) < 1e-14)
  }
}
