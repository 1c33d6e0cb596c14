import Networks
import Tensors
import Testing

@testable import Distillation

@Suite struct ObservationTests {
  /// The same distribution told as logits, log-probabilities and probabilities, each with its own
  /// derivatives, for several classes and for one output that stands for class 1.
  @Test(arguments: [4, 1], [1, 3.5])
  func whateverIsGivenTheDistributionIsTheSame(outputs: Int, temperature: Double) throws {
    let network = tanhNetwork([3, 5, outputs], seed: 1)
    let inputs = Tensor.normal([6, 3], .float64, using: RandomGenerator(seed: 2))
    let forms: [(Observation.Meaning, (Tensor) -> Tensor)] = [
      (.logits, { $0 }),
      (.logProbabilities, { outputs == 1 ? $0.logSigmoid : $0.logSoftmax() }),
      (.probabilities, { outputs == 1 ? $0.sigmoid : $0.softmax() }),
    ]
    let observations = forms.map { meaning, form in
      let (value, jacobian) = batchJacobian(at: inputs) { form(network($0)) }
      return Observation(value, meaning: meaning, derivatives: jacobian)
    }
    let classes = max(outputs, 2)
    let logs = try observations.map { try $0.logProbabilities(temperature: temperature) }
    let slopes = try observations.map { try $0.comparedDerivatives() }
    #expect(slopes.allSatisfy { $0.shape == [6, classes, 3] })
    for index in 1...2 {
      #expect(logs[index].largestDifference(from: logs[0]) < 1e-13)
      #expect(slopes[index].largestDifference(from: slopes[0]) < 1e-13)
    }
    let sums = try observations[0].probabilities(temperature: temperature).sum(along: 1)
    #expect(sums.largestDifference(from: sums.onesLike) < 1e-14)
    // Against differentiation of the log-probabilities themselves.
    let direct = batchJacobian(at: inputs) {
      try! Observation(network($0), meaning: .logits).logProbabilities()
    }
    #expect(slopes[0].largestDifference(from: direct.jacobian) < 1e-13)
  }

  @Test func probabilitiesOfZeroStayFinite() throws {
    let certain = Observation(Tensor([[1, 0, 0]] as [[Float]]), meaning: .probabilities)
    #expect(try certain.logProbabilities().isAllFinite)
    #expect(try certain.logProbabilities(temperature: 20).isAllFinite)
  }

  @Test func tapsAndDerivativesComeWithOneObservation() throws {
    let network = tanhNetwork([3, 5, 4], seed: 1)
    let inputs = Tensor.normal([6, 3], .float64, using: RandomGenerator(seed: 2))
    let seen = network.observe(inputs, Request(derivatives: .all, features: ["1"]))
    #expect(seen.features["1"]?.shape == [6, 5])
    #expect(seen.derivatives?.shape == [6, 4, 3])
    #expect(!seen.values.isTracked && seen.derivatives?.isTracked == false)
    #expect(seen.features["1"]?.isTracked == false)
  }
}
