import Exchange
import Foundation

/// Models that LightGBM saved as text, versions 2 to 4 of the format.
enum LightGBMModel {
  /// - Throws: `FileError` when the file cannot be read, is no such model, or one of another kind.
  static func read(from url: URL) throws -> TreeModel {
    let bytes = try RegularFile.parsed(url).dropLast()
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true)
    var sections = [LightGBMSection(url: url, name: "its head")]
    guard lines.first.map({ LightGBMSection.text($0) }) == "tree" else {
      throw sections[0].damaged("it holds no model of LightGBM")
    }
    for line in lines.dropFirst() {
      if line.starts(with: "end of trees".utf8) { break }
      if line.starts(with: "Tree=".utf8) {
        sections.append(.init(url: url, name: "its tree \(sections.count - 1)"))
      } else {
        sections[sections.count - 1].add(line)
      }
    }
    return try model(sections[0], sections.dropFirst())
  }

  private static func model(
    _ head: LightGBMSection,
    _ trees: ArraySlice<LightGBMSection>
  ) throws -> TreeModel {
    let objective = try head.text("objective")
    let outcome = try outcome(objective, head)
    let outputs = try head.integer("num_tree_per_iteration")
    let classes = try head.integer("num_class")
    guard outputs == classes, !outcome.isOverClasses || !objective.hasPrefix("multi") || classes > 1
    else {
      throw head.damaged("it has \(classes) classes and \(outputs) trees of a round")
    }
    let features = try head.integer("max_feature_idx")
    guard features < Int.max else { throw head.damaged("it takes too many features") }
    var builder = try TreeBuilder(featureCount: features + 1, outputCount: outputs)
    let isAverage = head.has("average_output")
    let rounds = max(trees.count / outputs, 1)
    guard trees.count % outputs == 0 else {
      throw head.damaged("it has \(trees.count) trees for \(outputs) classes")
    }
    for (index, tree) in trees.enumerated() {
      let output = Int32(index % outputs)
      try builder.add(
        nodes(of: tree) {
          .leaf([.init(output: output, value: isAverage ? $0 / Double(rounds) : $0)])
        }
      )
    }
    let names = try head.text("feature_names").split(separator: " ").map(String.init)
    return TreeModel(
      try builder.ensemble(),
      base: Array(repeating: 0, count: outputs),
      outcome: outcome,
      source: "LightGBM, \(objective.split(separator: " ").first ?? "")",
      featureNames: names.count == features + 1 ? names : nil
    )
  }

  private static func outcome(
    _ objective: String,
    _ head: LightGBMSection
  ) throws -> TreeModel.Outcome {
    let words = objective.split(separator: " ")
    var slope = 1.0
    for word in words where word.hasPrefix("sigmoid:") {
      guard let number = Double(word.dropFirst(8)), number.isFinite, number > 0 else {
        throw head.damaged("its sigmoid is '\(word.prefix(30))'")
      }
      slope = number
    }
    switch words.first {
    case "binary": return .logits(slope: slope)
    case "multiclass": return .logits(slope: 1)
    case "multiclassova": return .oneVersusAll(slope: slope)
    case "cross_entropy": return .reals(.sigmoid)
    case "cross_entropy_lambda": return .reals(.softplus)
    case "poisson", "gamma", "tweedie": return .reals(.exponential)
    case "regression" where words.contains("sqrt"): return .reals(.square)
    case "regression", "regression_l1", "huber", "fair", "quantile", "mape", "lambdarank",
      "rank_xendcg":
      return .reals(.identity)
    default:
      throw FileError(
        head.url,
        "its objective '\(objective.prefix(60))' is not known here",
        "train with binary or multiclass, or record its answers and give them with --teacher-values"
      )
    }
  }

  private static func nodes(
    of tree: LightGBMSection,
    leaf: (Double) -> TreeBuilder.Node
  ) throws -> [TreeBuilder.Node] {
    guard try tree.optionalInteger("is_linear") ?? 0 == 0 else {
      throw FileError(
        tree.url,
        "\(tree.name) has linear models in its leaves",
        "train it without linear_tree"
      )
    }
    let leaves = try tree.numbers("leaf_value")
    let count = try tree.integer("num_leaves")
    guard count == leaves.count, count > 0 else {
      throw tree.damaged("\(tree.name) has \(count) leaves and \(leaves.count) values of them")
    }
    let splits = count - 1
    guard splits > 0 else { return [leaf(leaves[0])] }
    let features = try tree.integers("split_feature", splits)
    let thresholds = try tree.numbers("threshold", splits)
    let kinds = try tree.integers("decision_type", splits)
    let left = try tree.integers("left_child", splits)
    let right = try tree.integers("right_child", splits)
    let sets = try tree.optionalInteger("num_cat") ?? 0 > 0 ? tree.categories() : []
    /// Leaves are behind the splits, and named by the complement of their number.
    func place(_ child: Int) -> Int {
      guard child < 0 else { return child < splits ? child : .max }
      return ~child < count ? splits + ~child : .max
    }
    var nodes: [TreeBuilder.Node] = try (0..<splits).map { index in
      let kind = kinds[index]
      let question: TreeQuestion
      var missing = false
      if kind & 1 != 0 {
        guard let set = Int(exactly: thresholds[index]), sets.indices.contains(set) else {
          throw tree.damaged("\(tree.name) asks for a set of categories that it has not")
        }
        // Numbers from above −1 on are 0 without their fraction.
        question = .isCategory(sets[set], from: .upTo(-1))
      } else {
        let threshold = Float(below: thresholds[index])
        let goesLeft = kind & 2 != 0
        switch kind >> 2 & 3 {
        case 0: (question, missing) = (.isUpTo(threshold), 0 <= threshold)
        case 1: (question, missing) = (zeros(threshold, goesLeft), goesLeft)
        case 2: (question, missing) = (.isUpTo(threshold), goesLeft)
        default: throw tree.damaged("\(tree.name) has a split of type \(kind)")
        }
      }
      return .split(
        feature: features[index],
        question,
        yes: place(left[index]),
        no: place(right[index]),
        missing: missing
      )
    }
    nodes += leaves.map(leaf)
    return nodes
  }

  /// `x ≤ threshold` where zeros are taken as missing.
  private static func zeros(_ threshold: Float, _ goesLeft: Bool) -> TreeQuestion {
    let zero = 1e-35 as Float
    let (low, high) = (TreeQuestion.Boundary.below(-zero), TreeQuestion.Boundary.upTo(zero))
    let whole = TreeQuestion.Boundary.upTo(threshold)
    let boundaries: [TreeQuestion.Boundary]
    if threshold < -zero {
      boundaries = goesLeft ? [whole, low, high] : [whole]
    } else if threshold < zero {
      boundaries = [goesLeft ? high : low]
    } else {
      boundaries = goesLeft ? [whole] : [low, high, whole]
    }
    return TreeQuestion(boundaries: boundaries)
  }
}

