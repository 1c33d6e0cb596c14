import Mathematics
import Networks
import Tensors

/// What a model of a file is: what goes in and out, and what is inside.
package struct ModelSummary: Codable, Equatable {
  package struct Port: Codable, Equatable {
    package var name: String
    package var elementType: String
    /// Lengths of the axes; nil where they are free.
    package var shape: [Int?]

    package init(_ port: ModelGraph.Port) {
      name = port.name
      elementType = port.typeName
      shape = port.shape
    }

    package var text: String {
      let lengths = shape.map { $0.map(String.init) ?? "any" }.joined(separator: ", ")
      return "\(name) \(elementType) [\(lengths)]"
    }
  }

  package struct Operator: Codable, Equatable {
    package var name: String
    package var count: Int
  }

  package var inputs: [Port]
  package var outputs: [Port]
  package var parameters: Int
  package var bytes: Int
  /// For one example; nil where the shape of one is not known.
  package var multiplyAdds: Int?
  package var operators: [Operator]
  /// The layers whose values losses may name.
  package var taps: [String]

  package init(_ graph: ModelGraph) {
    inputs = graph.inputs.map { Port($0) }
    outputs = graph.outputs.map { Port($0) }
    parameters = graph.parameterCount
    bytes = graph.namedWeights.reduce(0) { $0 + $1.tensor.count * $1.tensor.elementType.byteCount }
    operators = graph.operatorCounts.map { Operator(name: $0.name, count: $0.count) }
    taps = graph.taps
    if let network = try? ModelNetwork(graph), network.inputShape.allSatisfy({ $0 != nil }) {
      // A model for batches of one size is counted at such a batch.
      let batch = graph.inputs[0].shape[0] ?? 1
      let shape = [batch] + network.inputShape.compactMap { $0 }
      let sum = try? withTorchErrors { network.multiplyAdds(for: .zeros(shape)) }
      multiplyAdds = sum.map { $0 / max(batch, 1) }
    }
  }

  package var lines: [String] {
    var lines = inputs.map { "input: " + $0.text } + outputs.map { "output: " + $0.text }
    lines.append(
      "\(grouped(parameters)) parameters, \(grouped(bytes)) bytes"
        + (multiplyAdds.map { ", \(grouped($0)) multiply–adds for one example" } ?? "")
    )
    let names = operators.map { ($0.count == 1 ? "" : "\($0.count) × ") + $0.name }
    lines.append("operators: " + names.joined(separator: ", "))
    if !taps.isEmpty { lines.append("layers to name in losses: " + taps.joined(separator: ", ")) }
    return lines
  }
}
