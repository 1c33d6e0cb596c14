import Distill

/// Training steps of two layers on a random graph of 10,000 nodes and 60,000 edges, all nodes at once.
var graphWorks: [Work] {
  [
    graphSteps("graph-gcn", .convolution), graphSteps("graph-sage", .sage()),
    graphSteps("graph-gat", .attention(heads: 4)),
  ]
}

private func graphSteps(_ name: String, _ kind: GraphNetwork.Kind) -> Work {
  Work(name: name) {
    let (nodes, edges, widths) = (10_000, 60_000, [128, 64, 16])
    let ends = numbers(2 * edges, seed: 50).map { Int($0 * Float(nodes)) }
    let graph = try Graph(Tensor(ends, shape: [2, edges]), nodes: nodes)
    let features = Tensor(symmetric(nodes * 128, within: 1, seed: 51), shape: [nodes, 128])
    let labels = Tensor(numbers(nodes, seed: 52).map { Int($0 * 16) })
    let examples = Examples(.range(0..<nodes), labels: labels)
    func classifier() -> NodeClassifier {
      let network = GraphNetwork(kind, widths, on: graph, using: RandomGenerator(seed: 0))
      // As the peer has them: by the order of their names.
      let named = network.namedParameters.sorted { $0.path < $1.path }
      for (index, (_, parameter)) in named.enumerated() {
        let values = symmetric(parameter.value.count, within: 0.1, seed: 60 + index)
        parameter.replace(with: Tensor(values, shape: parameter.shape))
      }
      return NodeClassifier(network, features)
    }
    func distiller() -> Distiller<NodeClassifier> {
      Distiller(classifier(), minimizing: .crossEntropy(), using: Adam(learningRate: 1e-4))
    }
    let batch = Batch(examples.inputs, labels: labels)
    let check = try distiller().step(on: batch)
    let trained = distiller()
    return Prepared(
      check: check,
      versions: [
        Version(name: "Distill", repeats: 5) {
          for _ in 0..<5 { try trained.step(on: batch) }
        }
      ]
    )
  }
}
