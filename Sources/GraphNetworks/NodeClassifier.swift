import Distillation
import Networks
import Tensors

/// A network asked about nodes by their number: `[batch]`, Int64, to `[batch, outputs]`.
///
/// Numbers of nodes are what batches are made of, so that training sees some nodes while the network
/// sees the whole graph, and so that a network without any graph is asked in the same way:
///
/// ```swift
/// let teacher = NodeClassifier(GraphNetwork(.convolution, [8, 64, 3], on: graph, using: g), features)
/// let student = NodeClassifier(alone: MLP([8, 32, 3], using: g), features)
/// try distill(
///   NodeTeacher(teacher),
///   into: student,
///   on: Examples(.range(0..<graph.nodeCount)).batches(of: graph.nodeCount, epochs: 200, shuffled: nil),
///   minimizing: .softCrossEntropy()
/// )
/// ```
///
/// Parameter paths and taps are the network's own. Taps are of all nodes, `[nodes, …]`, whichever
/// were asked for.
public struct NodeClassifier: Module {
  public let network: any Module
  /// What is known of each node, `[nodes, inputs]`.
  public let features: Tensor
  /// Whether the network looks at a node's own features only.
  public let isAlone: Bool

  /// A network that looks at all nodes at once.
  public init(_ network: any Module, _ features: Tensor) {
    self.init(network, features, isAlone: false)
  }

  /// A network that treats nodes apart, without any graph, such as an `MLP` (Zhang et al.,
  /// *Graph-less Neural Networks*, 2022).
  public init(alone network: any Module, _ features: Tensor) {
    self.init(network, features, isAlone: true)
  }

  private init(_ network: any Module, _ features: Tensor, isAlone: Bool) {
    self.network = network
    self.features = features
    self.isAlone = isAlone
  }

  /// The number of nodes that it can be asked about.
  public var nodeCount: Int { features.shape[0] }

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    if isAlone && pass.taps.isEmpty { return network(features[rows: input], pass) }
    return network(features, pass)[rows: input]
  }

  public var members: [(name: String, member: ModuleMember)] { [("", .module(network))] }
}

/// A teacher on a graph that stays as it is: it looks at all nodes once, and remembers.
///
/// Its features, too, are of all nodes. After its parameters or the graph have changed make another.
public final class NodeTeacher: Teacher {
  public let classifier: NodeClassifier
  public let meaning: Observation.Meaning
  private var seen: (features: Set<String>, observation: Observation)?

  /// - Parameter meaning: What the network's outputs are. The default is logits.
  public init(_ classifier: NodeClassifier, observedAs meaning: Observation.Meaning = .logits) {
    self.classifier = classifier
    self.meaning = meaning
  }

  public func observe(_ inputs: Tensor, _ request: Request) throws -> Observation {
    guard case .none = request.derivatives else {
      throw DistillationError(
        "a teacher asked by numbers of nodes has no derivatives with respect to them: choose a loss "
          + "without derivatives"
      )
    }
    if seen == nil || !request.features.isSubset(of: seen!.features) {
      let wanted = request.features.union(seen?.features ?? [])
      let nodes = Tensor.range(0..<classifier.nodeCount, on: classifier.features.device)
      let teacher = ModuleTeacher(classifier, observedAs: meaning)
      seen = (wanted, try teacher.observe(nodes, Request(features: wanted)))
    }
    var result = seen!.observation
    result.values = try withTorchErrors { result.values[rows: inputs] }
    return result
  }
}

extension Examples {
  /// The nodes where a mask is true, as examples: their numbers, and their labels.
  ///
  /// - Parameters:
  ///   - mask: `[nodes]`, `bool`, as PyTorch Geometric's `train_mask`.
  ///   - labels: Of all nodes, `[nodes]`.
  public init(nodes mask: Tensor, labels: Tensor? = nil) {
    let numbers = mask.nonZeroIndices.flattened()
    self.init(numbers, labels: labels?[rows: numbers])
  }

  /// All examples at every step.
  public func wholeBatches(steps: Int) -> ExampleBatches {
    batches(of: max(count, 1), epochs: steps, shuffled: nil)
  }
}
