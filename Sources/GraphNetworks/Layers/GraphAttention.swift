import Networks
import Tensors

/// Σ_j α_ij W x_j over a node and its neighbours, with weights that the layer learns:
/// α_ij = softmax_j LeakyReLU(a_s·W x_j + a_t·W x_i), for each of several heads (Veličković et al.
/// 2018). PyTorch Geometric's `GATConv`.
///
/// Every node listens to itself, whether it has an edge to itself or not. Weights of edges do not
/// count.
public struct GraphAttention: GraphLayer {
  public private(set) var graph: Graph
  public let heads: Int
  /// Whether the heads' results stand side by side; else their mean is taken.
  public let isConcatenating: Bool
  /// Of LeakyReLU.
  public let slope: Double
  /// W of all heads, one above the other.
  public let linear: Linear
  /// a_s, `[1, heads, outputs]`.
  public let sourceAttention: Parameter
  /// a_t, `[1, heads, outputs]`.
  public let targetAttention: Parameter
  /// `[heads · outputs]`, or `[outputs]` for the mean.
  public let bias: Parameter?

  /// - Parameters:
  ///   - outputs: Of one head.
  ///   - concatenating: Whether the heads' results stand side by side, `[nodes, heads · outputs]`,
  ///     or their mean is taken, `[nodes, outputs]`, as for a last layer.
  ///   - slope: What LeakyReLU multiplies negative numbers by. The default is the paper's.
  public init(
    _ inputs: Int,
    _ outputs: Int,
    heads: Int = 1,
    on graph: Graph,
    concatenating: Bool = true,
    slope: Double = 0.2,
    bias: Bool = true,
    _ elementType: ElementType = .float32,
    using generator: RandomGenerator
  ) {
    precondition(heads > 0, "GraphAttention: \(heads) heads must be positive")
    self.graph = graph
    self.heads = heads
    isConcatenating = concatenating
    self.slope = slope
    linear = Linear(
      inputs,
      heads * outputs,
      bias: false,
      initialization: .glorotUniform,
      elementType,
      using: generator
    )
    func attention() -> Parameter {
      Parameter(
        Initialization.glorotUniform(
          [1, heads, outputs],
          fanIn: heads,
          fanOut: outputs,
          elementType,
          using: generator
        )
      )
    }
    sourceAttention = attention()
    targetAttention = attention()
    let width = concatenating ? heads * outputs : outputs
    self.bias = bias ? Parameter(.zeros([width], elementType, on: generator.device)) : nil
  }

  public func on(_ graph: Graph) -> GraphAttention {
    var copy = self
    copy.graph = graph
    return copy
  }

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    guard hasRowForEachNode(input) else { return input }
    let width = sourceAttention.shape[2]
    let heard = graph.remembered("attended") { graph.withSelfLoops }
    let (sources, targets) = (heard.sources, heard.targets)
    let values = linear(input, pass).reshaped(to: [-1, heads, width])
    pass.count((2 * graph.nodeCount + heard.edgeCount) * heads * width)
    let fromSources = (values * sourceAttention.value).sum(along: 2)
    let fromTargets = (values * targetAttention.value).sum(along: 2)
    let scores = fromSources[rows: sources] + fromTargets[rows: targets]
    let shares = heard.softmax(scores.leakyReLU(slope: slope))
    let sums = heard.sum(values[rows: sources] * shares.insertingAxis(2))
    let joined =
      isConcatenating ? sums.reshaped(to: [-1, heads * width]) : sums.mean(along: 1)
    return bias.map { joined + $0.value } ?? joined
  }

  public var members: [(name: String, member: ModuleMember)] {
    var members: [(name: String, member: ModuleMember)] = [
      ("att_src", .parameter(sourceAttention)), ("att_dst", .parameter(targetAttention)),
    ]
    if let bias { members.append(("bias", .parameter(bias))) }
    return members + [("lin", .module(linear))]
  }
}
