import Distillation
import Exchange
import Foundation
import Networks
import Tensors
import Testing

@testable import ModelFiles

/// Networks that PyTorch exported, as students, against PyTorch's own training of the same networks.
@Suite struct FileArchitectureTests {
  /// What `Tools/reference/trained_programs.py` writes.
  private struct Trained: Decodable {
    let inputs: ProgramCase.Packed
    let labels: [Int]
    let parameters: [String: ProgramCase.Packed]
    let outputs: ProgramCase.Packed
  }

  private static func program(_ name: String, _ ending: String = "pt2") -> URL {
    Fixtures.url("trained/\(name).\(ending)")
  }

  private static let shapes = [
    "perceptron": [6], "convolutional": [1, 6, 6], "recurrent": [12],
  ]

  private func trained(
    _ name: String,
    _ optimizer: any Optimizer,
    _ ending: String
  ) throws -> (kind: FileArchitecture, network: any Module, right: Trained) {
    let right = try JSONDecoder().decode(
      Trained.self,
      from: Data(contentsOf: Fixtures.url("trained/\(name).json"))
    )
    let shape = Self.shapes[name]!
    let kind = try FileArchitecture(Self.program(name, ending), shape: shape)
    let network = kind.module(using: RandomGenerator(seed: 3))
    let inputs = right.inputs.tensor.reshaped(to: [40, shape.reduce(1, *)])
    let labels = Tensor(right.labels)
    func learn(_ network: some Module) throws {
      let distiller = Distiller(network, minimizing: .crossEntropy(), using: optimizer)
      for step in 0..<100 {
        let rows = 5 * step % 40..<5 * step % 40 + 5
        try distiller.step(on: Batch(inputs[rows], labels: labels[rows]))
      }
    }
    try learn(network)
    return (kind, network, right)
  }

  private func requireTrained(
    _ name: String,
    _ optimizer: any Optimizer,
    as ending: String = "pt2"
  ) throws {
    let (kind, network, right) = try trained(name, optimizer, ending)
    let found = Dictionary(
      uniqueKeysWithValues: network.namedParameters.map { ($0.path, $0.parameter) }
    )
    let learning = found.filter { $0.value.role == .trained }
    #expect(Set(learning.keys) == Set(right.parameters.keys))
    for (path, parameter) in right.parameters {
      let value = try #require(found[path]).value
      #expect(value.largestDifference(from: parameter.tensor) <= 1e-5, "\(path)")
    }
    // The file that is written is the network that was trained, and the first is as it was.
    let folder = try TemporaryFolder()
    let url = folder.url.appendingPathComponent(kind.studentName)
    let before = try Data(contentsOf: Self.program(name, ending))
    try kind.write(network, notes: ["divisor": "255", "loss": "crossEntropy"], to: url)
    let again = try ModelNetwork(contentsOf: url, exampleShape: Self.shapes[name])
    #expect(relativeError(again(right.inputs.tensor), right.outputs.tensor) <= 1e-5)
    for (path, parameter) in again.namedParameters {
      #expect(parameter.value.largestDifference(from: found[path]!.value) == 0, "\(path)")
    }
    #expect(again.graph.notes["divisor"] == "255" && again.graph.notes["loss"] == "crossEntropy")
    #expect(try Data(contentsOf: Self.program(name, ending)) == before)
  }

  /// The same networks as ONNX models, whose initializers are called alike.
  @Test func modelsOfONNXLearnAsInPyTorch() throws {
    try requireTrained("perceptron", Adam(learningRate: 1e-2), as: "onnx")
    try requireTrained("convolutional", SGD(learningRate: 5e-2, momentum: 0.9), as: "onnx")
  }

  @Test func perceptronsLearnAsInPyTorch() throws {
    try requireTrained("perceptron", Adam(learningRate: 1e-2))
  }

  @Test func convolutionalNetworksLearnAsInPyTorch() throws {
    try requireTrained("convolutional", SGD(learningRate: 5e-2, momentum: 0.9))
  }

  @Test func recurrentNetworksLearnAsInPyTorch() throws {
    try requireTrained("recurrent", AdamW(learningRate: 1e-2, weightDecay: 0.1))
  }

  /// Every network of a kind begins at the file's weights, whatever others learnt.
  @Test func networksDoNotShareWhatTheyLearn() throws {
    let (kind, network, right) = try trained("perceptron", Adam(learningRate: 1e-2), "pt2")
    let fresh = kind.module(using: RandomGenerator(seed: 3))
    let other = try ModelNetwork(contentsOf: Self.program("perceptron"))
    let inputs = right.inputs.tensor
    #expect(fresh(inputs).largestDifference(from: other(inputs)) == 0)
    #expect(fresh(inputs).largestDifference(from: network(inputs)) > 1e-2)
  }

  @Test func whatARunRecordsIsFoundInItsFolder() throws {
    let folder = try TemporaryFolder()
    let kind = try FileArchitecture(Self.program("convolutional"), shape: [1, 6, 6])
    try kind.keep(in: folder.url)
    let text = "\(kind)"
    #expect(text.hasPrefix("file:1x6x6-3,network.pt2#"))
    let read = try ModelSpecification(text, among: .withFiles).located(in: folder.url.path)
    #expect(read.inputShape == [1, 6, 6] && read.outputCount == 3 && "\(read)" == text)
    let inputs = Tensor.ones([2, 36])
    let (a, b) = (
      read.module(using: RandomGenerator(seed: 1)), kind.module(using: RandomGenerator(seed: 1))
    )
    #expect(a(inputs).largestDifference(from: b(inputs)) == 0)
    // Another file of that name is noticed, and none is said.
    let copy = folder.url.appendingPathComponent("network.pt2")
    try FileManager.default.removeItem(at: copy)
    #expect(throws: (any Error).self) {
      try ModelSpecification(text, among: .withFiles).located(in: folder.url.path)
    }
    try FileManager.default.copyItem(at: Self.program("perceptron"), to: copy)
    let error = #expect(throws: FileError.self) {
      try ModelSpecification(text, among: .withFiles).located(in: folder.url.path)
    }
    #expect(error.map { "\($0)".contains("SHA-256") } == true)
  }

  @Test(arguments: [
    "file:6-3", "file:6-3,other.pt2#00", "file:6-3,network.pt2", "file:6,network.pt2#00",
    "file:6-3,network.pt2#" + String(repeating: "z", count: 64),
    "file:6-3,../network.pt2#" + String(repeating: "0", count: 64),
    "file:0-3,network.pt2#" + String(repeating: "0", count: 64),
  ])
  func otherTextIsRefused(text: String) {
    #expect(throws: SpecificationError.self) { try ModelSpecification(text, among: .withFiles) }
    // Where nothing is located, networks of files are unknown.
    let error = #expect(throws: SpecificationError.self) { try ModelSpecification(text) }
    #expect(error.map { $0.description.contains("there is no kind 'file'") } == true)
  }

  @Test(arguments: [
    ("convolutional", [5], "takes inputs of [1, 6, 6]"),
    ("refused-training", [3], "training mode"),
  ])
  func whatCannotLearnIsRefused(name: String, shape: [Int], says: String) {
    let url = name.hasPrefix("refused") ? Fixtures.program(name) : Self.program(name)
    let error = #expect(throws: FileError.self) { try FileArchitecture(url, shape: shape) }
    #expect(error.map { "\($0)".contains(says) } == true, "\(String(describing: error))")
  }
}
