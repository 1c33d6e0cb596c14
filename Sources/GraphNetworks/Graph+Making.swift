import Tensors

/// Graphs made of others.
extension Graph {
  /// Every edge in both directions, each once, without weights.
  public var undirected: Graph {
    let flipped = Tensor.stacked([targets, sources])
    let numbers = Tensor.concatenated([edges, flipped], along: 1)
    let keys = (numbers.selecting(1, along: 0) * Double(max(nodeCount, 1)))
    let (sorted, order) = (keys + numbers.selecting(0, along: 0)).sorted()
    guard sorted.count > 1 else { return Graph(unordered: numbers, nodes: nodeCount, weights: nil) }
    let isNew = Tensor.concatenated([
      Tensor([true], on: sorted.device), sorted[1..<sorted.count] .!= sorted[0..<sorted.count - 1],
    ])
    let kept = order.elements(where: isNew)
    return Graph(unordered: numbers.gatheringRows(kept, along: 1), nodes: nodeCount, weights: nil)
  }

  /// Without edges from a node to itself.
  public var withoutSelfLoops: Graph { keeping(sources .!= targets) }

  /// With one edge from every node to itself: those that are there keep their weights (of several,
  /// the last), the others weigh 1.
  public var withSelfLoops: Graph {
    let rest = withoutSelfLoops
    let nodes = Tensor.range(0..<nodeCount, on: edges.device)
    let loops = Tensor.stacked([nodes, nodes])
    var all: Tensor?
    if let weights, let others = rest.weights {
      let isLoop = sources .== targets
      let own = Tensor.ones([nodeCount], weights.elementType, on: weights.device)
        .replacingSlices(
          with: weights.elements(where: isLoop),
          at: targets.elements(where: isLoop),
          along: 0
        )
      all = .concatenated([others, own])
    }
    return Graph(
      unordered: .concatenated([rest.edges, loops], along: 1),
      nodes: nodeCount,
      weights: all
    )
  }

  /// The graph of some nodes and the edges among them, the nodes numbered anew in the order given:
  /// what is known before the others arrive (inductive learning).
  ///
  /// - Parameter nodes: `[count]`, integers, each once.
  public func induced(on nodes: Tensor) -> Graph {
    let count = nodes.count
    let numbers = Tensor.full(-1, [nodeCount], .int64, on: edges.device)
      .replacingSlices(with: .range(0..<count, on: edges.device), at: nodes, along: 0)
    let renumbered = numbers[rows: edges.flattened()].reshaped(to: [2, edgeCount])
    let isInside = (renumbered .>= 0).allTrue(along: 0)
    let places = isInside.nonZeroIndices.flattened()
    return Graph(
      unordered: renumbered.gatheringRows(places, along: 1),
      nodes: count,
      weights: weights?[rows: places]
    )
  }

  /// At most so many of the edges that end in each node, drawn without replacement: what a layer
  /// costs no longer grows with a node's neighbours (Hamilton, Ying & Leskovec 2017).
  public func sampled(neighbours: Int, using generator: RandomGenerator) -> Graph {
    precondition(neighbours > 0, "sampled: \(neighbours) neighbours must be positive")
    // In a random order within each target: a random order, sorted by target without disturbing it.
    let drawn = Tensor.permutation(edgeCount, using: generator).moved(to: edges.device)
    let order = drawn[rows: targets[rows: drawn].sorted().indices]
    let inOrder = targets[rows: order]
    let ranks =
      Tensor.range(0..<edgeCount, on: edges.device) - inOrder.insertionIndices(of: inOrder)
    let kept = order.elements(where: ranks .< Double(neighbours))
    return Graph(
      unordered: edges.gatheringRows(kept, along: 1),
      nodes: nodeCount,
      weights: weights?[rows: kept]
    )
  }

  /// The same graph on another device.
  public func moved(to device: Device) -> Graph {
    device == edges.device
      ? self
      : Graph(
        unordered: edges.moved(to: device),
        nodes: nodeCount,
        weights: weights?.moved(to: device)
      )
  }

  /// The edges where `mask` is true.
  private func keeping(_ mask: Tensor) -> Graph {
    let places = mask.nonZeroIndices.flattened()
    return Graph(
      unordered: edges.gatheringRows(places, along: 1),
      nodes: nodeCount,
      weights: weights?[rows: places]
    )
  }
}
