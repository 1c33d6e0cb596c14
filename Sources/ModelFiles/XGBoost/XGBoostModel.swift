import Exchange
import Foundation

/// Models that XGBoost saved, releases 1.0 to 3: boosted trees and forests, with `dart` weights and
/// categories.
enum XGBoostModel {
  /// What becomes of the sums for the objectives that there are, and how the base score becomes one.
  private static let objectives: [String: (outcome: TreeModel.Outcome, margin: Margin)] = [
    "binary:logistic": (.logits(slope: 1), .logit),
    "binary:logitraw": (.logits(slope: 1), .logit),
    "multi:softprob": (.logits(slope: 1), .identity),
    "multi:softmax": (.logits(slope: 1), .identity),
    "reg:logistic": (.reals(.sigmoid), .logit),
    "reg:squarederror": (.reals(.identity), .identity),
    "reg:linear": (.reals(.identity), .identity),
    "reg:squaredlogerror": (.reals(.identity), .identity),
    "reg:pseudohubererror": (.reals(.identity), .identity),
    "reg:absoluteerror": (.reals(.identity), .identity),
    "reg:quantileerror": (.reals(.identity), .identity),
    "reg:gamma": (.reals(.exponential), .logarithm),
    "reg:tweedie": (.reals(.exponential), .logarithm),
    "count:poisson": (.reals(.exponential), .logarithm),
    "survival:cox": (.reals(.exponential), .logarithm),
    "survival:aft": (.reals(.exponential), .logarithm),
    "rank:pairwise": (.reals(.identity), .identity),
    "rank:ndcg": (.reals(.identity), .identity),
    "rank:map": (.reals(.identity), .identity),
  ]

  /// From the base score to what sums start from.
  private enum Margin {
    case identity, logit, logarithm

    /// In the type in which the library has it.
    func value(_ score: Double) -> Float {
      let score = Float(score)
      switch self {
      case .identity: return score
      case .logit: return -log(1 / score - 1)
      case .logarithm: return log(score)
      }
    }
  }

  /// - Throws: `FileError` when the document is no such model, or one of another kind.
  static func read(_ value: DocumentValue, of url: URL) throws -> TreeModel {
    let document = DocumentPlace(url: url, value: value)
    guard case .object(let members) = value, members["learner"] != nil else {
      throw document.damaged("it holds no model of XGBoost")
    }
    let learner = try document["learner"]
    let objective = try learner["objective"]["name"].text()
    guard let (outcome, margin) = objectives[objective] else {
      throw FileError(
        url,
        "its objective '\(objective.prefix(60))' is not known here",
        "train with binary:logistic or multi:softprob, or record its answers and give them with "
          + "--teacher-values"
      )
    }
    let parameters = try learner["learner_model_param"]
    let classes = try parameters.optional("num_class")?.integer() ?? 0
    let targets = try parameters.optional("num_target")?.integer() ?? 1
    guard targets <= 1 || classes <= 1, (0...1 << 20).contains(classes) else {
      throw parameters.damaged("it has \(classes) classes and \(targets) targets")
    }
    guard targets <= 1 || !outcome.isOverClasses else {
      throw FileError(
        url,
        "it says yes or no to \(targets) things at once",
        "train a model for each, or one for classes that exclude each other"
      )
    }
    let outputs = max(classes, targets, 1)
    guard !objective.hasPrefix("multi:") || outputs > 1 else {
      throw parameters.damaged("its objective is of several classes, and it has \(classes)")
    }
    let (model, weights) = try trees(of: learner["gradient_booster"])
    var builder = try TreeBuilder(
      featureCount: parameters["num_feature"].integer(),
      outputCount: outputs
    )
    let all = try model["trees"].list()
    let groups = try model["tree_info"].integers()
    guard groups.count == all.count, weights?.count ?? all.count == all.count else {
      throw model.damaged("it has \(all.count) trees, and classes or weights of another number")
    }
    for (index, tree) in all.enumerated() {
      guard (0..<outputs).contains(groups[index]) else {
        throw model.damaged("its tree \(index) is of class \(groups[index]) of \(outputs)")
      }
      try builder.add(
        nodes(of: tree, output: Int32(groups[index]), weight: weights.map { Float($0[index]) })
      )
    }
    var ensemble = try builder.ensemble()
    ensemble.aggregation = .sumOfFloats
    let names = try learner.optional("feature_names")?.texts() ?? []
    return TreeModel(
      ensemble,
      base: try base(parameters["base_score"], outputs, margin),
      outcome: outcome,
      source: "XGBoost, \(objective)",
      featureNames: names.count == ensemble.featureCount ? names : nil
    )
  }

