import Tensors
import Testing

@testable import GraphNetworks

@Suite struct GraphTests {
  private let small = try! Graph(
    Tensor([[3, 0, 1, 2, 0], [0, 2, 1, 2, 1]]),
    nodes: 5,
    weights: Tensor([0.5, 2, 3, 4, 5])
  )

  @Test func edgesAreInTheOrderOfTheirTargets() {
    #expect(small.targets.scalars(Int.self) == [0, 1, 1, 2, 2])
    #expect(small.sources.scalars(Int.self) == [3, 1, 0, 0, 2])
    #expect(small.weights!.scalars(Double.self) == [0.5, 3, 5, 2, 4])
    #expect(small.inDegrees.scalars(Int.self) == [1, 2, 2, 0, 0])
  }

  @Test func undirectedHasEveryEdgeOnceEachWay() {
    let both = small.undirected
    let pairs = zip(both.sources.scalars(Int.self), both.targets.scalars(Int.self)).map {
      [$0, $1]
    }
    #expect(
      Set(pairs) == [[3, 0], [0, 3], [0, 2], [2, 0], [1, 1], [2, 2], [0, 1], [1, 0]]
    )
    #expect(pairs.count == 8)
    #expect(both.undirected.edgeCount == 8)
  }

  @Test func selfLoopsKeepTheirWeights() {
    let looped = small.withSelfLoops
    #expect(looped.edgeCount == 3 + 5)
    let loops = looped.sources .== looped.targets
    #expect(looped.weights!.elements(where: loops).scalars(Double.self) == [1, 3, 4, 1, 1])
    #expect(looped.withoutSelfLoops.edgeCount == 3)
  }

  @Test func inducedGraphsAreNumberedAnew() {
    let part = small.induced(on: Tensor([2, 0, 4]))
    #expect(part.nodeCount == 3)
    #expect(part.sources.scalars(Int.self) == [1, 0])
    #expect(part.targets.scalars(Int.self) == [0, 0])
    #expect(part.weights!.scalars(Double.self) == [2, 4])
  }

  /// No node has more than it is to have, no edge is new or there twice, and each edge of a node is as
  /// probable as the others.
  @Test func samplesAreEdgesOfTheGraphAndEachAsProbable() {
    let sources = Array(1...6) + [2, 3]
    let graph = try! Graph(
      Tensor(sources + Array(repeating: 0, count: 6) + [7, 7], shape: [2, 8]),
      nodes: 8
    )
    let generator = RandomGenerator(seed: 4)
    var counts = [Int](repeating: 0, count: 8)
    let draws = 600
    for _ in 0..<draws {
      let sample = graph.sampled(neighbours: 2, using: generator)
      #expect(sample.inDegrees.scalars(Int.self) == [2, 0, 0, 0, 0, 0, 0, 2])
      let heard = sample.sources[0..<2].scalars(Int.self)
      #expect(Set(heard).count == 2)
      for source in heard { counts[source] += 1 }
    }
    // Binomial of a third: standard deviation 11.5.
    for count in counts[1...6] { #expect(abs(count - draws / 3) < 58) }
    let again = RandomGenerator(seed: 4)
    let first = graph.sampled(neighbours: 2, using: again).edges.scalars(Int.self)
    let repeated = RandomGenerator(seed: 4)
    #expect(graph.sampled(neighbours: 2, using: repeated).edges.scalars(Int.self) == first)
  }

  @Test func softmaxIsOverTheEdgesOfOneNode() {
    let graph = randomGraph(7, edges: 20, seed: 2)
    let scores = Tensor.normal([20, 3], .float64, using: RandomGenerator(seed: 3)) * 300
    let shares = graph.softmax(scores)
    let sums = graph.sum(shares)
    for (node, degree) in graph.inDegrees.scalars(Int.self).enumerated() {
      for sum in sums[node].scalars(Double.self) {
        #expect(abs(sum - (degree == 0 ? 0 : 1)) < 1e-12)
      }
    }
    #expect(shares.largestDifference(from: graph.logSoftmax(scores).exponential) < 1e-12)
  }

  @Test func graphsWithoutEdgesOrNodesWork() throws {
    let lonely = try Graph(Tensor([Int](), shape: [2, 0]), nodes: 3)
    let generator = RandomGenerator(seed: 1)
    for graph in [lonely, lonely.undirected, lonely.withoutSelfLoops] {
      #expect(graph.edgeCount == 0)
      let input = Tensor.normal([3, 4], using: generator)
      let layer = GraphConvolution(4, 2, on: graph, using: generator)
      #expect(layer(input).largestDifference(from: layer.linear(input)) < 1e-6)
      #expect(GraphSAGE(4, 2, .max, on: graph, using: generator)(input).shape == [3, 2])
      let attention = GraphAttention(4, 2, on: graph, using: generator)
      #expect(attention(input).largestDifference(from: attention.linear(input)) < 1e-6)
    }
    #expect(lonely.induced(on: Tensor([Int]())).nodeCount == 0)
    #expect(lonely.sampled(neighbours: 1, using: generator).edgeCount == 0)
  }

  @Test func graphsThatAreNoneAreRefused() {
    func refusal(_ edges: Tensor, _ nodes: Int, _ weights: Tensor? = nil) -> String? {
      #expect(throws: GraphError.self) { try Graph(edges, nodes: nodes, weights: weights) }?
        .description
    }
    let edges = Tensor([[0, 1], [1, 2]])
    #expect(refusal(edges, 2)?.contains("names node 2, but the graph has 2") == true)
    #expect(refusal(Tensor([[0, -1], [1, 0]]), 3)?.contains("names node -1") == true)
    #expect(refusal(edges.transposed()[0..<1], 3)?.contains("[1, 2]") == true)
    #expect(refusal(Tensor([0, 1]), 3)?.contains("[2, edges]") == true)
    #expect(refusal(edges.cast(to: .float32), 3)?.contains("float32") == true)
    #expect(refusal(edges, -1)?.contains("-1 nodes") == true)
    #expect(refusal(edges, 3, Tensor([1.0]))?.contains("[1]") == true)
    #expect(refusal(edges, 3, Tensor([1, 2]))?.contains("int64") == true)
    #expect(refusal(edges, 3, Tensor([1, Double.nan]))?.contains("finite") == true)
    #expect(refusal(edges, 3, Tensor([1, Double.infinity]))?.contains("finite") == true)
  }

  @Test func aRowIsNeededForEachNode() {
    let graph = randomGraph(5, edges: 6, seed: 1)
    let generator = RandomGenerator(seed: 1)
    let network = GraphNetwork(.sage(), [4, 3, 2], on: graph, using: generator)
    let error = #expect(throws: TorchError.self) {
      try withTorchErrors { network(.zeros([4, 4])) }
    }
    #expect(error?.description.contains("[5, inputs]") == true)
  }

  /// Breadth first along the edges backwards, until there are enough.
  @Test func nodesAreReached() throws {
    // 0 ← 1 ← 2 ← 3, 0 ← 4, and 5 apart.
    let graph = try Graph(Tensor([[1, 2, 3, 4], [0, 1, 2, 0]]), nodes: 6)
    func reached(_ roots: [Int], _ limit: Int) -> [Int] {
      graph.reached(from: Tensor(roots), atMost: limit).scalars(Int.self)
    }
    #expect(reached([0], 3) == [0, 1, 4])
    #expect(reached([0], 4) == [0, 1, 2, 4])
    #expect(reached([0], 100) == [0, 1, 2, 3, 4])
    #expect(reached([5, 2], 3) == [2, 3, 5])
    #expect(reached([5, 2], 1) == [5])
    #expect(reached([3], 0) == [])
    // All that is there: a set that grows until it no longer does.
    let random = randomGraph(60, edges: 90, seed: 3)
    let ends = zip(random.sources.scalars(Int.self), random.targets.scalars(Int.self))
    var layers: Set = [7]
    for _ in 0..<60 { layers.formUnion(ends.filter { layers.contains($1) }.map(\.0)) }
    #expect(random.reached(from: Tensor([7]), atMost: 60).scalars(Int.self) == layers.sorted())
  }
}
