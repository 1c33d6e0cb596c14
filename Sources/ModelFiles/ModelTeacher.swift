import Distillation
import Foundation
import Networks
import Tensors

/// A model of a file that teaches: values, derivatives with respect to the inputs, and features by the
/// paths of its modules.
///
/// ```swift
/// let teacher = try ModelTeacher(exportedProgram: URL(fileURLWithPath: "net.pt2"))
/// let seen = try teacher.observe(images, Request(derivatives: .all, features: ["layer4.1"]))
/// ```
public struct ModelTeacher: Teacher {
  public let network: ModelNetwork
  public let meaning: Observation.Meaning

  /// - Parameter meaning: What the outputs are. The default is logits, as classifiers give them.
  public init(_ network: ModelNetwork, observedAs meaning: Observation.Meaning = .logits) {
    self.network = network
    self.meaning = meaning
  }

  /// A program that PyTorch exported.
  ///
  /// - Parameter output: Which of several outputs is observed. The default is the first.
  /// - Throws: `FileError` when the file cannot be read or run, `DistillationError` when the model is
  ///   no function of one batch of examples.
  public init(
    exportedProgram url: URL,
    observedAs meaning: Observation.Meaning = .logits,
    output: Int = 0
  ) throws {
    let graph = try ExportedProgram.read(from: url)
    self.init(try ModelNetwork(graph, output: output), observedAs: meaning)
  }

  public func observe(_ inputs: Tensor, _ request: Request) throws -> Observation {
    try withTorchErrors {
      try ModuleTeacher(network, observedAs: meaning).observe(inputs, request)
    }
  }
}
