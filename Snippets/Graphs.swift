// A network on the graph of WordNet teaches one that sees a gloss at a time.
// Run: make data-graphs && swift run -c release Graphs

// snippet.show
import Distill
import Foundation

let wordNet = try WordNet(URL(fileURLWithPath: ".data/wordnet"))
let whole = try Graph(wordNet.edges, nodes: wordNet.synsets.count).undirected

// 4,000 synsets around ten of them.
let generator = RandomGenerator(seed: 1)
let roots = Tensor.permutation(whole.nodeCount, using: generator)[0..<10]
let nodes = whole.sampled(neighbours: 100, using: generator).reached(from: roots, atMost: 4_000)
let graph = whole.induced(on: nodes)
let labels = wordNet.labels[rows: nodes]
let glosses = nodes.scalars(Int.self).map { wordNet.synsets[$0].gloss }
let features = HashedWords(width: 256, weightedBy: glosses)(glosses)

// The labels of 500 are told, those of 1,000 others are asked for.
let order = Tensor.permutation(graph.nodeCount, using: generator)
let (told, asked) = (order[0..<500], order[500..<1_500])

let network = GraphNetwork(
  .attention(heads: 8),
  [256, 128, 45],
  on: graph,
  dropout: 0.5,
  using: generator
)
let teacher = NodeClassifier(network, features)
try train(
  teacher,
  on: Examples(told, labels: labels[rows: told]).wholeBatches(steps: 200),
  minimizing: .crossEntropy(),
  using: Adam(learningRate: 0.01, weightDecay: 5e-4)
)

let student = NodeClassifier(alone: MLP([256, 128, 45], using: generator), features)
try distill(
  NodeTeacher(teacher),
  into: student,
  on: Examples(.range(0..<graph.nodeCount)).wholeBatches(steps: 300),
  minimizing: .softCrossEntropy(temperature: 2),
  using: Adam(learningRate: 0.01),
  schedule: .linear(over: 300)
)
for (name, classifier) in [("teacher", teacher), ("student", student)] {
  let right = classifier(asked).indexOfMaximum(along: 1) .== labels[rows: asked]
  print(name, right.cast(to: .float64).mean().doubleValue)
}
