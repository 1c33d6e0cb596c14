import Exchange
import Foundation
import Tensors
import Testing

@testable import ModelFiles

/// Files of trees that are damaged or made to harm: each is refused in one sentence.
@Suite struct HostileTreeTests {
  private static func text(_ name: String) -> String {
    try! String(contentsOf: Fixtures.url(name), encoding: .utf8)
  }

  /// A file with the first match of a pattern replaced.
  private static func changed(_ name: String, _ pattern: String, _ other: String) -> String {
    let text = text(name)
    guard let range = text.range(of: pattern, options: .regularExpression) else {
      Issue.record("\(name) has no \(pattern)")
      return text
    }
    return text.replacingCharacters(in: range, with: other)
  }

  static let json: [(what: String, text: String, words: String)] = [
    ("nothing", "", "no JSON"), ("another document", "{\"a\":[1,2]}", "holds no model of XGBoost"),
    ("a list", "[1,2]", "holds no model of XGBoost"),
    ("half a file", String(text("tree-xgb-binary.json").prefix(5000)), "no JSON"),
    ("lists without end", String(repeating: "[", count: 100_000), "more than 64 deep"),
    (
      "objects without end", String(repeating: "{\"a\":", count: 100_000), "more than 64 deep"
    ),
    (
      "a circle",
      changed("tree-xgb-binary.json", "\"left_children\":\\[1,", "\"left_children\":[0,"),
      "leads to its node 0 twice"
    ),
    (
      "two ways to one node",
      changed("tree-xgb-binary.json", "\"left_children\":\\[1,", "\"left_children\":[2,"),
      "twice, and is no tree"
    ),
    (
      "a node that is not there",
      changed("tree-xgb-binary.json", "\"left_children\":\\[1,", "\"left_children\":[99999,"),
      "leads to node 99999"
    ),
    (
      "a node before the first",
      changed("tree-xgb-binary.json", "\"left_children\":\\[1,", "\"left_children\":[-7,"),
      "leads to node -7"
    ),
    (
      "a feature that is not there",
      changed("tree-xgb-binary.json", "\"split_indices\":\\[\\d+", "\"split_indices\":[4000000000"),
      "asks about feature 4000000000"
    ),
    (
      "a threshold that is no number",
      changed("tree-xgb-binary.json", "\"split_conditions\":\\[[^,]+", "\"split_conditions\":[NaN"),
      "what is no number"
    ),
    (
      "a node of a half",
      changed("tree-xgb-binary.json", "\"left_children\":\\[1,", "\"left_children\":[1.5,"),
      "no list of whole numbers"
    ),
    (
      "a list too short",
      changed("tree-xgb-binary.json", "\"default_left\":\\[[01],", "\"default_left\":["),
      "has lists of"
    ),
    (
      "features without number",
      changed(
        "tree-xgb-binary.json",
        "\"num_feature\":\"8\",\"num_target\"",
        "\"num_feature\":\"99999999999\",\"num_target\""
      ),
      "takes 99999999999 features"
    ),
    (
      "classes without number",
      changed("tree-xgb-multi.json", "\"num_class\":\"4\"", "\"num_class\":\"99999999999\""),
      "99999999999 classes"
    ),
    (
      "fewer classes", changed("tree-xgb-multi.json", "\"num_class\":\"4\"", "\"num_class\":\"2\""),
      "is of class 2 of 2"
    ),
    (
      "a base score that is none",
      changed("tree-xgb-binary.json", "\"base_score\":\"[^\"]+\"", "\"base_score\":\"7\""),
      "base score"
    ),
    (
      "a linear booster", changed("tree-xgb-binary.json", "\"gbtree\"", "\"gblinear\""),
      "which is no trees"
    ),
    (
      "an objective of one's own",
      changed("tree-xgb-binary.json", "binary:logistic", "mine:\\\\u0041"), "is not known here"
    ),
    (
      "sets of categories beyond the file",
      changed(
        "tree-xgb-categories.json",
        "\"categories_sizes\":\\[\\d+",
        "\"categories_sizes\":[999999"
      ),
      "do not fit"
    ),
    (
      "a negative category",
      changed("tree-xgb-categories.json", "\"categories\":\\[\\d+", "\"categories\":[-1"),
      "do not fit"
    ),
  ]

  @Test(arguments: json.indices) func jsonIsRefusedInASentence(index: Int) throws {
    try refuse(Self.json[index].text, "a.json", Self.json[index].words, Self.json[index].what)
  }

  private func refuse(_ text: String, _ name: String, _ words: String, _ what: String) throws {
    let folder = try TemporaryFolder()
    let url = try folder.file(name, Array(text.utf8))
    let said = sentence { try TreeModel(contentsOf: url) }
    #expect(said.contains(words), "\(what): \(said)")
    #expect(!said.contains("\n") && said.utf8.count < 600, "\(said)")
  }

