import Exchange
import Foundation
import Tensors
import Testing

@testable import ModelFiles

/// Single operators against ONNX's own tests of them, made by `Tools/reference/onnx_models.py`.
@Suite struct ONNXNodeTests {
  /// A value of a case: numbers, perhaps of a type that libtorch has not, texts, or a sequence.
  struct Packed: Decodable {
    let type: ElementType?
    let foreign: ForeignType?
    let shape: [Int]?
    let bytes: Data?
    let texts: [String]?
    let sequence: [Packed?]?

    var value: ModelValue {
      if let sequence { return .sequence(sequence.map { $0?.value ?? .none }) }
      if let texts { return .texts(texts, shape: shape ?? []) }
      return foreign.map { .foreign(tensor, $0) } ?? .tensor(tensor)
    }

    var tensor: Tensor {
      bytes!.withUnsafeBytes { Tensor(copying: $0, shape: shape!, elementType: type!) }
    }
  }

  struct Case: Decodable, CustomTestStringConvertible {
    let name: String
    let `operator`: String
    let domain: String
    let tolerance: Double
    let model: Data
    let inputs: [Packed?]
    let outputs: [Packed?]

    var testDescription: String { name }

    /// Whether its operator is claimed to be known here.
    var isClaimed: Bool {
      if `operator` == "several" { return true }
      let known = domain.isEmpty ? ONNXOperators.all : ONNXOperators.others[domain] ?? [:]
      return known[`operator`] != nil
    }
  }

  static let cases: [Case] = try! JSONDecoder().decode(
    [Case].self,
    from: Data(contentsOf: Fixtures.url("onnx-nodes.json"))
  )

  /// What keeps a case from passing; nil where it does.
  static func failure(_ test: Case, in folder: TemporaryFolder) -> String? {
    do {
      let graph = try ONNXModel.read(from: folder.file("model.onnx", test.model))
      guard graph.inputs.count == test.inputs.count else { return "it takes other inputs" }
      let inputs = test.inputs.map { $0?.value ?? .none }
      let outputs = try graph.values(for: inputs, on: .cpu)
      guard outputs.count == test.outputs.count else { return "it gives \(outputs.count) values" }
      for (found, right) in zip(outputs, test.outputs) {
        if let text = difference(found, right?.value ?? .none, test.tolerance) { return text }
      }
      return nil
    } catch { return "\(error)" }
  }

  private static func difference(
    _ found: ModelValue,
    _ right: ModelValue,
    _ tolerance: Double
  ) -> String? {
    switch (found, right) {
    case (.none, .none): return nil
    case (.texts(let found, let shape), .texts(let right, let rightShape)):
      return found == right && shape == rightShape ? nil : "\(found) is not \(right)"
    case (.sequence(let found), .sequence(let right)):
      guard found.count == right.count else { return "\(found.count) values in a sequence" }
      return zip(found, right).lazy.compactMap { difference($0, $1, tolerance) }.first
    case (.foreign(let a, let type), .foreign(let b, let rightType)):
      return type == rightType ? difference(a, b, tolerance) : "it gives \(type)"
    case (.tensor(let a), .tensor(let b)): return difference(a, b, tolerance)
    default: return "it gives a value of another kind"
    }
  }

  private static func difference(_ found: Tensor, _ right: Tensor, _ tolerance: Double) -> String? {
    guard found.shape == right.shape else { return "\(found.shape) is not \(right.shape)" }
    guard found.elementType == right.elementType else { return "it gives \(found.elementType)" }
    let (a, b) = (found.cast(to: .float64), right.cast(to: .float64))
    for (a, b) in zip(a.scalars(Double.self), b.scalars(Double.self))
    where !(a == b || a.isNaN && b.isNaN || abs(a - b) <= 1e-6 + tolerance * abs(b)) {
      return "\(a) is not \(b)"
    }
    return nil
  }

  /// Operators that are claimed to be known answer as ONNX says.
  @Test(arguments: cases.filter(\.isClaimed))
  func knownOperatorsAnswerAsONNXSays(test: Case) throws {
    let folder = try TemporaryFolder()
    #expect(Self.failure(test, in: folder) == nil)
  }

  /// The others are refused by name.
  @Test(arguments: cases.filter { !$0.isClaimed })
  func otherOperatorsAreRefusedByName(test: Case) throws {
    let folder = try TemporaryFolder()
    let sentence = try #require(Self.failure(test, in: folder))
    #expect(sentence.contains("the operator \(test.operator) at"))
    #expect(!sentence.contains("\n"))
  }

  /// All of ONNX's cases, where `Tools/reference/onnx_coverage.py` gives a file of them; what keeps
  /// each from passing is written beside it.
  @Test func shareOfAllCases() throws {
    guard let path = ProcessInfo.processInfo.environment["DISTILL_ONNX_NODES"] else { return }
    let file = URL(fileURLWithPath: path)
    let all = try JSONDecoder().decode([Case].self, from: Data(contentsOf: file))
    let folder = try TemporaryFolder()
    let lines = all.map { test in
      let failure = Self.failure(test, in: folder) ?? ""
      let reason = failure.replacingOccurrences(of: folder.url.path + "/model.onnx: ", with: "")
      return [test.name, test.isClaimed ? "claimed" : "", reason].joined(separator: "\t")
    }
    try Data(lines.joined(separator: "\n").utf8).write(to: file.appendingPathExtension("results"))
    let passed = lines.filter { $0.hasSuffix("\t") }.count
    print("\(passed) of \(all.count) cases pass")
    #expect(passed * 10 >= all.count * 8)
  }
}
