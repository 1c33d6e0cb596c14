import Exchange
import Foundation
import Tensors
import Testing

@testable import ModelFiles

/// Single operators against ONNX's own tests of them, made by `Tools/reference/onnx_models.py`.
@Suite struct ONNXNodeTests {
  struct Case: Decodable, CustomTestStringConvertible {
    struct Packed: Decodable {
      let type: ElementType
      let shape: [Int]
      let bytes: Data

      var tensor: Tensor {
        bytes.withUnsafeBytes { Tensor(copying: $0, shape: shape, elementType: type) }
      }
    }

    let name: String
    let `operator`: String
    let domain: String
    let tolerance: Double
    let model: Data
    let inputs: [Packed?]
    let outputs: [Packed?]

    var testDescription: String { name }
  }

  static let cases: [Case] = try! JSONDecoder().decode(
    [Case].self,
    from: Data(contentsOf: Fixtures.url("onnx-nodes.json"))
  )

  /// What keeps a case from passing; nil where it does.
  static func failure(_ test: Case, in folder: TemporaryFolder) -> String? {
    do {
      let graph = try ONNXModel.read(from: folder.file("model.onnx", test.model))
      let inputs = test.inputs.compactMap { $0?.tensor }
      guard inputs.count == test.inputs.count else { return "inputs that are no tensors" }
      let outputs = try graph.run(inputs)
      for (found, right) in zip(outputs, test.outputs) {
        guard let right = right?.tensor else { return "outputs that are no tensors" }
        guard found.shape == right.shape else { return "\(found.shape) is not \(right.shape)" }
        guard found.elementType == right.elementType else { return "it gives \(found.elementType)" }
        let (a, b) = (found.cast(to: .float64), right.cast(to: .float64))
        for (a, b) in zip(a.scalars(Double.self), b.scalars(Double.self))
        where !(a == b || a.isNaN && b.isNaN || abs(a - b) <= 1e-6 + test.tolerance * abs(b)) {
          return "\(a) is not \(b)"
        }
      }
      return outputs.count == test.outputs.count ? nil : "it gives \(outputs.count) tensors"
    } catch { return "\(error)" }
  }

  /// Operators that are claimed to be known answer as ONNX says.
  @Test(arguments: cases.filter { ONNXOperators.all[$0.operator] != nil })
  func knownOperatorsAnswerAsONNXSays(test: Case) throws {
    let folder = try TemporaryFolder()
    #expect(Self.failure(test, in: folder) == nil)
  }

  /// The others are refused by name.
  @Test(arguments: cases.filter { ONNXOperators.all[$0.operator] == nil })
  func otherOperatorsAreRefusedByName(test: Case) throws {
    let folder = try TemporaryFolder()
    let sentence = try #require(Self.failure(test, in: folder))
    #expect(sentence.contains("the operator \(test.operator) at"))
    #expect(!sentence.contains("\n"))
  }

  /// All of ONNX's cases, where a file of them is given.
  @Test func shareOfAllCases() throws {
    guard let path = ProcessInfo.processInfo.environment["DISTILL_ONNX_NODES"] else { return }
    let all = try JSONDecoder().decode(
      [Case].self,
      from: Data(contentsOf: URL(fileURLWithPath: path))
    )
    let folder = try TemporaryFolder()
    var passed = 0
    var known: [String: (passed: Int, all: Int)] = [:]
    for test in all {
      let failure = Self.failure(test, in: folder)
      if failure == nil { passed += 1 }
      guard ONNXOperators.all[test.operator] != nil, test.domain.isEmpty else { continue }
      known[test.operator, default: (0, 0)].all += 1
      if let failure {
        print("\(test.name): \(failure)")
      } else {
        known[test.operator]!.passed += 1
      }
    }
    let share = Double(passed) / Double(all.count)
    print("\(passed) of \(all.count) cases pass")
    #expect(share > 0.5)
  }
}