/// Lines `name=value`, of the head or of one tree.
struct LightGBMSection {
  let url: URL
  let name: String
  private var lines: [String: ArraySlice<UInt8>] = [:]

  init(url: URL, name: String) { (self.url, self.name) = (url, name) }

  static func text(_ bytes: ArraySlice<UInt8>) -> String {
    String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespaces)
  }

  mutating func add(_ line: ArraySlice<UInt8>) {
    let line = line.last == 0x0d ? line.dropLast() : line
    let equals = line.firstIndex(of: UInt8(ascii: "=")) ?? line.endIndex
    lines[Self.text(line[..<equals])] = line[min(equals + 1, line.endIndex)...]
  }

  func damaged(_ problem: String) -> FileError {
    FileError(url, problem, "save the model again with LightGBM")
  }

  func has(_ key: String) -> Bool { lines[key] != nil }

  func text(_ key: String) throws -> String {
    guard let line = lines[key] else { throw damaged("\(name) has no '\(key)'") }
    return Self.text(line)
  }

  func optionalInteger(_ key: String) throws -> Int? { has(key) ? try integer(key) : nil }

  func integer(_ key: String) throws -> Int {
    let text = try text(key)
    guard let integer = Int(text) else {
      throw damaged("\(name) has the '\(key)' '\(text.prefix(30))', which is no whole number")
    }
    return integer
  }

  private func words(_ key: String) throws -> [ArraySlice<UInt8>] {
    guard let line = lines[key] else { throw damaged("\(name) has no '\(key)'") }
    return line.split(separator: 0x20)
  }

  func numbers(_ key: String, _ count: Int? = nil) throws -> [Double] {
    try list(key, count) { Double($0) }
  }

  func integers(_ key: String, _ count: Int? = nil) throws -> [Int] {
    try list(key, count) { Int($0) }
  }

  private func list<Number>(
    _ key: String,
    _ count: Int?,
    _ number: (String) -> Number?
  ) throws -> [Number] {
    let words = try words(key)
    guard words.count == count ?? words.count else {
      throw damaged("\(name) has \(words.count) of '\(key)' where there are \(count!)")
    }
    return try words.map { word in
      let text = String(decoding: word, as: UTF8.self)
      guard let number = number(text) else {
        throw damaged("\(name) has '\(text.prefix(30))' among '\(key)', which is no number")
      }
      return number
    }
  }

  /// The sets of categories, which are written as bits of words of 32.
  func categories() throws -> [[Int]] {
    let boundaries = try integers("cat_boundaries")
    let words = try integers("cat_threshold")
    guard let first = boundaries.first, first >= 0, boundaries.last! <= words.count,
      zip(boundaries, boundaries.dropFirst()).allSatisfy({ $0 <= $1 }),
      words.allSatisfy({ (0...Int(UInt32.max)).contains($0) })
    else { throw damaged("\(name) has sets of categories that do not fit") }
    return zip(boundaries, boundaries.dropFirst()).map { start, end in
      (start..<end).flatMap { word in
        (0..<32).filter { words[word] >> $0 & 1 != 0 }.map { (word - start) * 32 + $0 }
      }
    }
  }
}

extension ModelFormat {
  static let lightGBM = ModelFormat(
    "txt",
    "trees of LightGBM",
    trees: { try LightGBMModel.read(from: $0) },
    isBegun: { $0.hasPrefix("tree\n") || $0.hasPrefix("tree\r\n") }
  )
}