  /// The model inside a booster, and the weights of its trees.
  private static func trees(
    of booster: DocumentPlace
  ) throws -> (model: DocumentPlace, weights: [Double]?) {
    switch try booster["name"].text() {
    case "gbtree": return (try booster["model"], nil)
    case "dart": return (try booster["gbtree"]["model"], try booster["weight_drop"].numbers())
    case let name:
      throw FileError(
        booster.url,
        "its booster is '\(name.prefix(60))', which is no trees",
        "train it with the booster gbtree or dart"
      )
    }
  }

  /// A number, or a list of one for each output or for all, written as text.
  private static func base(
    _ place: DocumentPlace,
    _ outputs: Int,
    _ margin: Margin
  ) throws -> [Double] {
    let scores: [Double]
    switch place.value {
    case .number(let number): scores = [number]
    case .numbers(let numbers): scores = numbers
    default:
      let text = try place.text().trimmingCharacters(in: ["[", "]"])
      scores = text.split(separator: ",").compactMap {
        Double($0.trimmingCharacters(in: .whitespaces))
      }
    }
    guard scores.count == 1 || scores.count == outputs else {
      throw place.damaged("it has \(scores.count) base scores for \(outputs) outputs")
    }
    let margins = scores.map { Double(margin.value($0)) }
    guard margins.allSatisfy(\.isFinite) else {
      throw place.damaged("its base score \(scores[0]) is not one")
    }
    return margins.count == outputs ? margins : Array(repeating: margins[0], count: outputs)
  }

  private static func nodes(
    of tree: DocumentPlace,
    output: Int32,
    weight: Float?
  ) throws -> [TreeBuilder.Node] {
    let vector = try tree.optional("tree_param")?.optional("size_leaf_vector")?.integer() ?? 0
    guard vector <= 1 else {
      throw FileError(
        tree.url,
        "its leaves hold \(vector) numbers each",
        "train it with multi_strategy=one_output_per_tree"
      )
    }
    let left = try tree["left_children"].integers()
    let right = try tree["right_children"].integers()
    let features = try tree["split_indices"].integers()
    let conditions = try tree["split_conditions"].numbers()
    let missing = try tree["default_left"].numbers()
    let types = try tree.optional("split_type")?.integers() ?? left.map { _ in 0 }
    for count in [right.count, features.count, conditions.count, missing.count, types.count]
    where count != left.count {
      throw tree.damaged("its '\(tree.path)' has lists of \(left.count) and of \(count) nodes")
    }
    let sets = try categories(of: tree)
    return try left.indices.map { index in
      if left[index] == -1 {
        let value = Float(conditions[index])
        return .leaf([.init(output: output, value: Double(weight.map { $0 * value } ?? value))])
      }
      let question: TreeQuestion
      switch types[index] {
      case 0: question = .isBelow(Float(conditions[index]))
      case 1:
        // Those of the set go to the right, and what is below all categories does not.
        question =
          TreeQuestion.isCategory(sets[index] ?? [], from: .below(0)).negated
      default: throw tree.damaged("its '\(tree.path)' has a split of type \(types[index])")
      }
      return .split(
        feature: features[index],
        question,
        yes: left[index],
        no: right[index],
        missing: missing[index] != 0
      )
    }
  }

  /// The sets of categories, by their nodes.
  private static func categories(of tree: DocumentPlace) throws -> [Int: [Int]] {
    guard let nodes = try tree.optional("categories_nodes")?.integers(), !nodes.isEmpty else {
      return [:]
    }
    let all = try tree["categories"].integers()
    let starts = try tree["categories_segments"].integers()
    let sizes = try tree["categories_sizes"].integers()
    guard starts.count == nodes.count, sizes.count == nodes.count,
      all.allSatisfy({ (0..<1 << 24).contains($0) })
    else { throw tree.damaged("its '\(tree.path)' has sets of categories that do not fit") }
    var sets: [Int: [Int]] = [:]
    var taken = 0
    for (node, (start, size)) in zip(nodes, zip(starts, sizes)) {
      taken += max(size, 0)
      // Together they are no more than what there is.
      guard start >= 0, size >= 0, size <= all.count, start <= all.count - size,
        taken <= all.count
      else { throw tree.damaged("its '\(tree.path)' has sets of categories that do not fit") }
      sets[node] = Array(all[start..<start + size])
    }
    return sets
  }
}

extension TreeModel.Outcome {
  var isOverClasses: Bool { if case .reals = self { false } else { true } }
}

extension ModelFormat {
  static let xgboost = ModelFormat(
    "json",
    "trees of XGBoost",
    trees: { try XGBoostModel.read(JSONDocument.read(from: $0), of: $0) },
    isBegun: XGBoostModel.isBegun
  )
  static let binaryXGBoost = ModelFormat(
    "ubj",
    "trees of XGBoost",
    trees: { try XGBoostModel.read(UBJSONDocument.read(from: $0), of: $0) },
    isBegun: XGBoostModel.isBegun
  )
}

extension XGBoostModel {
  /// In both notations.
  @Sendable fileprivate static func isBegun(_ text: String) -> Bool {
    text.hasPrefix("{") && text.contains("learner")
  }
}
