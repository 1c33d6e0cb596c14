/// What an ONNX model says that consists of trees.
struct ONNXTreeModel {
  /// Nil where other operators come before or behind.
  var trees: TreeModel?
  /// The classes, one in a line; nil where they are numbered.
  var classes: String?

  /// Nil for a model without trees, or with several of them.
  ///
  /// - Throws: `Refusal` when the trees are damaged.
  init?(_ graph: ONNXGraphProto) throws {
    let found = graph.nodes.filter {
      $0.domain == ONNXTables.domain && $0.type.hasPrefix("TreeEnsemble")
    }
    guard found.count == 1, let node = found.first else { return nil }
    let read: ONNXTrees
    switch node.type {
    case "TreeEnsembleClassifier": read = try ONNXTrees(classifier: node.attributes)
    case "TreeEnsembleRegressor": read = try ONNXTrees(regressor: node.attributes)
    default: read = try ONNXTrees(node.attributes)
    }
    classes = read.labels?.names?.joined(separator: "\n")
    let others: Set = ["Identity", "Cast", "ZipMap", node.type]
    guard graph.nodes.allSatisfy({ others.contains($0.type) }), graph.inputs.count == 1,
      let shape = graph.inputs[0].shape, shape.count == 2, let width = shape[1],
      (read.ensemble.featureCount...1 << 24).contains(width),
      Self.reachesInput(node.inputs.first ?? "", graph)
    else { return }
    var ensemble = read.ensemble
    ensemble.featureCount = width
    guard let outcome = Self.outcome(read) else { return }
    trees = TreeModel(
      ensemble,
      base: read.base,
      outcome: outcome,
      source: "ONNX \(node.type)"
    )
    trees?.classes = read.labels?.names
  }

  private static func outcome(_ trees: ONNXTrees) -> TreeModel.Outcome? {
    switch (trees.labels == nil, trees.transform) {
    case (true, .none): .reals(.identity)
    case (true, .logistic): .reals(.sigmoid)
    case (false, .logistic) where trees.isBinary: .logits(slope: 1)
    case (false, .softmax) where !trees.isBinary: .logits(slope: 1)
    case (false, .none) where trees.isPositive: .probabilities
    default: nil
    }
  }

  /// Whether a value is the input of the graph, but for its type.
  private static func reachesInput(_ name: String, _ graph: ONNXGraphProto) -> Bool {
    var name = name
    for _ in 0...graph.nodes.count {
      if name == graph.inputs[0].name { return true }
      guard let giver = graph.nodes.last(where: { $0.outputs.first == name }) else { return false }
      if giver.type == "Cast" {
        guard case .integer(let type)? = giver.attributes["to"], [1, 11].contains(type) else {
          return false
        }
      } else if giver.type != "Identity" {
        return false
      }
      name = giver.inputs.first ?? ""
    }
    return false
  }
}
