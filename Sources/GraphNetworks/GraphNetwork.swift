import Networks
import Tensors

/// Layers of one kind on a graph, with an activation between them and none after the last:
/// `[nodes, inputs]` to `[nodes, outputs]`.
///
/// ```swift
/// let teacher = GraphNetwork(.convolution, [1_433, 64, 7], on: citations, using: generator)
/// let student = GraphNetwork(.attention(heads: 2), [1_433, 8, 7], on: citations, using: generator)
/// let later = teacher.on(grownGraph)  // the same parameters
/// ```
///
/// Parameter paths are those of PyTorch Geometric's `GCN`, `GraphSAGE` and `GAT`:
/// `convs.0.lin.weight`, ….
///
/// Taps: `convs.0` is what a layer gives, `hidden.0` the same after its activation, for all nodes,
/// `[nodes, width]`; `hidden.0.map` are the same numbers as one map whose places are the nodes,
/// `[1, width, nodes, 1]`, for losses that ask where a network looks. For one node or some of them see
/// ``NodeClassifier``.
public struct GraphNetwork: Module {
  /// What the layers are.
  public enum Kind: Hashable, Sendable, Codable {
    /// ``GraphConvolution``.
    case convolution
    /// ``GraphSAGE``.
    case sage(GraphSAGE.Aggregation = .mean)
    /// ``GraphAttention``: hidden layers have the heads side by side, within their width; the last
    /// has their mean.
    case attention(heads: Int)
  }

  public let activation: Activation
  public let dropout: Dropout
  public let layers: [any GraphLayer]

  /// - Parameters:
  ///   - widths: Inputs, hidden layers, outputs. Hidden widths must be multiples of the heads.
  ///   - dropout: How probably a hidden number is left out in training. The default is never.
  public init(
    _ kind: Kind,
    _ widths: [Int],
    on graph: Graph,
    activation: Activation = .relu,
    dropout: Double = 0,
    _ elementType: ElementType = .float32,
    using generator: RandomGenerator
  ) {
    precondition(
      widths.count >= 2 && widths.allSatisfy { $0 > 0 },
      "GraphNetwork(\(widths)): needs an input and an output width, all positive"
    )
    self.activation = activation
    self.dropout = Dropout(dropout)
    layers = zip(widths, widths.dropFirst()).enumerated().map { index, ends in
      let (inputs, outputs) = ends
      switch kind {
      case .convolution:
        return GraphConvolution(inputs, outputs, on: graph, elementType, using: generator)
      case .sage(let aggregation):
        return GraphSAGE(inputs, outputs, aggregation, on: graph, elementType, using: generator)
      case .attention(let heads):
        let isLast = index == widths.count - 2
        precondition(
          heads > 0 && (isLast || outputs % heads == 0),
          "GraphNetwork(\(widths)): the hidden width \(outputs) is no multiple of \(heads) heads"
        )
        return GraphAttention(
          inputs,
          isLast ? outputs : outputs / heads,
          heads: heads,
          on: graph,
          concatenating: !isLast,
          elementType,
          using: generator
        )
      }
    }
  }

  private init(_ other: GraphNetwork, _ layers: [any GraphLayer]) {
    activation = other.activation
    dropout = other.dropout
    self.layers = layers
  }

  public var graph: Graph { layers[0].graph }

  /// The network with these parameters on another graph.
  public func on(_ graph: Graph) -> GraphNetwork {
    GraphNetwork(self, layers.map { $0.on(graph) })
  }

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    var value = input
    for (index, layer) in layers.enumerated() {
      value = pass.within("convs.\(index)") { layer(value, pass) }
      guard index < layers.count - 1 else { break }
      value = pass.tap("hidden.\(index)", activation(value, pass))
      if !pass.taps.isEmpty {
        pass.tap("hidden.\(index).map", value.transposed().insertingAxis(0).insertingAxis(3))
      }
      value = dropout(value, pass)
    }
    return value
  }

  public var members: [(name: String, member: ModuleMember)] {
    layers.enumerated().map { ("convs.\($0.offset)", .module($0.element)) }
  }
}
