import Exchange
import Foundation
import Tensors

/// Models in the format of ONNX (`.onnx`), of operators of version 7 and newer.
public enum ONNXModel {
  /// The graph of a model. Large weights may lie in files beside it.
  ///
  /// - Throws: `FileError` with one sentence when the file is missing, damaged, or holds what cannot
  ///   be run: operators that are not known here, control flow, or random numbers.
  public static func read(from url: URL) throws -> ModelGraph {
    let model = try ONNXModelProto(WireMessage(url))
    guard let graph = model.graph, model.opset > 0 else {
      throw FileError(url, "this file holds no ONNX model", "give one that ONNX's checker accepts")
    }
    var reader = ONNXReader(model: model, graph: graph)
    do {
      return try reader.graph()
    } catch let refusal as GraphBuilder.Refusal {
      throw FileError(url, refusal.problem, refusal.advice)
    } catch let error as TorchError {
      throw FileError(url, error.description, "write the model again")
    }
  }
}

/// Turns a model into a graph.
struct ONNXReader {
  let model: ONNXModelProto
  let content: ONNXGraphProto
  private var builder = GraphBuilder()

  typealias Refusal = GraphBuilder.Refusal

  init(model: ONNXModelProto, graph: ONNXGraphProto) {
    (self.model, self.content) = (model, graph)
  }

  mutating func graph() throws -> ModelGraph {
    // What works number by number is the same from the first version on.
    let isTimeless = content.nodes.allSatisfy { ONNXElementwise.names[$0.type] != nil }
    guard model.opset >= 7 || isTimeless else {
      throw Refusal(
        problem: "its operators are of version \(model.opset), and 7 is the oldest known here",
        advice: "convert it with onnx.version_converter"
      )
    }
    guard !content.hasSparse, !model.hasFunctions else {
      throw Refusal(
        problem: content.hasSparse
          ? "it has sparse weights" : "it has functions of its own beside the graph",
        advice: "write it without them, for example with onnx.inliner"
      )
    }
    // What cannot be run is named before anything is read.
    for node in content.nodes { _ = try function(of: node) }
    let statistics = Set(
      content.nodes.filter { $0.type == "BatchNormalization" }.flatMap { $0.inputs.dropFirst(3) }
    )
    var weights: [ModelGraph.Weight] = []
    for initializer in content.initializers {
      let tensor = try initializer.tensor()
      weights.append(
        .init(
          path: initializer.name,
          tensor: tensor,
          isTrained: tensor.elementType.isFloatingPoint && !statistics.contains(initializer.name),
          value: try builder.defineSource(initializer.name)
        )
      )
    }
    // Before version 4 of the format weights were inputs too.
    let kept = Set(content.initializers.map(\.name))
    let inputs = try content.inputs.filter { !kept.contains($0.name) }.map { input in
      try port(input, try builder.defineSource(input.name))
    }
    for node in content.nodes { try add(node) }
    let outputs = try content.outputs.map { try port($0, try builder.value($0.name)) }
    guard !outputs.isEmpty else {
      throw Refusal(problem: "it gives nothing", advice: "write the model again")
    }
    var result = builder.graph(inputs: inputs, outputs: outputs, weights: weights)
    result.notes = model.notes
    return result
  }

  private func port(_ value: ONNXValueProto, _ slot: Int) throws -> ModelGraph.Port {
    guard let type = ElementType(onnx: value.type) else {
      throw Refusal(
        problem: "'\(value.name.prefix(60))' goes in or out and is no tensor of numbers known here",
        advice: "write a model of real numbers or integers"
      )
    }
    return .init(name: value.name, elementType: type, shape: value.shape ?? [], value: slot)
  }

  /// What a node computes.
  private func function(of node: ONNXNodeProto) throws -> ONNXFunction {
    func refusal(_ problem: String) -> Refusal {
      Refusal(
        problem: "the operator \(node.type.prefix(60)) at '\(node.place.prefix(60))' \(problem)",
        advice: "write the model with other operators"
      )
    }
    guard node.domain.isEmpty || node.domain == "ai.onnx" else {
      throw refusal("is of '\(node.domain.prefix(60))', not one of ONNX's own")
    }
    guard !ONNXOperators.random.contains(node.type) else { throw refusal("draws random numbers") }
    guard let function = ONNXOperators.all[node.type] else { throw refusal("is not known here") }
    return function
  }

  private mutating func add(_ node: ONNXNodeProto) throws {
    let function = try function(of: node)
    let operands = try node.inputs.map { name -> ModelGraph.Operand in
      name.isEmpty ? .constant(.none) : .value(try builder.value(name))
    }
    var results: [String?] = node.outputs.map { $0.isEmpty ? nil : $0 }
    while case .some(nil) = results.last { results.removeLast() }
    let (attributes, opset, count) = (node.attributes, model.opset, results.count)
    try builder.apply(
      .init(
        name: node.type,
        multiplyAdds: { ONNXOperators.multiplyAdds(node.type, $0, $1) },
        body: { inputs in
          try function(
            ONNXCall(inputs: inputs, attributes: attributes, opset: opset, outputCount: count)
          )
        }
      ),
      operands,
      named: node.place,
      results: results,
      // Inner values are named by what they become.
      taps: results.compactMap { $0 }.prefix(1).map { $0 }
    )
  }
}
