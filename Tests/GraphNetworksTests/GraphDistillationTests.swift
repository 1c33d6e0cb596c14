import Distillation
import Networks
import Tensors
import Testing

@testable import GraphNetworks

/// Communities: nodes of one have more edges among each other than with the rest, and features that
/// are mostly noise (Holland, Laskey & Leinhardt 1983).
struct Communities {
  let graph: Graph
  let features: Tensor
  let labels: Tensor
  /// A few nodes of which the labels are known.
  let labelled: Tensor
  let others: Tensor
  static let classes = 3

  init(seed: UInt64, nodes: Int = 300, labelled count: Int = 24) {
    let generator = RandomGenerator(seed: seed)
    labels = Tensor.range(0..<nodes).remainder(dividingBy: Double(Self.classes))
    let isSame = labels.insertingAxis(0) .== labels.insertingAxis(1)
    let draws = Tensor.uniform([nodes, nodes], using: generator)
    let isEdge = (draws .< isSame.choosing(0.06, else: 0.01)).cast(to: .float32)
    let edges = isEdge.upperTriangle(diagonal: 1).nonZeroIndices.transposed()
    graph = try! Graph(edges, nodes: nodes).undirected
    let centres = Tensor.normal([Self.classes, 16], using: generator) * 0.35
    features = centres[rows: labels] + .normal([nodes, 16], using: generator)
    let order = Tensor.permutation(nodes, using: generator)
    (labelled, others) = (order[0..<count], order[count..<nodes])
  }

  var labelledExamples: Examples { Examples(labelled, labels: labels[rows: labelled]) }
  var allExamples: Examples { Examples(.range(0..<graph.nodeCount)) }

  /// The share of nodes without a label that a classifier knows.
  func accuracy(_ classifier: NodeClassifier) -> Double {
    let found = classifier(others).indexOfMaximum(along: 1)
    return (found .== labels[rows: others]).cast(to: .float64).mean().doubleValue
  }

  func teacher(_ kind: GraphNetwork.Kind = .convolution, seed: UInt64) throws -> NodeClassifier {
    let network = GraphNetwork(
      kind,
      [16, 32, Self.classes],
      on: graph,
      using: RandomGenerator(seed: seed)
    )
    let classifier = NodeClassifier(network, features)
    try train(
      classifier,
      on: labelledExamples.wholeBatches(steps: 100),
      minimizing: .crossEntropy(),
      using: Adam(learningRate: 0.01)
    )
    return classifier
  }

  /// Who learns from a teacher at all nodes.
  func distilled(
    _ student: NodeClassifier,
    from teacher: NodeClassifier,
    _ loss: Loss = .softCrossEntropy(),
    steps: Int = 120
  ) throws -> NodeClassifier {
    try distill(
      NodeTeacher(teacher),
      into: student,
      on: allExamples.wholeBatches(steps: steps),
      minimizing: loss,
      using: Adam(learningRate: 0.01)
    )
    return student
  }

  /// The same student after as many steps on the labels alone.
  func control(_ student: NodeClassifier, steps: Int = 120) throws -> NodeClassifier {
    try train(
      student,
      on: labelledExamples.wholeBatches(steps: steps),
      minimizing: .crossEntropy(),
      using: Adam(learningRate: 0.01)
    )
    return student
  }

  func small(seed: UInt64) -> NodeClassifier {
    let generator = RandomGenerator(seed: seed)
    return NodeClassifier(
      GraphNetwork(.convolution, [16, 4, Self.classes], on: graph, using: generator),
      features
    )
  }

  func perceptron(seed: UInt64) -> NodeClassifier {
    NodeClassifier(
      alone: MLP([16, 32, Self.classes], using: RandomGenerator(seed: seed)),
      features
    )
  }
}

@Suite struct GraphDistillationTests {
  /// Over seeds of graph and networks: a student on the graph with an eighth of the parameters keeps
  /// what the teacher knows, and one without any graph learns what labels alone cannot teach it.
  @Test func studentsLearnWhatTheTeacherHeardFromNeighbours() throws {
    var (graphGain, perceptronGain) = (0.0, 0.0)
    let seeds: [UInt64] = [1, 2, 3]
    for seed in seeds {
      let world = Communities(seed: seed)
      let teacher = try world.teacher(seed: seed + 10)
      let known = world.accuracy(teacher)
      #expect(known > 0.8)

      let small = try world.distilled(world.small(seed: seed), from: teacher)
      #expect(small.parameterCount * 7 < teacher.parameterCount)
      #expect(world.accuracy(small) > known - 0.05)
      graphGain +=
        world.accuracy(small) - world.accuracy(try world.control(world.small(seed: seed)))

      let alone = try world.distilled(world.perceptron(seed: seed), from: teacher)
      let control = try world.control(world.perceptron(seed: seed))
      #expect(world.accuracy(alone) > known - 0.1)
      #expect(world.accuracy(alone) > world.accuracy(control) + 0.1)
      perceptronGain += world.accuracy(alone) - world.accuracy(control)
    }
    #expect(graphGain / Double(seeds.count) > 0)
    #expect(perceptronGain / Double(seeds.count) > 0.2)
  }

