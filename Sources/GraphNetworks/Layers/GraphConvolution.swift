import Networks
import Tensors

/// D^−½ (A + I) D^−½ · x·Wᵀ + b: each node takes the sum over itself and its neighbours, each
/// divided by √(degree · degree) (Kipf & Welling 2017). PyTorch Geometric's `GCNConv`.
///
/// ```swift
/// let layer = GraphConvolution(1_433, 16, on: citations, using: generator)
/// ```
public struct GraphConvolution: GraphLayer {
  public private(set) var graph: Graph
  public let linear: Linear
  /// `[outputs]`.
  public let bias: Parameter?

  /// - Parameter bias: Whether b is there. It begins at 0, and W as Glorot & Bengio (2010) have it.
  public init(
    _ inputs: Int,
    _ outputs: Int,
    on graph: Graph,
    bias: Bool = true,
    _ elementType: ElementType = .float32,
    using generator: RandomGenerator
  ) {
    self.graph = graph
    linear = Linear(
      inputs,
      outputs,
      bias: false,
      initialization: .glorotUniform,
      elementType,
      using: generator
    )
    self.bias = bias ? Parameter(.zeros([outputs], elementType, on: generator.device)) : nil
  }

  public func on(_ graph: Graph) -> GraphConvolution {
    var copy = self
    copy.graph = graph
    return copy
  }

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    guard hasRowForEachNode(input) else { return input }
    let own = linear(input, pass)
    pass.count((graph.edgeCount + graph.nodeCount) * own.shape[1])
    let sums = graph.symmetricallyNormalized(own.elementType).matmul(own)
    return bias.map { sums + $0.value } ?? sums
  }

  public var members: [(name: String, member: ModuleMember)] {
    let parameters: [(name: String, member: ModuleMember)] =
      bias.map { [("bias", .parameter($0))] } ?? []
    return parameters + [("lin", .module(linear))]
  }
}
