import Tensors

extension Graph {
  /// The first nodes that one comes to from some, breadth first, from listeners to those they hear:
  /// a part of a graph that keeps neighbours together.
  ///
  /// ```swift
  /// let few = graph.undirected.sampled(neighbours: 20, using: generator).reached(from: roots, atMost: 4_000)
  /// let part = graph.induced(on: few)
  /// ```
  ///
  /// - Parameters:
  ///   - roots: `[count]`, integers, each once.
  ///   - limit: How many nodes are wanted; there are fewer where no more can be reached.
  /// - Returns: Their numbers in rising order, `[nodes]`, Int64.
  public func reached(from roots: Tensor, atMost limit: Int) -> Tensor {
    let sources = sources.scalars(Int.self)
    // Where the edges that end in each node begin, and where they stop.
    let bounds = inDegrees.scalars(Int.self).reduce(into: [0]) { $0.append($0.last! + $1) }
    var isFound = [Bool](repeating: false, count: nodeCount)
    var found: [Int] = []
    func take(_ node: Int) {
      if isFound[node] || found.count >= limit { return }
      isFound[node] = true
      found.append(node)
    }
    for root in roots.scalars(Int.self) { take(root) }
    var next = 0
    while next < found.count, found.count < limit {
      for edge in bounds[found[next]]..<bounds[found[next] + 1] { take(sources[edge]) }
      next += 1
    }
    return Tensor(found.sorted())
  }
}
