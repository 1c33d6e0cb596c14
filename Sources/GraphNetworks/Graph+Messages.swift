import Tensors

private enum Aten {
  static let scatterReduce = Operator("aten::scatter_reduce", "two")
  static let sparse = Operator("aten::_sparse_coo_tensor_unsafe")
}

/// What arrives at the targets of edges.
extension Graph {
  /// Σ of the messages of the edges that end in each node: `[edges, …]` to `[nodes, …]`.
  public func sum(_ messages: Tensor) -> Tensor {
    Tensor.zeros(
      [nodeCount] + messages.shape.dropFirst(),
      messages.elementType,
      on: messages.device
    ).addingSlices(messages, at: targets, along: 0)
  }

  /// The largest of the messages of the edges that end in each node, element by element, 0 where
  /// none does: `[edges, …]` to `[nodes, …]`.
  ///
  /// Where several are largest they share the gradient.
  public func maximum(_ messages: Tensor) -> Tensor {
    let axes = Array(repeating: 1, count: messages.rank - 1)
    let places = targets.reshaped(to: [edgeCount] + axes).broadcast(to: messages.shape)
    let zeros = Tensor.zeros(
      [nodeCount] + messages.shape.dropFirst(),
      messages.elementType,
      on: messages.device
    )
    return Aten.scatterReduce(
      .tensor(zeros),
      .integer(0),
      .tensor(places),
      .tensor(messages),
      .string("amax"),
      .bool(false)
    )
  }

  /// log of ``softmax(_:)``, without underflow.
  public func logSoftmax(_ scores: Tensor) -> Tensor {
    let shifted = scores - maximum(scores.detached)[rows: targets]
    return shifted - sum(shifted.exponential)[rows: targets].logarithm
  }

  /// exp(x) / Σ exp(x) over the edges that end in one node: `[edges, …]` to the same shape.
  public func softmax(_ scores: Tensor) -> Tensor {
    let exponentials = (scores - maximum(scores.detached)[rows: targets]).exponential
    return exponentials / sum(exponentials)[rows: targets]
  }
}

/// Sums with weights that no gradient reaches, as products with a sparse matrix: several times
/// faster than edge by edge.
extension Graph {
  /// D^−½ (A + I) D^−½ (Kipf & Welling 2017), `[nodes, nodes]`, sparse, D the sums of the weights of
  /// the edges that end in each node.
  func symmetricallyNormalized(_ elementType: ElementType) -> Tensor {
    remembered("symmetric", elementType) {
      let graph = withSelfLoops
      let weights = graph.weightsOrOnes(elementType)
      let scale = graph.sum(weights).raised(to: -0.5)
      let finite = scale.filled(with: 0, where: scale .== .infinity)
      return graph.sparse(finite[rows: graph.targets] * weights * finite[rows: graph.sources])
    }
  }

  /// The mean over the edges that end in each node, `[nodes, nodes]`, sparse; rows of nodes where
  /// none does are 0.
  func averaging(_ elementType: ElementType) -> Tensor {
    remembered("mean", elementType) {
      let shares = 1 / inDegrees.cast(to: elementType).clamped(min: 1)
      return sparse(shares[rows: targets])
    }
  }

  private func weightsOrOnes(_ elementType: ElementType) -> Tensor {
    weights?.cast(to: elementType) ?? .ones([edgeCount], elementType, on: edges.device)
  }

  /// The matrix with an entry for each edge, in the row of its target and the column of its source.
  private func sparse(_ entries: Tensor) -> Tensor {
    Aten.sparse(
      .tensor(.stacked([targets, sources])),
      .tensor(entries),
      .integers([nodeCount, nodeCount]),
      .type(entries.elementType),
      .none,  // layout
      .device(entries.device),
      .none,  // pinned memory
      .bool(true)  // in the order of its rows
    )
  }
}
