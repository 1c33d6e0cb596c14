import Distillation
import Foundation
import Networks
import Tensors
import Testing

@testable import Generative

@Suite struct MADETests {
  /// Sampling takes blocks of inputs: more inputs than a block, and degrees that some lack.
  @Test func samplingInBlocksAgreesWithTheProbabilities() {
    let model = StudentCase.spread(
      MADE(
        inputs: 37,
        hidden: [25, 60],
        order: (0..<37).reversed(),
        masks: .connectivityAgnostic(masks: 3),
        connectsDirectly: true,
        using: RandomGenerator(seed: 1)
      )
    )
    let (samples, logProbability) = model.sampled(2_500, seed: 1, stream: 0)
    #expect(model.logProbability(samples).largestDifference(from: logProbability) < 1e-3)
    // E[x − q(x = 1 | before)] = 0 for every input, within five standard errors.
    let gap = (samples.cast(to: .float32) - model.conditionals(samples)).mean(along: 0)
    #expect(gap.magnitude.maximum().doubleValue < 5 * 0.5 / 50)
  }

  /// Training passes take other masks; all are autoregressive in their own order.
  @Test func masksAreDrawnForEveryStep() {
    let model = StudentCase.spread(
      MADE(inputs: 5, hidden: [8], masks: .agnostic(), using: RandomGenerator(seed: 2))
    )
    let states = allStates(5)
    let generator = RandomGenerator(seed: 3)
    var values: Set<Double> = []
    for _ in 0..<6 {
      let logProbability = model(states, Pass(training: generator))
      #expect(abs(logProbability.exponential.sum().doubleValue - 1) < 1e-5)
      values.insert(logProbability[7].doubleValue)
    }
    #expect(values.count > 3)
    let fixed = MADE(inputs: 5, hidden: [8], using: RandomGenerator(seed: 2))
    let trained = fixed(states, Pass(training: generator))
    #expect(trained.largestDifference(from: fixed(states)) == 0)
  }

  @Test func reorderingSharesParameters() {
    let model = StudentCase.spread(
      MADE(inputs: 5, hidden: [8], masks: .orderAgnostic(), using: RandomGenerator(seed: 2))
    )
    let other = model.ordered(by: [4, 3, 2, 1, 0])
    #expect(other.order == [4, 3, 2, 1, 0] && other.parameters[0] === model.parameters[0])
    let total = other.logProbability(allStates(5)).exponential.sum().doubleValue
    #expect(abs(total - 1) < 1e-5)
  }

  /// Every loss that differentiation can do brings a MADE to its teacher.
  @Test(arguments: ["likelihood", "conditionals", "square error", "scores"])
  func reachesTheTeacher(_ name: String) throws {
    let rbm = randomRBM(visible: 6, hidden: 4, scale: 1, seed: 4)
    let exact = enumerated(rbm)
    let loss: Loss =
      switch name {
      case "likelihood": .negativeLogLikelihood
      case "conditionals": .conditionalCrossEntropy
      case "square error": .squaredLogDensityError(constant: exact.logZ)
      default: .negativeLogLikelihood + 0.02 * .derivativeSquaredError
      }
    let student = MADE(inputs: 6, hidden: [60], using: RandomGenerator(seed: 1))
    func divergence() -> Double {
      let q = student.logProbability(allStates(6)).scalars(Double.self)
      return zip(exact.probabilities, q).reduce(0) {
        $0 + $1.0 * (log($1.0) - $1.1)
      }
    }
    #expect(divergence() > 0.2)
    try distill(
      rbm,
      into: student,
      on: rbm.gibbsSamples(
        chains: 500,
        batchSize: { _ in 200 },
        steps: 600,
        burnIn: 50,
        thinning: 3,
        softTargets: name == "conditionals" ? 1 : 0,
        seed: 2
      ),
      minimizing: loss,
      using: Adam(learningRate: 0.01),
      schedule: .cosine(over: 600)
    )
    #expect(divergence() < 0.01, "\(name): \(divergence())")
  }
}
