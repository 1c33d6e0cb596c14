import Mathematics
import ModelFiles

/// What the trees of a file are.
package struct TreeSummary: Codable, Equatable {
  package var source: String
  package var trees: Int
  /// The most questions that one tree asks.
  package var depth: Int
  package var splits: Int
  package var leaves: Int
  package var features: Int
  /// Nil where the file has no names of its own.
  package var featureNames: [String]?
  /// Nil for trees that predict real numbers.
  package var classes: Int?
  /// What they give.
  package var outputs: Int
  package var meaning: String

  package init(_ model: TreeModel) {
    source = model.source
    trees = model.ensemble.treeCount
    depth = model.ensemble.depth
    splits = model.ensemble.nodeCount
    leaves = model.ensemble.leafCount
    features = model.ensemble.featureCount
    featureNames = model.featureNames
    classes = model.classCount
    outputs = model.ensemble.outputCount
    meaning = model.meaning.rawValue
  }

  package var lines: [String] {
    func counted(_ count: Int, _ one: String, _ many: String) -> String {
      "\(grouped(count)) \(count == 1 ? one : many)"
    }
    let names = featureNames.map { names in
      ": " + names.prefix(20).joined(separator: ", ") + (names.count > 20 ? ", …" : "")
    }
    return [
      counted(trees, "tree", "trees") + ", at most \(grouped(depth)) deep: "
        + counted(splits, "split", "splits") + ", " + counted(leaves, "leaf", "leaves"),
      counted(features, "feature", "features") + (names ?? ""),
      (classes.map { "\(grouped($0)) classes, " } ?? "") + "given as \(meaning)",
    ]
  }
}
