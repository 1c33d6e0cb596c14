import Foundation
import Tensors

/// Trees of an ONNX operator: `TreeEnsembleClassifier`, `TreeEnsembleRegressor`, or `TreeEnsemble`.
struct ONNXTrees: Sendable {
  typealias Refusal = GraphBuilder.Refusal

  /// What becomes of the sums of a row.
  enum Transform: String, Sendable {
    case none = "NONE"
    case softmax = "SOFTMAX"
    case logistic = "LOGISTIC"
    case softmaxOfNonzero = "SOFTMAX_ZERO"
    case probit = "PROBIT"
  }

  private(set) var ensemble: TreeEnsemble
  private(set) var base: [Double]
  let transform: Transform
  /// Of a classifier.
  let labels: ONNXAttributes.Labels?
  /// Whether one sum stands for two classes.
  let isBinary: Bool
  /// Whether no leaf is negative, as in forests.
  let isPositive: Bool

  private static func damaged(_ problem: String) -> Refusal {
    .init(problem: "its trees \(problem)", advice: "the file is damaged: export the model again")
  }

  init(classifier attributes: [String: ONNXAttribute]) throws {
    let all = ONNXAttributes(attributes)
    guard let labels = try all.labels() else { throw Self.damaged("have no classes") }
    let ids = try all.integers("class_ids")
    // Two classes with one sum, of class 1 or of class 0.
    isBinary = labels.count == 2 && Set(ids).count == 1
    isPositive = try all.reals("class_weights").allSatisfy { $0 >= 0 }
    self.labels = labels
    transform = try Self.transform(all.text("post_transform", "NONE"))
    ensemble = try Self.ensemble(
      all,
      leaves: "class",
      ids: isBinary ? ids.map { _ in 0 } : ids,
      outputs: isBinary ? 1 : labels.count
    )
    let base = try all.reals("base_values")
    self.base = isBinary && base.count == 2 ? [base[1]] : base
    try checkBase()
  }

  init(regressor attributes: [String: ONNXAttribute]) throws {
    let all = ONNXAttributes(attributes)
    (labels, isBinary, isPositive) = (nil, false, false)
    transform = try Self.transform(all.text("post_transform", "NONE"))
    ensemble = try Self.ensemble(
      all,
      leaves: "target",
      ids: all.integers("target_ids"),
      outputs: all.integer("n_targets", 1)
    )
    ensemble.aggregation = try Self.aggregation(all.text("aggregate_function", "SUM"))
    base = try all.reals("base_values")
    try checkBase()
  }

  /// The newer operator, which keeps splits and leaves apart.
  init(_ attributes: [String: ONNXAttribute]) throws {
    let all = ONNXAttributes(attributes)
    (labels, isBinary, isPositive) = (nil, false, false)
    let names = ["NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO", "PROBIT"]
    let number = try all.integer("post_transform", 0)
    transform = try Self.transform(names.indices.contains(number) ? names[number] : "\(number)")
    ensemble = try Self.ensemble(ofSplits: all)
    let sums = ["AVERAGE", "SUM", "MIN", "MAX"]
    let way = try all.integer("aggregate_function", 1)
    ensemble.aggregation = try Self.aggregation(sums.indices.contains(way) ? sums[way] : "\(way)")
    base = []
    try checkBase()
  }

  private static func transform(_ name: String) throws -> Transform {
    guard let found = Transform(rawValue: name) else {
      throw damaged("are followed by '\(name.prefix(30))', which is not known here")
    }
    return found
  }

  private static func aggregation(_ name: String) throws -> TreeEnsemble.Aggregation {
    switch name {
    case "SUM": return .sum
    case "AVERAGE": return .average
    case "MIN": return .least
    case "MAX": return .greatest
    default: throw damaged("are put together by '\(name.prefix(30))', which is not known here")
    }
  }

