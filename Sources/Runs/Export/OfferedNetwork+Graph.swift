import Distill
import Foundation
import StudentExport

extension OfferedNetwork {
  /// Reads the weights.
  ///
  /// - Throws: `WeightsError` when they are others than the network's, `RunError` when they are not finite.
  func load(from file: URL) throws {
    try weights.load(from: file)
    if let (name, _) = network.namedParameters.first(where: { !$0.parameter.value.isAllFinite }) {
      throw RunError("the weights in '\(file.path)' are not all finite: \(name)")
    }
  }

  /// The graph of the loaded network, with all that travels but where it comes from.
  ///
  /// - Throws: `ExportError` when its operations have no other form.
  func graph() throws -> StudentGraph {
    var graph = try StudentGraph(network, shape: shape)
    (graph.mean, graph.deviation) = scaling
    graph.provenance = facts
    switch answers {
    case .classes(let names):
      graph.classes = names
      graph.ending = graph.logitCount == 1 ? .sigmoidPair : .softmax
    case .classesOfEach(let part, let names):
      let count = graph.logitCount / names.count
      try graph.endInSoftmax(groups: count)
      graph.provenance["answer"] =
        "the probabilities of \(grouped(names.count)) classes, the names, at each of \(grouped(count)) \(part)s, one "
        + "\(part) after another"
      graph.provenance["names"] = jsonText(names)
    case .numbers(let meaning): graph.provenance["answer"] = meaning
    }
    return graph
  }

  /// What the loaded network answers to the first inputs, computed by libtorch.
  func expected(_ inputs: Tensor, by graph: StudentGraph) -> [Float] {
    graph.reference(
      { scaled in
        let count = scaled.shape[0]
        let logits = withoutGradient { self.logits(scaled.reshaped(to: [count] + shape)) }
        guard case .classesOfEach(_, let names) = answers else { return logits }
        return logits.reshaped(to: [count, -1, names.count]).softmax(along: 2)
      },
      inputs
    )
  }
}

/// As JSON, on a line that does not end.
package func jsonText(_ value: some Encodable) -> String { String(jsonLine(value).dropLast()) }
