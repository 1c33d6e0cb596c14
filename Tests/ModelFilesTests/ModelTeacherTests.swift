import Distillation
import Exchange
import Foundation
import Networks
import Tensors
import Testing

@testable import ModelFiles

/// Models of files as teachers.
@Suite struct ModelTeacherTests {
  private func teacher(_ name: String) throws -> ModuleTeacher {
    ModuleTeacher(try ModelNetwork(contentsOf: Fixtures.program(name)))
  }

  @Test func teachesValuesDerivativesAndFeatures() throws {
    let right = try ProgramCase("cnn")
    let teacher = try teacher("cnn")
    let x = right.inputs[0].tensor
    let seen = try teacher.observe(x, Request(derivatives: .all, features: ["0", "3"]))
    #expect(relativeError(seen.values, right.outputs[0].tensor) <= 1e-6)
    #expect(seen.derivatives?.shape == [2, 3, 1, 6, 6])
    #expect(seen.features["0"]?.shape == [2, 4, 6, 6])
    #expect(seen.features["3"]?.shape == [2, 4, 3, 3])
    // Weighted as the reference weighs them, the derivatives of all outputs are its gradient.
    let weights = Tensor((0..<6).map { Float(cos(Double($0))) }, shape: [2, 3, 1, 1, 1])
    let gradient = try #require(right.gradients?[0].tensor)
    let sum = try #require(seen.derivatives) * weights
    #expect(relativeError(sum.sum(along: 1), gradient) <= 1e-5)
  }

  @Test func inputsMayBeFlat() throws {
    let right = try ProgramCase("cnn")
    let teacher = try teacher("cnn")
    let flat = right.inputs[0].tensor.reshaped(to: [2, 36])
    let seen = try teacher.observe(flat, Request(derivatives: .all))
    #expect(relativeError(seen.values, right.outputs[0].tensor) <= 1e-6)
    #expect(seen.derivatives?.shape == [2, 3, 36])
  }

  @Test func fixedBatchesSeeAnyNumberOfExamples() throws {
    let right = try ProgramCase("fixed-batch")
    let teacher = try teacher("fixed-batch")
    let x = right.inputs[0].tensor
    let five = Tensor.concatenated([x, x, x[0..<1]])
    let seen = try teacher.observe(five, Request(derivatives: .all, features: ["0"]))
    let y = right.outputs[0].tensor
    #expect(relativeError(seen.values, .concatenated([y, y, y[0..<1]])) <= 1e-6)
    #expect(seen.features["0"]?.shape == [5, 5])
    #expect(seen.derivatives?.shape == [5, 2, 4])
    let each = try #require(seen.derivatives)
    #expect(relativeError(each[4..<5], each[0..<1]) <= 1e-6)
  }

  @Test func otherInputsAreRefused() throws {
    let teacher = try teacher("cnn")
    let error = #expect(throws: (any Error).self) { try teacher.observe(.ones([2, 35]), .values) }
    #expect("\(error!)".contains("the model takes inputs of [1, 6, 6], and these are of [35]"))
    let several = #expect(throws: DistillationError.self) {
      try ModelNetwork(contentsOf: Fixtures.program("two-inputs"))
    }
    #expect("\(several!)".contains("the model takes 2 inputs (inputs_0, inputs_1)"))
    let second = ModuleTeacher(
      try ModelNetwork(contentsOf: Fixtures.program("two-outputs"), output: 1),
      observedAs: .probabilities
    )
    #expect(try second.observe(.ones([3, 3]), .values).outputCount == 4)
    #expect(throws: DistillationError.self) {
      try ModelNetwork(contentsOf: Fixtures.program("two-outputs"), output: 2)
    }
  }

  /// A model that ends with softmax says so, and is asked accordingly.
  @Test func meaningIsThatOfTheLastOperator() throws {
    func meaning(_ name: String, _ output: Int = 0) throws -> Observation.Meaning {
      try ModelNetwork(contentsOf: Fixtures.program(name), output: output).meaning
    }
    #expect(try meaning("two-outputs") == .logits)
    #expect(try meaning("two-outputs", 1) == .probabilities)
  }

  @Test func parametersAreNamedAsInPyTorch() throws {
    let network = try ModelNetwork(ExportedProgram.read(from: Fixtures.program("batch-norm")))
    let names = network.namedParameters.map(\.path)
    #expect(names.contains("0.weight"))
    #expect(names.contains("1.running_mean"))
    #expect(network.outputCount == 2)
    #expect(network.inputShape == [4])
  }

  /// As the layers count: 36 positions of 9 products for each of 4 channels, and 36 times 3.
  @Test func multiplyAddsAreCounted() throws {
    let cnn = try ModelNetwork(contentsOf: Fixtures.program("cnn"))
    #expect(cnn.multiplyAdds(for: .zeros([1, 36])) == 4 * 36 * 9 + 36 * 3)
    // 5 positions of four gates from 3 inputs and 4 states, and the last layer.
    let lstm = try ModelNetwork(contentsOf: Fixtures.program("lstm"))
    #expect(lstm.multiplyAdds(for: .zeros([2, 5, 3])) == 2 * (5 * 16 * (3 + 4) + 4 * 2))
  }
}