  /// Every loss for graphs trains: soft targets, hints, attention and local structure, between
  /// networks on a graph and from one into an MLP.
  @Test(arguments: ["soft targets", "hints", "attention", "structure"])
  func lossesOfFeaturesTrain(name: String) throws {
    let world = Communities(seed: 5)
    let teacher = try world.teacher(.attention(heads: 4), seed: 6)
    func loss(_ taps: (String) -> Loss.Embedding) -> Loss {
      switch name {
      case "hints": .softCrossEntropy() + .hints(of: taps("hidden.0"))
      case "attention": .softCrossEntropy() + 100 * .attentionTransfer(of: taps("hidden.0.map"))
      case "structure":
        .softCrossEntropy() + .localStructure(of: taps("hidden.0"), on: world.graph)
      default: .softCrossEntropy(temperature: 2)
      }
    }
    let small = try world.distilled(
      world.small(seed: 7),
      from: teacher,
      loss { .tap($0) },
      steps: 200
    )
    #expect(world.accuracy(small) > 0.65)
    // An MLP has no map of nodes.
    if name == "attention" { return }
    let alone = try world.distilled(
      world.perceptron(seed: 7),
      from: teacher,
      loss { .taps(student: "1", teacher: $0) },
      steps: 60
    )
    #expect(world.accuracy(alone) > 0.6)
  }

  /// Local structure alone brings structures together.
  @Test(arguments: [
    StructureKernel.radialBasis(scale: 10), .laplacian(scale: 10), .linear, .polynomial(),
    .euclidean,
  ])
  func localStructureIsLearnt(kernel: StructureKernel) throws {
    let world = Communities(seed: 8, nodes: 90)
    let teacher = try world.teacher(seed: 9)
    let loss = Loss.localStructure(
      of: .taps(student: "1", teacher: "hidden.0"),
      on: world.graph,
      kernel: kernel
    )
    var losses: [Double] = []
    try distill(
      NodeTeacher(teacher),
      into: world.perceptron(seed: 10),
      on: world.allExamples.wholeBatches(steps: 60),
      minimizing: loss,
      using: Adam(learningRate: 0.01)
    ) { progress in
      losses.append(progress.loss)
      return .proceed
    }
    #expect(losses.last! < 0.7 * losses[0], "\(losses[0]) to \(losses.last!)")
  }

  /// Nodes that nobody saw in training: the graph with them is another one, the parameters are the
  /// same.
  @Test func networksWorkOnNodesTheyNeverSaw() throws {
    let world = Communities(seed: 11)
    let seen = Tensor.range(0..<240)
    let part = world.graph.induced(on: seen)
    let network = GraphNetwork(.sage(), [16, 32, 3], on: part, using: RandomGenerator(seed: 1))
    let labels = world.labels[rows: seen]
    try train(
      NodeClassifier(network, world.features[rows: seen]),
      on: Examples(seen, labels: labels).wholeBatches(steps: 60),
      minimizing: .crossEntropy(),
      using: Adam(learningRate: 0.01)
    )
    let whole = NodeClassifier(network.on(world.graph), world.features)
    let fresh = Tensor.range(240..<300)
    let found = whole(fresh).indexOfMaximum(along: 1)
    let share = (found .== world.labels[rows: fresh]).cast(to: .float64).mean().doubleValue
    #expect(share > 0.7)
  }

  @Test func masksMakeExamples() {
    let labels = Tensor([4, 5, 6, 7])
    let examples = Examples(nodes: Tensor([false, true, true, false]), labels: labels)
    #expect(examples.inputs.scalars(Int.self) == [1, 2])
    #expect(examples.labels?.scalars(Int.self) == [5, 6])
    #expect(examples.wholeBatches(steps: 3).stepCount == 3)
  }

  /// A batch has the rows of its nodes, features have those of all.
  @Test func someNodesAreAnsweredAsAll() throws {
    let world = Communities(seed: 12, nodes: 60)
    let nodes = Tensor([7, 3, 3])
    for classifier in [world.small(seed: 1), world.perceptron(seed: 1)] {
      let all = classifier(.range(0..<60))
      #expect(classifier(nodes).largestDifference(from: all[rows: nodes]) < 1e-6)
      let tap = classifier.isAlone ? "1" : "hidden.0"
      let teacher = NodeTeacher(classifier)
      _ = try teacher.observe(nodes)
      let seen = try teacher.observe(nodes, Request(features: [tap]))
      #expect(seen.values.largestDifference(from: all[rows: nodes]) < 1e-6)
      #expect(seen.features[tap]?.shape.first == 60)
      #expect(throws: DistillationError.self) {
        try teacher.observe(nodes, Request(derivatives: .all))
      }
      #expect(throws: TorchError.self) { try teacher.observe(Tensor([60])) }
    }
  }
}