  static let light: [(what: String, text: String, words: String)] = [
    ("nothing", "", "holds no model of LightGBM"),
    ("a table", "a,b\n1,2\n", "holds no model of LightGBM"),
    ("a head alone", "tree\nversion=v4\n", "has no 'objective'"),
    (
      "no trees", String(text("tree-lgb-binary.txt").prefix { $0 != "T" }), "holds no trees"
    ),
    (
      "a circle", changed("tree-lgb-binary.txt", "left_child=\\S+", "left_child=0"),
      "leads to its node 0 twice"
    ),
    (
      "a leaf that is not there",
      changed("tree-lgb-binary.txt", "left_child=\\S+", "left_child=-9999"), "leads to node"
    ),
    (
      "the lowest number",
      changed("tree-lgb-binary.txt", "left_child=\\S+", "left_child=-9223372036854775808"),
      "leads to node"
    ),
    (
      "a feature that is not there",
      changed("tree-lgb-binary.txt", "split_feature=\\S+", "split_feature=77"), "feature 77"
    ),
    (
      "a threshold that is no number",
      changed("tree-lgb-binary.txt", "threshold=\\S+", "threshold=nan"), "what is no number"
    ),
    (
      "a leaf that is infinite",
      changed("tree-lgb-binary.txt", "leaf_value=\\S+", "leaf_value=inf"), "not finite"
    ),
    (
      "leaves without number",
      changed("tree-lgb-binary.txt", "num_leaves=12", "num_leaves=99999999"),
      "has 99999999 leaves"
    ),
    (
      "features without number",
      changed("tree-lgb-binary.txt", "max_feature_idx=7", "max_feature_idx=9223372036854775807"),
      "too many features"
    ),
    (
      "no trees of a round",
      changed("tree-lgb-binary.txt", "num_tree_per_iteration=1", "num_tree_per_iteration=0"),
      "trees of a round"
    ),
    (
      "classes that do not fit",
      changed("tree-lgb-multi.txt", "num_class=4", "num_class=3"), "trees of a round"
    ),
    (
      "a word among numbers", changed("tree-lgb-binary.txt", "threshold=\\S+", "threshold=high"),
      "is no number"
    ),
    (
      "a set that is not there",
      changed("tree-lgb-categories.txt", "cat_boundaries=0 2", "cat_boundaries=0 9"), "do not fit"
    ),
    (
      "linear leaves", changed("tree-lgb-binary.txt", "is_linear=0", "is_linear=1"), "linear_tree"
    ),
    (
      "an objective of one's own",
      changed("tree-lgb-binary.txt", "objective=binary", "objective=mine"),
      "is not known here"
    ),
  ]

  @Test(arguments: light.indices) func textIsRefusedInASentence(index: Int) throws {
    try refuse(Self.light[index].text, "a.txt", Self.light[index].words, Self.light[index].what)
  }

  /// A chain of questions deeper than any library makes.
  @Test func depthIsBounded() throws {
    let count = 5000
    let nodes = (0..<count).map {
      TreeBuilder.Node.split(
        feature: 0,
        .isBelow(Float($0)),
        yes: count + $0,
        no: $0 == count - 1 ? 2 * count : $0 + 1,
        missing: false
      )
    }
    let leaves = (0...count).map { _ in TreeBuilder.Node.leaf([]) }
    var builder = try TreeBuilder(featureCount: 1, outputCount: 1)
    let error = #expect(throws: GraphBuilder.Refusal.self) { try builder.add(nodes + leaves) }
    #expect(error?.problem.contains("more than 4096 questions") == true)
  }

  /// Every byte of a file of UBJSON, changed and cut off: an answer or a sentence.
  @Test func binaryFilesAreReadOrRefused() throws {
    let bytes = [UInt8](try Data(contentsOf: Fixtures.url("tree-xgb-forest.ubj")))
    let folder = try TemporaryFolder()
    var refused = 0
    for place in stride(from: 0, to: bytes.count, by: 61) {
      for change in [0x00, 0x24, 0x5b, 0xff] as [UInt8] {
        var other = bytes
        other[place] = change
        refused += try tried(folder.file("a.ubj", other)) ? 0 : 1
      }
      refused += try tried(folder.file("a.ubj", bytes.prefix(place))) ? 0 : 1
    }
    #expect(refused > bytes.count / 61)
  }

  private func tried(_ url: URL) -> Bool {
    do {
      let model = try TreeModel(contentsOf: url)
      _ = model.values(of: .zeros([2, model.ensemble.featureCount]))
      return true
    } catch {
      #expect(error is FileError && !"\(error)".contains("\n"), "\(error)")
      return false
    }
  }

  static let documents: [(what: String, bytes: [UInt8])] = [
    ("values without bytes, as many as one likes", Array("[$Z#l".utf8) + [0x7f, 0xff, 0xff, 0xff]),
    ("a list longer than the file", Array("[$d#l".utf8) + [0x7f, 0xff, 0xff, 0xff]),
    ("a text longer than the file", Array("SL".utf8) + [0x7f] + [UInt8](repeating: 0xff, count: 7)),
    ("a negative length", Array("[#i".utf8) + [0x80]),
    ("lists without end", [UInt8](repeating: UInt8(ascii: "["), count: 100_000)),
    ("lists of lists", Array(repeating: Array("[$[#U".utf8) + [1], count: 200).flatMap { $0 }),
    ("no-ops alone", [UInt8](repeating: UInt8(ascii: "N"), count: 100_000)),
  ]

  @Test(arguments: documents.indices) func hostileDocumentsAreRefused(index: Int) throws {
    let folder = try TemporaryFolder()
    let url = try folder.file("a.ubj", Self.documents[index].bytes)
    let said = sentence { try TreeModel(contentsOf: url) }
    #expect(!said.isEmpty && !said.contains("\n"), "\(Self.documents[index].what): \(said)")
  }
}