  private mutating func checkBase() throws {
    if base.isEmpty { base = Array(repeating: 0, count: ensemble.outputCount) }
    guard base.count == ensemble.outputCount, base.allSatisfy(\.isFinite) else {
      throw Self.damaged("start from \(base.count) numbers for \(ensemble.outputCount) sums")
    }
  }

  private static func question(_ mode: String, _ value: Double) throws -> TreeQuestion {
    switch mode {
    case "BRANCH_LEQ": return .isUpTo(Float(below: value))
    case "BRANCH_LT": return .isBelow(Float(above: value))
    case "BRANCH_GTE": return TreeQuestion.isBelow(Float(above: value)).negated
    case "BRANCH_GT": return TreeQuestion.isUpTo(Float(below: value)).negated
    case "BRANCH_EQ": return .isAmong([Float(value)])
    case "BRANCH_NEQ": return TreeQuestion.isAmong([Float(value)]).negated
    default: throw damaged("have a node of mode '\(mode.prefix(30))', which is not known here")
    }
  }

  /// A number that is missing is no number, which is unequal to all.
  private static func answersMissing(_ mode: String, _ tracks: Bool) -> Bool {
    tracks || mode == "BRANCH_NEQ"
  }

  /// - Parameter leaves: What the names of the lists about leaves begin with.
  private static func ensemble(
    _ all: ONNXAttributes,
    leaves: String,
    ids: [Int],
    outputs: Int
  ) throws -> TreeEnsemble {
    let trees = try all.integers("nodes_treeids")
    let numbers = try all.integers("nodes_nodeids")
    let features = try all.integers("nodes_featureids")
    let modes = try all.texts("nodes_modes")
    let values = try all.reals("nodes_values")
    let yes = try all.integers("nodes_truenodeids")
    let no = try all.integers("nodes_falsenodeids")
    let tracks = try all.integers("nodes_missing_value_tracks_true")
    for count in [numbers.count, features.count, modes.count, values.count, yes.count, no.count]
    where count != trees.count {
      throw damaged("have lists of \(trees.count) and of \(count) nodes")
    }
    guard tracks.isEmpty || tracks.count == trees.count else {
      throw damaged("say of \(tracks.count) nodes where missing numbers go, of \(trees.count)")
    }
    let leafTrees = try all.integers("\(leaves)_treeids")
    let leafNodes = try all.integers("\(leaves)_nodeids")
    let weights = try all.reals("\(leaves)_weights")
    guard leafTrees.count == ids.count, leafNodes.count == ids.count, weights.count == ids.count
    else { throw damaged("have lists of \(ids.count) and of \(weights.count) leaves") }
    guard ids.allSatisfy({ (0..<max(outputs, 1)).contains($0) }) else {
      throw damaged("have leaves of other outputs than the \(outputs) that there are")
    }
    var entries: [Key: [TreeEnsemble.Entry]] = [:]
    for index in ids.indices {
      entries[Key(tree: leafTrees[index], node: leafNodes[index]), default: []]
        .append(.init(output: Int32(ids[index]), value: weights[index]))
    }
    var places: [Key: Int] = [:]
    for index in trees.indices {
      let key = Key(tree: trees[index], node: numbers[index])
      guard places.updateValue(index, forKey: key) == nil else {
        throw damaged("have two nodes \(key.node) in tree \(key.tree)")
      }
    }
    func place(_ node: Int, of index: Int) throws -> Int {
      guard let place = places[Key(tree: trees[index], node: node)] else {
        throw damaged("lead to a node \(node) of tree \(trees[index]) that is not there")
      }
      return place
    }
    var isChild = [Bool](repeating: false, count: trees.count)
    let nodes = try trees.indices.map { index -> TreeBuilder.Node in
      let mode = modes[index]
      if mode == "LEAF" {
        return .leaf(entries[Key(tree: trees[index], node: numbers[index])] ?? [])
      }
      let (left, right) = (try place(yes[index], of: index), try place(no[index], of: index))
      (isChild[left], isChild[right]) = (true, true)
      return .split(
        feature: features[index],
        try question(mode, values[index]),
        yes: left,
        no: right,
        missing: answersMissing(mode, !tracks.isEmpty && tracks[index] != 0)
      )
    }
    var known: Set<Int> = []
    let roots = trees.indices.filter { !isChild[$0] && known.insert(trees[$0]).inserted }
    guard known == Set(trees) else { throw damaged("are in a circle") }
    return try ensemble(nodes, roots, features: features, outputs: outputs)
  }

