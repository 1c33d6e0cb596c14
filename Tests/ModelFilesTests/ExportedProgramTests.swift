import Distillation
import Foundation
import Tensors
import Testing

@testable import ModelFiles

/// Exported and scripted programs against what PyTorch computes.
@Suite struct ExportedProgramTests {
  @Test func zooIsWhole() {
    #expect(Fixtures.names.count >= 30)
    #expect(Fixtures.refused.count == 3)
    #expect(Fixtures.scripts.count >= 25)
  }

  @Test(arguments: Fixtures.names + Fixtures.scripts)
  func outputsAreThoseOfPyTorch(name: String) throws {
    let right = try ProgramCase(name)
    let graph = try ModelGraph(contentsOf: Fixtures.program(name))
    let inputs = right.inputs.map(\.tensor)
    #expect(graph.inputs.map(\.elementType) == inputs.map(\.elementType))
    let before = inputs.map { $0 + Tensor.zeros([], $0.elementType) }
    // A second run sees the same weights: what a run writes, it writes into copies.
    for _ in 0..<2 {
      let outputs = try graph.run(inputs)
      #expect(outputs.count == right.outputs.count)
      for (found, right) in zip(outputs, right.outputs) {
        #expect(relativeError(found, right.tensor) <= 1e-6)
      }
    }
    for (input, before) in zip(inputs, before) { #expect(relativeError(input, before) == 0) }
  }

  @Test(arguments: Fixtures.names + Fixtures.scripts)
  func derivativesAreThoseOfPyTorch(name: String) throws {
    let right = try ProgramCase(name)
    guard let gradients = right.gradients else { return }
    let graph = try ModelGraph(contentsOf: Fixtures.program(name))
    let inputs = right.inputs.map(\.tensor)
    let found = try withTorchErrors {
      try valueWithGradients(at: inputs) { try weighted(graph.run($0)) }.gradients
    }
    for (found, right) in zip(found, gradients) {
      #expect(relativeError(found, right.tensor) <= 1e-5)
    }
    guard let second = right.second else { return }
    let curvatures = try withTorchErrors {
      try valueWithGradients(at: inputs) { inputs in
        let first = try valueWithGradients(at: inputs) { try weighted(graph.run($0)) }.gradients
        return first.map { ($0 * $0).sum() }.reduce(Tensor.zeros([], inputs[0].elementType), +)
      }.gradients
    }
    for (found, right) in zip(curvatures, second) {
      #expect(relativeError(found, right.tensor) <= 1e-5)
    }
  }

  /// Σ cos(i)·output_i, summed over the outputs.
  private func weighted(_ outputs: [Tensor]) throws -> Tensor {
    var sum: Tensor?
    for output in outputs {
      let weights = Tensor((0..<output.count).map { cos(Double($0)) }).cast(to: output.elementType)
      let part = (output.reshaped(to: [output.count]) * weights).sum()
      sum = sum.map { $0 + part } ?? part
    }
    return try #require(sum)
  }

  @Test func gradientIsTheLimitOfDifferences() throws {
    let graph = try ExportedProgram.read(from: Fixtures.program("float64"))
    let x = try ProgramCase("float64").inputs[0].tensor
    let exact = try gradient(at: x) { try weighted(graph.run([$0])) }.scalars(Double.self)
    let numbers = x.scalars(Double.self)
    for index in numbers.indices {
      func value(_ step: Double) throws -> Double {
        var moved = numbers
        moved[index] += step
        return try weighted(graph.run([Tensor(moved, shape: x.shape)])).doubleValue
      }
      let difference = try (value(1e-5) - value(-1e-5)) / 2e-5
      #expect(abs(difference - exact[index]) < 1e-8)
    }
  }

  @Test func tapsAreThePathsOfModules() throws {
    let graph = try ExportedProgram.read(from: Fixtures.program("cnn"))
    #expect(graph.taps == ["0", "1", "2", "3", "4", "5"])
    #expect(
      graph.namedWeights.map(\.path) == [
        "0.weight", "1.weight", "1.bias", "5.weight", "5.bias", "1.running_mean", "1.running_var",
        "1.num_batches_tracked",
      ]
    )
    #expect(graph.parameterCount == 36 + 4 + 4 + 108 + 3)
    #expect(graph.operatorCounts.contains { $0.name == "aten::conv2d" && $0.count == 1 })
    #expect(graph.inputs[0].shape == [nil, 1, 6, 6])
    #expect(graph.outputs[0].shape == [nil, 3])
  }

  @Test func refusalsNameTheOperator() throws {
    let words = [
      "refused-cond": "calls torch.ops.higher_order.cond, which runs other graphs",
      "refused-random": "the operator aten::randn_like at 'randn_like' draws random numbers",
      "refused-training": "it was exported in training mode (aten::dropout at 'dropout')",
    ]
    for (name, words) in words {
      #expect(sentence { try ExportedProgram.read(from: Fixtures.program(name)) }.contains(words))
    }
  }
}
