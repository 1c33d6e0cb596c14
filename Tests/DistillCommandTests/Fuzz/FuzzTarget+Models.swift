import Distill
import Foundation
import StudentExport
import StudentRuntime

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Networks: as text, as models of other tools, and as the runtime's file.
extension FuzzTarget {
  static let models =
    [
      FuzzTarget(name: "notation", weight: quick) { folder in
        try Data("mlp:4-3-2,gelu\ncnn:1x8x8-4c3s2-gap-3\n".utf8)
          .write(to: folder.appendingPathComponent("networks.txt"))
        try Data("crossEntropy + 0.5 * softCrossEntropy(temperature: 4)\n".utf8)
          .write(to: folder.appendingPathComponent("losses.txt"))
      } use: { folder in
        for text in try lines(folder, "networks.txt") {
          guard let network = try? ModelSpecification(text) else { continue }
          try? requireMemory(for: network, "student", batchSize: 1)
        }
        for text in try lines(folder, "losses.txt") { _ = try? Loss(parsing: text) }
      },
      reader("runtime's file", "student.distill") { url in
        let network = try ModelSpecification("mlp:6-5-3").module(using: RandomGenerator(seed: 1))
        try StudentGraph(network, shape: [6]).runtimeFile().write(to: url)
      } use: {
        let student = try Student(path: $0.path)
        _ = (student.classes, student.provenance)
        _ = student.predict([Float](repeating: 0.5, count: student.inputCount))
      },
      reader("runtime's file of images", "student.distill") { url in
        let text = "cnn:1x6x6-4c3s2b-8r3-m2-gap-3"
        let network = try ModelSpecification(text).module(using: RandomGenerator(seed: 1))
        try StudentGraph(network, shape: [1, 6, 6]).runtimeFile().write(to: url)
      } use: {
        let student = try Student(path: $0.path)
        _ = student.predict([Float](repeating: 0.5, count: student.inputCount))
      },
      FuzzTarget(name: "model package", weight: quick) { folder in
        let network = try ModelSpecification("mlp:6-5-3").module(using: RandomGenerator(seed: 1))
        _ = try StudentGraph(network, shape: [6]).write(
          .coreml,
          to: folder.appendingPathComponent("student.mlpackage"),
          comparedWith: { network($0) },
          on: .ones([1, 6])
        )
      } use: {
        let inspection = try Inspection(of: $0.appendingPathComponent("student.mlpackage"))
        _ = (inspection.text, jsonLine(inspection))
      },
    ]
    + [
      ("mlp.onnx", [4]), ("cnn.onnx", [1, 12, 12]), ("lstm.onnx", [5, 3]),
      ("transformer.onnx", [6, 8]), ("upsampling.onnx", [1, 4, 4]), ("mlp.pt2", [4]),
      ("cnn.pt2", [1, 12, 12]), ("lstm.pt2", [5, 3]), ("views.pt2", [4]), ("embedding.pt2", [4]),
      ("script-mlp.pt", [4]), ("script-convolutional.pt", [1, 6, 6]), ("script-lstm.pt", [5, 3]),
    ].map { model($0.0, $0.1) }
    + [
      "tree-xgb-categories.json", "tree-xgb-dart.json", "tree-xgb-forest.ubj",
      "tree-lgb-categories.txt", "tree-lgb-multi.txt", "tree-forest-binary.onnx",
      "tree-boosting-multi.onnx", "tree-modes.onnx",
    ].map { trees($0) }
    + ["named", "checkpoint", "views", "parameters"].map { weights("weights-\($0).pt") }

  private static func trees(_ name: String) -> FuzzTarget {
    reader(name, name, weight: usual) {
      try FileManager.default.copyItem(at: fixture("ModelFilesTests", name), to: $0)
    } use: {
      // As a graph, where it is one that gives tensors alone.
      if name.hasSuffix(".onnx"), let network = try? ModelNetwork(contentsOf: $0) {
        let width = network.inputShape.last.flatMap { $0 } ?? 8
        if width < 1_000_000 { _ = try? ModuleTeacher(network).observe(.zeros([2, width])) }
      }
      let model = try TreeModel(contentsOf: $0)
      _ = TreeSummary(model).lines
      let features = model.ensemble.featureCount
      guard features < 1_000_000 else { return }
      _ = model.forInputs { ($0 - 1) / 2 }.values(of: .ones([2, features]))
    }
  }

  private static func lines(_ folder: URL, _ name: String) throws -> [String] {
    let data = try Data(contentsOf: folder.appendingPathComponent(name))
    return String(decoding: data, as: UTF8.self).components(separatedBy: "\n")
  }

  /// Weights as PyTorch saves them: looked into, and loaded into a network.
  private static func weights(_ name: String) -> FuzzTarget {
    reader(name, name, weight: 4 * usual) {
      try FileManager.default.copyItem(at: fixture("ModelFilesTests", name), to: $0)
    } use: {
      let inspection = try Inspection(of: $0)
      _ = (inspection.text, jsonLine(inspection))
      let network = try ModelSpecification("cnn:1x8x8-4c3b-6c3p0b-gap-3")
        .module(using: RandomGenerator(seed: 1))
      _ = try? network.load(NamedWeights(contentsOf: $0).entries, from: "a file")
    }
  }

  /// - Parameter shape: Of an input, where the model leaves it free.
  private static func model(_ name: String, _ shape: [Int]) -> FuzzTarget {
    reader(name, name, weight: usual) {
      try FileManager.default.copyItem(at: fixture("ModelFilesTests", name), to: $0)
    } use: {
      let network = try ModelNetwork(contentsOf: $0, exampleShape: shape)
      _ = ModelSummary(network.graph).lines
      let own = network.inputShape.enumerated().map { axis, length in
        length ?? (shape.indices.contains(axis) ? shape[axis] : 1)
      }
      // Larger inputs are what the file asks for; they say nothing of its reading.
      guard own.reduce(1.0, { $0 * Double($1) }) < 1e6 else { return }
      _ = try ModuleTeacher(network, observedAs: network.meaning)
        .observe(.ones([2] + own), Request(derivatives: .none, features: Set(network.graph.taps)))
    }
  }
}
