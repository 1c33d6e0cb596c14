import Networks
import Tensors

/// W₁ · aggregate(neighbours) + b + W₂ · x: what a node hears from its neighbours beside what it is
/// itself (Hamilton, Ying & Leskovec 2017). PyTorch Geometric's `SAGEConv`.
///
/// A node that no edge ends in hears 0. Weights of edges do not count.
public struct GraphSAGE: GraphLayer {
  /// How a node sums up its neighbours.
  public enum Aggregation: String, Sendable, CaseIterable, Codable {
    case mean
    /// The largest, element by element.
    case max
  }

  public private(set) var graph: Graph
  public let aggregation: Aggregation
  /// W₁ and b.
  public let neighbours: Linear
  /// W₂.
  public let own: Linear

  public init(
    _ inputs: Int,
    _ outputs: Int,
    _ aggregation: Aggregation = .mean,
    on graph: Graph,
    _ elementType: ElementType = .float32,
    using generator: RandomGenerator
  ) {
    self.graph = graph
    self.aggregation = aggregation
    neighbours = Linear(inputs, outputs, elementType, using: generator)
    own = Linear(inputs, outputs, bias: false, elementType, using: generator)
  }

  public func on(_ graph: Graph) -> GraphSAGE {
    var copy = self
    copy.graph = graph
    return copy
  }

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    guard hasRowForEachNode(input) else { return input }
    let heard: Tensor
    switch aggregation {
    case .mean:
      pass.count(graph.edgeCount * input.shape[1])
      heard = graph.averaging(input.elementType).matmul(input)
    case .max: heard = graph.maximum(input[rows: graph.sources])
    }
    return neighbours(heard, pass) + own(input, pass)
  }

  public var members: [(name: String, member: ModuleMember)] {
    [("lin_l", .module(neighbours)), ("lin_r", .module(own))]
  }
}
