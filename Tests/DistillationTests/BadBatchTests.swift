import Networks
import Tensors
import Testing

@testable import Distillation

/// Batches that belong to nothing are refused in a sentence, by the fused steps of perceptrons as by
/// others.
@Suite struct BadBatchTests {
  /// A perceptron takes fused steps, the same one in a sequence does not.
  private static var perceptron: MLP { MLP([3, 5, 4], using: RandomGenerator(seed: 1)) }

  private func refused(_ batch: Batch, _ loss: Loss, _ wanted: String) {
    refused(batch, loss, wanted, by: Self.perceptron)
    refused(batch, loss, wanted, by: Sequential(Self.perceptron))
  }

  private func refused(_ batch: Batch, _ loss: Loss, _ wanted: String, by student: some Module) {
    let distiller = Distiller(student, minimizing: loss, using: SGD(learningRate: 0.1))
    let before = student.parameters.map { $0.value.scalars(Double.self) }
    let error = #expect(throws: DistillationError.self, "\(loss)") {
      try distiller.step(on: batch)
    }
    #expect(error?.description.contains(wanted) == true, "\(String(describing: error))")
    #expect(student.parameters.map { $0.value.scalars(Double.self) } == before)
  }

  private let inputs = Tensor.normal([6, 3], using: RandomGenerator(seed: 2))

  @Test func emptyBatches() {
    let none = Tensor.zeros([0, 3])
    refused(Batch(none, labels: Tensor([Int]())), .crossEntropy(), "no examples")
    let seen = Observation(.zeros([0, 4]), meaning: .logits)
    refused(Batch(none, observation: seen), .kullbackLeibler(), "no examples")
  }

  @Test func labelsOfAnotherShape() {
    let labels = Tensor([0, 1, 2, 3, 0, 1])
    refused(Batch(inputs, labels: labels.insertingAxis(1)), .crossEntropy(), "shape [6, 1]")
    refused(Batch(inputs, labels: labels[0..<5]), .crossEntropy(), "shape [5]")
  }

  @Test func labelsThatAreNoClasses() throws {
    let halves = Tensor([0, 1, 0.7, 2, 3, 0])
    refused(Batch(inputs, labels: halves), .crossEntropy(), "whole numbers")
    refused(Batch(inputs, labels: halves * .nan), .crossEntropy(), "whole numbers")
    let seen = Observation(.zeros([6, 4]), meaning: .logits)
    for loss in [Loss.decoupledKullbackLeibler(), .weightedSoftLabels()] {
      refused(Batch(inputs, labels: halves, observation: seen), loss, "whole numbers")
    }
    // Whole numbers of another type are classes.
    let classes = Batch(inputs, labels: Tensor([0.0, 1, 2, 3, 0, 1]))
    _ = try Distiller(Self.perceptron, minimizing: .crossEntropy()).step(on: classes)
    _ = try Distiller(Sequential(Self.perceptron), minimizing: .crossEntropy()).step(on: classes)
  }

  @Test func teachersThatGiveNoProbabilities() {
    let sums = Tensor.full(0.75, [6, 4])
    var negative = [Double](repeating: 0.5, count: 24)
    for row in 0..<6 { negative[row * 4] = -0.5 }
    for values in [sums, Tensor(negative, shape: [6, 4]), .full(.nan, [6, 4])] {
      let seen = Observation(values, meaning: .probabilities)
      for loss in [Loss.kullbackLeibler(), .softCrossEntropy(temperature: 4)] {
        refused(Batch(inputs, observation: seen), loss, "add up to 1")
      }
    }
  }

  @Test func settingsGivenTwice() {
    for text in [
      "softCrossEntropy(temperature: 2, temperature: 4)",
      "factorTransfer(of: 1, of: 2)", "factorTransfer(of: 1, rate: 0.5, steps: 10, rate: 0.5)",
    ] {
      let error = #expect(throws: (any Error).self) { try Loss(parsing: text) }
      #expect(error.map { "\($0)" }?.contains("twice") == true)
    }
  }
}