  private struct Key: Hashable {
    let tree: Int
    let node: Int
  }

  private static func ensemble(
    _ nodes: [TreeBuilder.Node],
    _ roots: [Int],
    features: [Int],
    outputs: Int
  ) throws -> TreeEnsemble {
    let most = features.max() ?? 0
    var builder = try TreeBuilder(
      featureCount: most < 0 || most == .max ? 0 : most + 1,
      outputCount: outputs
    )
    try builder.add(nodes, roots: roots)
    return try builder.ensemble()
  }

  private static func ensemble(ofSplits all: ONNXAttributes) throws -> TreeEnsemble {
    let features = try all.integers("nodes_featureids")
    let modes = try all.integers("nodes_modes")
    let splits = try all.reals("nodes_splits")
    let yes = try all.integers("nodes_truenodeids")
    let no = try all.integers("nodes_falsenodeids")
    let yesIsLeaf = try all.integers("nodes_trueleafs")
    let noIsLeaf = try all.integers("nodes_falseleafs")
    let tracks = try all.integers("nodes_missing_value_tracks_true")
    let counts = [
      modes.count, splits.count, yes.count, no.count, yesIsLeaf.count, noIsLeaf.count,
    ]
    for count in counts where count != features.count {
      throw damaged("have lists of \(features.count) and of \(count) nodes")
    }
    guard tracks.isEmpty || tracks.count == features.count else {
      throw damaged("say of \(tracks.count) nodes where missing numbers go, of \(features.count)")
    }
    let outputs = try all.integer("n_targets", 1)
    let ids = try all.integers("leaf_targetids")
    let weights = try all.reals("leaf_weights")
    guard ids.count == weights.count, ids.allSatisfy({ (0..<max(outputs, 1)).contains($0) }) else {
      throw damaged(
        "have \(ids.count) leaves and \(weights.count) numbers of them, or other outputs"
      )
    }
    // Sets follow each other, each ended by what is no number.
    var sets = try all.reals("membership_values")
      .split(omittingEmptySubsequences: false) { $0.isNaN }.map { $0.map { Float($0) } }[...]
    let names = [
      "BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ",
    ]
    var nodes: [TreeBuilder.Node] = []
    var leaves: [TreeBuilder.Node] = []
    func child(_ index: Int, isLeaf: Bool) throws -> Int {
      guard (0..<(isLeaf ? ids.count : features.count)).contains(index) else {
        throw damaged("lead to \(isLeaf ? "leaf" : "node") \(index), which is not there")
      }
      guard isLeaf else { return index }
      leaves.append(.leaf([.init(output: Int32(ids[index]), value: weights[index])]))
      return features.count + leaves.count - 1
    }
    for index in features.indices {
      let question: TreeQuestion
      var mode = ""
      if modes[index] == 6 {
        guard let set = sets.popFirst() else { throw damaged("ask for sets that are not there") }
        question = .isAmong(set)
      } else {
        mode = names.indices.contains(modes[index]) ? names[modes[index]] : "\(modes[index])"
        question = try Self.question(mode, splits[index])
      }
      nodes.append(
        .split(
          feature: features[index],
          question,
          yes: try child(yes[index], isLeaf: yesIsLeaf[index] != 0),
          no: try child(no[index], isLeaf: noIsLeaf[index] != 0),
          missing: answersMissing(mode, !tracks.isEmpty && tracks[index] != 0)
        )
      )
    }
    return try ensemble(
      nodes + leaves,
      all.integers("tree_roots"),
      features: features,
      outputs: outputs
    )
  }
}
