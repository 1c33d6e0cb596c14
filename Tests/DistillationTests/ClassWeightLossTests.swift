import Foundation
import Tensors
import Testing

@testable import Distillation

/// Weights of classes, against the definition.
@Suite struct ClassWeightLossTests {
  private let logits = Tensor(
    [[0.3, -1.2, 2.0], [1.1, 0.4, -0.7], [-0.5, 0.2, 0.9]] as [[Double]]
  )
  private let weights = [0.5, 2, 3]

  private func rows(_ tensor: Tensor) -> [[Double]] {
    (0..<tensor.shape[0]).map { tensor[$0].scalars(Double.self) }
  }

  @Test(arguments: [0, 0.1]) func crossEntropyCountsByClass(_ smoothing: Double) throws {
    let labels = [2, 0, 1]
    let comparison = Comparison(
      Observation(logits, meaning: .logits),
      nil,
      labels: Tensor(labels),
      inputs: .zeros([3, 1])
    )
    let loss: Loss = 0.7 * .crossEntropy(labelSmoothing: smoothing)
    let value = try loss.weightingClasses(by: weights)(comparison).doubleValue
    let logs = rows(logits.logSoftmax())
    var right = 0.0
    for (row, label) in zip(logs, labels) {
      right -= (1 - smoothing) * weights[label] * row[label]
      for k in 0..<3 { right -= smoothing / 3 * weights[k] * row[k] }
    }
    #expect(abs(value - 0.7 * right / 3) < 1e-12)
    #expect(loss.weightingClasses(by: weights).description == loss.description)
  }

  @Test func labelsThatAreThereCountByTheirs() throws {
    let targets = Tensor([[1, 0, 1], [0, 0, 1], [1, 1, 0]] as [[Double]])
    let comparison = Comparison(
      Observation(logits, meaning: .labelLogits),
      Observation(targets, meaning: .labelProbabilities),
      inputs: .zeros([3, 1])
    )
    let value = try Loss.binaryCrossEntropy().weightingClasses(by: weights)(comparison).doubleValue
    var right = 0.0
    for (row, target) in zip(rows(logits), rows(targets)) {
      for k in 0..<3 {
        let p = 1 / (1 + exp(-row[k]))
        let (there, other): (Double, Double) = (target[k] * log(p), (1 - target[k]) * log(1 - p))
        right -= weights[k] * there + other
      }
    }
    #expect(abs(value - right / 3) < 1e-12)
  }

  @Test func membersOfAnEnsembleAreAveragedByProbability() throws {
    let others = logits * -0.4 + 0.3
    let teachers: [any Teacher] = [logits, others * 5].map { logits in
      ClosureTeacher { _, _ in Observation(logits, meaning: .labelLogits) }
    }
    let seen = try Ensemble(teachers).observe(.zeros([3, 1]))
    let right = (logits.sigmoid + (others * 5).sigmoid) / 2
    #expect(seen.meaning == .labelLogits)
    #expect(seen.values.sigmoid.largestDifference(from: right) < 1e-12)
    let given = ClosureTeacher { _, _ in Observation(right, meaning: .labelProbabilities) }
    let one = try Ensemble([given]).observe(.zeros([3, 1]))
    #expect(one.values.largestDifference(from: seen.values) < 1e-9)
    // Certain probabilities have finite logits.
    let certain = Observation(Tensor([[0, 1]] as [[Double]]), meaning: .labelProbabilities)
    #expect(try certain.labelLogits().isAllFinite)
    #expect(throws: DistillationError.self) {
      try Observation(self.logits, meaning: .logits).labelLogits()
    }
  }
}
