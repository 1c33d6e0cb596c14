import Networks
import Tensors

/// A layer in which nodes of a graph hear from their neighbours: `[nodes, inputs]` to
/// `[nodes, outputs]`.
///
/// A layer holds the graph it works on; ``on(_:)`` is the same layer, with the same parameters, on
/// another one.
public protocol GraphLayer: Module {
  var graph: Graph { get }

  /// The layer with these parameters on another graph, such as one whose nodes it never saw.
  func on(_ graph: Graph) -> Self
}

extension GraphLayer {
  /// Whether there is a row for each node; reports when not.
  func hasRowForEachNode(_ input: Tensor) -> Bool {
    holds(
      input.rank == 2 && input.shape[0] == graph.nodeCount,
      "\(Self.self) of \(input.shape) on a graph of \(graph.nodeCount) nodes: the input must be "
        + "[\(graph.nodeCount), inputs]"
    )
  }
}
