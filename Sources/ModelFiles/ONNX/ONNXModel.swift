import Exchange
import Foundation
import Tensors

/// Models in the format of ONNX (`.onnx`), of operators of version 7 and newer.
public enum ONNXModel {
  /// The graph of a model. Large weights may lie in files beside it.
  ///
  /// - Throws: `FileError` with one sentence when the file is missing, damaged, or holds what cannot
  ///   be run: operators that are not known here, or random numbers.
  public static func read(from url: URL) throws -> ModelGraph {
    let model = try ONNXModelProto(WireMessage(url))
    guard let graph = model.graph, !model.opsets.isEmpty else {
      throw FileError(url, "this file holds no ONNX model", "give one that ONNX's checker accepts")
    }
    do {
      return try ONNXReader(model: model, graph: graph).graph()
    } catch let refusal as GraphBuilder.Refusal {
      throw FileError(url, refusal.problem, refusal.advice)
    } catch let error as TorchError {
      throw FileError(url, error.description, "write the model again")
    }
  }
}

extension ModelFormat {
  static let onnx = ModelFormat("onnx", "ONNX model", graph: { try ONNXModel.read(from: $0) })
}
