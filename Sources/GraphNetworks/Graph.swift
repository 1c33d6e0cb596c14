import Tensors

/// Nodes 0 ..< n and directed edges between them, each from a source to a target, which is who
/// listens.
///
/// ```swift
/// let path = try Graph(Tensor([[0, 1], [1, 2]]), nodes: 3)  // 0 → 1 → 2
/// let both = path.undirected                                // and back
/// ```
///
/// Memory and time of everything here grow with nodes and edges, never with nodes².
public struct Graph {
  public let nodeCount: Int
  /// `[2, edges]`, Int64: sources above targets, in the order of the targets.
  public let edges: Tensor
  /// `[edges]`, real numbers; nil where each edge counts 1.
  public let weights: Tensor?
  /// Forms of the graph that layers ask for again and again.
  let memory = Memory()

  /// - Parameters:
  ///   - edges: `[2, edges]`, integers, as PyTorch Geometric's `edge_index`: sources above targets,
  ///     in any order. Edges that come twice count twice.
  ///   - nodes: How many nodes there are; some may have no edges.
  ///   - weights: `[edges]`, finite real numbers. The default is 1 for each.
  /// - Throws: ``GraphError`` when the edges are not between these nodes, or weights do not fit.
  public init(_ edges: Tensor, nodes: Int, weights: Tensor? = nil) throws {
    let isIntegral = !edges.elementType.isFloatingPoint && edges.elementType != .bool
    guard edges.rank == 2, edges.shape[0] == 2, isIntegral else {
      throw GraphError(
        "edges of shape \(edges.shape) and type \(edges.elementType): must be integers [2, edges], "
          + "sources above targets"
      )
    }
    guard nodes >= 0 else { throw GraphError("a graph of \(nodes) nodes: must not be negative") }
    let edges = edges.cast(to: .int64)
    if edges.count > 0 {
      let (least, most) = (edges.minimum().scalar(Int.self), edges.maximum().scalar(Int.self))
      guard least >= 0, most < nodes else {
        throw GraphError(
          "an edge names node \(least < 0 ? least : most), but the graph has \(nodes): nodes are "
            + "numbered from 0, so name fewer, or say that there are more"
        )
      }
    }
    if let weights {
      guard weights.shape == [edges.shape[1]], weights.elementType.isFloatingPoint else {
        throw GraphError(
          "weights of shape \(weights.shape) and type \(weights.elementType) for \(edges.shape[1]) "
            + "edges: must be one real number for each"
        )
      }
      guard (weights - weights .== 0).isAllTrue else {
        throw GraphError("weights of edges must be finite numbers, and some are not")
      }
    }
    self.init(unordered: edges, nodes: nodes, weights: weights)
  }

  /// A graph of edges that are known to be between its nodes.
  init(unordered edges: Tensor, nodes: Int, weights: Tensor?) {
    let order = edges.selecting(1, along: 0).sorted().indices
    nodeCount = nodes
    self.edges = edges.gatheringRows(order, along: 1)
    self.weights = weights?[rows: order]
  }

  public var edgeCount: Int { edges.shape[1] }

  /// Where each edge begins, `[edges]`.
  public var sources: Tensor { edges.selecting(0, along: 0) }

  /// Where each edge ends, `[edges]`, in rising order.
  public var targets: Tensor { edges.selecting(1, along: 0) }

  /// How many edges end in each node, `[nodes]`, Int64.
  public var inDegrees: Tensor { targets.occurrences(classes: nodeCount) }

  /// What was computed of a graph once.
  final class Memory {
    var graphs: [String: Graph] = [:]
    var matrices: [String: Tensor] = [:]
  }

  /// A graph made of this one, made once.
  func remembered(_ name: String, _ make: () -> Graph) -> Graph {
    if let known = memory.graphs[name] { return known }
    let made = make()
    memory.graphs[name] = made
    return made
  }

  /// A matrix made of this graph, made once for each element type.
  func remembered(_ name: String, _ elementType: ElementType, _ make: () -> Tensor) -> Tensor {
    let key = "\(name) \(elementType)"
    if let known = memory.matrices[key] { return known }
    let made = withoutGradient(make)
    memory.matrices[key] = made
    return made
  }
}
