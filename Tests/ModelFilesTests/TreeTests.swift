import Distillation
import Exchange
import Foundation
import Tensors
import Testing

@testable import ModelFiles

/// Trees that XGBoost, LightGBM and scikit-learn made, against what these libraries predict
/// themselves, as `Tools/reference/trees.py` kept it.
@Suite struct TreeTests {
  struct Case: Decodable {
    let kind: String
    let columns: Int
    /// Null where a number is missing.
    let inputs: [Float?]
    let outputs: [Double]

    var rows: Tensor {
      Tensor(inputs.map { $0 ?? .nan }, shape: [inputs.count / columns, columns])
    }
  }

  static let cases: [String: Case] = try! JSONDecoder().decode(
    [String: Case].self,
    from: Data(contentsOf: Fixtures.url("trees.json"))
  )

  /// Probabilities of classes, of class 1 alone where the library gives these; or real numbers.
  static func answers(_ values: Tensor, _ meaning: Observation.Meaning, like right: Case) throws
    -> [Double]
  {
    guard right.kind == "probabilities" else { return values.cast(to: .float64).scalars() }
    let all = try Observation(values, meaning: meaning).probabilities().cast(to: .float64)
    let width = right.outputs.count / right.rows.shape[0]
    return (width == 1 ? all.selecting(1, along: 1) : all).scalars()
  }

  static func largestGap(_ found: [Double], _ right: Case) -> Double {
    guard found.count == right.outputs.count else { return .infinity }
    return zip(found, right.outputs).map { gap in
      // Real numbers are compared by their size.
      let size = right.kind == "probabilities" ? 1 : max(1, gap.1.magnitude)
      return (gap.0 - gap.1).magnitude / size
    }.max() ?? 0
  }

  @Test(arguments: cases.keys.sorted()) func answersAsItsLibrary(name: String) throws {
    let right = try #require(Self.cases[name])
    let model = try TreeModel(contentsOf: Fixtures.url(name))
    let found = try Self.answers(model.values(of: right.rows), model.meaning, like: right)
    let gap = Self.largestGap(found, right)
    #expect(gap < 1e-6, "\(gap)")
    #expect((model.meaning == .reals) == (right.kind == "reals"))
  }

  /// As operators of a graph the same trees answer alike.
  @Test(arguments: cases.keys.filter { $0.hasSuffix(".onnx") }.sorted())
  func graphsAnswerAsTheirLibrary(name: String) throws {
    let right = try #require(Self.cases[name])
    let network = try ModelNetwork(contentsOf: Fixtures.url(name))
    #expect(network.graph.isPiecewiseConstant)
    let found = try Self.answers(network(right.rows), network.meaning, like: right)
    #expect(Self.largestGap(found, right) < 1e-6)
  }

  /// Numbers that were scaled are compared with thresholds that were scaled in the same way.
  @Test(arguments: cases.keys.sorted()) func answersStayWhereInputsAreScaled(name: String) throws {
    let right = try #require(Self.cases[name])
    let change = { (rows: Tensor) in (rows / 3 - 0.7) / 1.3 }
    let model = try TreeModel(contentsOf: Fixtures.url(name))
    let scaled = model.forInputs(changedBy: change)
    // What differs by a few units of the last place may become one.
    let found = try Self.answers(scaled.values(of: change(right.rows)), model.meaning, like: right)
    #expect(Self.largestGap(found, right) < 1e-6)
  }

  @Test func namesAndClassesAreRead() throws {
    let words = try TreeModel(contentsOf: Fixtures.url("tree-forest-binary.onnx"))
    #expect(words.classes == ["no", "yes"] && words.classCount == 2)
    let graph = try ModelGraph(contentsOf: Fixtures.url("tree-forest-binary.onnx"))
    #expect(graph.notes["classes"] == "no\nyes")
    let numbered = try TreeModel(contentsOf: Fixtures.url("tree-xgb-multi.json"))
    #expect(numbered.featureNames == nil && numbered.classCount == 4)
    #expect(numbered.ensemble.treeCount == 16 && numbered.ensemble.featureCount == 8)
    #expect(try TreeModel(contentsOf: Fixtures.url("tree-lgb-reals.txt")).classCount == nil)
  }

  @Test func treesAreObservedWithoutDerivatives() throws {
    let trees = TreeNetwork(try TreeModel(contentsOf: Fixtures.url("tree-xgb-multi.json")))
    let teacher = ModuleTeacher(trees, observedAs: trees.meaning)
    let rows = Tensor.zeros([3, 8])
    #expect(try teacher.observe(rows).values.shape == [3, 4])
    #expect(trees.parameterCount == trees.model.ensemble.nodeCount + trees.model.ensemble.leafCount)
    #expect(throws: (any Error).self) {
      try teacher.observe(rows, Request(derivatives: .all))
    }
    #expect(throws: (any Error).self) { try teacher.observe(.zeros([3, 7])) }
  }

  /// Any cutting of the line into pieces is answered as it is said, whatever tree of thresholds it
  /// becomes, and so is a missing number.
  @Test(arguments: [0, 1, 2, 3, 7, 12], [false, true])
  func questionsAreAnsweredAsTheyAreAsked(count: Int, firstIsYes: Bool) throws {
    let boundaries = (0..<count).map {
      TreeQuestion.Boundary(value: Float($0 * 2), isInclusive: $0 % 3 == 1)
    }
    for missing in [false, true] {
      var builder = try TreeBuilder(featureCount: 1, outputCount: 1)
      let question = TreeQuestion(boundaries: boundaries, firstIsYes: firstIsYes)
      try builder.add([
        .split(feature: 0, question, yes: 1, no: 2, missing: missing),
        .leaf([.init(output: 0, value: 1)]), .leaf([.init(output: 0, value: 0)]),
      ])
      let ensemble = try builder.ensemble()
      let asked = stride(from: -1, through: Float(2 * count), by: 0.5) + [.nan]
      let found = ensemble.sums(Tensor(Array(asked), shape: [asked.count, 1]), from: [0])
      for (number, answer) in zip(asked, found) {
        let below = boundaries.prefix { $0.isInclusive ? number > $0.value : number >= $0.value }
        let isYes = number.isNaN ? missing : (below.count % 2 == 0) == firstIsYes
        #expect(answer == (isYes ? 1 : 0), "\(number)")
      }
    }
  }

  @Test func manyRowsAreAnsweredAsFew() throws {
    let right = try #require(Self.cases["tree-lgb-multi.txt"])
    let model = try TreeModel(contentsOf: Fixtures.url("tree-lgb-multi.txt"))
    let count = right.rows.shape[0]
    let places = Tensor((0..<20_000).map { $0 * 7 % count })
    let many = model.values(of: right.rows[rows: places])
    let few = model.values(of: right.rows)
    #expect((many - few[rows: places]).magnitude.maximum().doubleValue == 0)
  }
}
