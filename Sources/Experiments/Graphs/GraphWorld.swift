import Distill
import Foundation
import Runs

/// The graph of an experiment, and who of its nodes serves for what.
///
/// Nodes are numbered so that validation comes first, then test, then those whose labels may be told,
/// and last those that nobody sees in training.
package struct GraphWorld {
  package let recipe: GraphExperiment
  package let whole: Graph
  /// Without the unseen nodes and their edges.
  package let observed: Graph
  /// `[nodes, features]`.
  package let features: Tensor
  /// Topics of WordNet, `[nodes]`.
  package let labels: Tensor
  package let validation: Examples
  package let test: Examples
  package let unseen: Examples
  /// What makes features of a gloss.
  package let words: HashedWords
  private let tellable: Range<Int>

  package static let classes = WordNet.topics.count

  /// - Throws: `RunError` or ``FileError`` when the data are missing or damaged, or the walk reaches
  ///   too few nodes.
  package init(_ recipe: GraphExperiment, seed: UInt64, on device: Device) throws {
    self.recipe = recipe
    let wordNet = try WordNet(URL(fileURLWithPath: recipe.data))
    let generator = RandomGenerator(seed: seed)
    let count = wordNet.synsets.count
    let full = try Graph(wordNet.edges, nodes: count).undirected
    var chosen = Tensor.range(0..<count)
    if recipe.nodes > 0, recipe.nodes < count {
      let roots = Tensor.permutation(count, using: generator)[0..<min(recipe.roots, count)]
      chosen = full.sampled(neighbours: recipe.neighbours, using: generator)
        .reached(from: roots, atMost: recipe.nodes)
    }
    let held = recipe.validation + recipe.test + recipe.unseen
    guard held < chosen.count else {
      throw RunError(
        "the walk reaches \(grouped(chosen.count)) synsets, and \(grouped(held)) are held out: name "
          + "more roots or neighbours, or hold out fewer"
      )
    }
    let order = chosen[rows: .permutation(chosen.count, using: generator)]
    let seen = chosen.count - recipe.unseen
    let graph = full.induced(on: order)
    observed = graph.induced(on: .range(0..<seen)).moved(to: device)
    whole = graph.moved(to: device)
    let glosses = order.scalars(Int.self).map { wordNet.synsets[$0].gloss }
    words = HashedWords(width: recipe.features, weightedBy: Array(glosses[..<seen]))
    features = words(glosses).moved(to: device)
    labels = wordNet.labels[rows: order].moved(to: device)
    let all = Examples(.range(0..<chosen.count, on: device), labels: labels)
    let firstTold = recipe.validation + recipe.test
    validation = all[0..<recipe.validation]
    test = all[recipe.validation..<firstTold]
    tellable = firstTold..<seen
    unseen = all[seen..<chosen.count]
  }

  /// All that are seen in training, with or without labels.
  package var seen: Examples { Examples(.range(0..<observed.nodeCount, on: features.device)) }

  /// Test nodes and unseen ones: what none of the choices saw.
  package var heldOut: Examples {
    Examples(
      .concatenated([test.inputs, unseen.inputs]),
      labels: .concatenated([test.labels!, unseen.labels!])
    )
  }

  /// The nodes whose labels are told: of each class the first in a random order.
  package func labelled(seed: UInt64) -> Examples {
    let drawn = Tensor.permutation(tellable.count, using: RandomGenerator(seed: seed))
    let nodes = drawn.scalars(Int.self).map { tellable.lowerBound + $0 }
    let classes = labels.moved(to: .cpu).scalars(Int.self)
    var told = [Int](repeating: 0, count: Self.classes)
    let kept = nodes.filter { node in
      told[classes[node]] += 1
      return told[classes[node]] <= recipe.labelsPerClass
    }
    let numbers = Tensor(kept, on: features.device)
    return Examples(numbers, labels: labels[rows: numbers])
  }

  /// A network asked about nodes by their numbers.
  ///
  /// - Parameter whole: Whether the unseen nodes have arrived.
  package func classifier(_ network: any Module, whole isWhole: Bool) -> NodeClassifier {
    let rows = isWhole ? features : features[0..<observed.nodeCount]
    guard let network = network as? GraphNetwork else {
      return NodeClassifier(alone: network, rows)
    }
    return NodeClassifier(network.on(isWhole ? whole : observed), rows)
  }

  package func teacher(_ kind: GraphTeacher, seed: UInt64) -> GraphNetwork {
    GraphNetwork(
      kind == .attention ? .attention(heads: recipe.heads) : .convolution,
      [recipe.features, recipe.teacherHidden, Self.classes],
      on: observed,
      dropout: recipe.dropout,
      using: RandomGenerator(seed: seed, on: features.device)
    )
  }

  package func student(isAlone: Bool, seed: UInt64) -> any Module {
    let generator = RandomGenerator(seed: seed, on: features.device)
    if isAlone {
      return MLP([recipe.features, recipe.aloneHidden, Self.classes], using: generator)
    }
    return GraphNetwork(
      .convolution,
      [recipe.features, recipe.studentHidden, Self.classes],
      on: observed,
      using: generator
    )
  }

  package var summary: String {
    let classes = Set(labels.moved(to: .cpu).scalars(Int.self)).count
    let same = (labels[rows: whole.sources] .== labels[rows: whole.targets]).cast(to: .float64)
    let alike = whole.edgeCount == 0 ? 0 : same.mean().doubleValue
    return "\(grouped(whole.nodeCount)) synsets of \(classes) classes, "
      + "\(grouped(whole.edgeCount / 2)) pairs of related ones, \(Int((100 * alike).rounded()))% of "
      + "one class; \(grouped(recipe.unseen)) synsets arrive after training"
  }
}
