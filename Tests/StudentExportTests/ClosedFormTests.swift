import Foundation
import Generative
import Predictive
import StudentRuntime
import Tensors
import Testing

@testable import StudentExport

@Suite struct ClosedFormTests {
  @Test(arguments: closedForms)
  func theRuntimeAnswers(name: String) throws {
    let specimen = try Specimen(name, count: 50)
    let answers = try StudentGraph.answers(of: specimen.graph.runtimeFile(), specimen.inputs)
    let parity = Parity(answers, specimen.expected, inputs: 50)
    #expect(parity.largestDifference < 5e-6, "\(parity)")
  }

  /// By hand: 0.25 σ(1·2 − 1) + 0.75 σ(−3·2 + 0.5), and a normal, with the last coefficient's input 1.
  @Test func aMixtureByHand() throws {
    let mixture = MixtureOfLogistics([[1, -1], [-3, 0.5]], weights: [1, 3])
    let student = try CompactStudent(
      .logistics(mixture),
      inputs: ["x"],
      hasIntercept: true,
      classes: ["no", "yes"]
    )
    let graph = try StudentGraph(student)
    let answers = try StudentGraph.answers(of: graph.runtimeFile(), Tensor([[2.0]]))
    let expected = 0.25 / (1 + exp(-1.0)) + 0.75 / (1 + exp(5.5))
    #expect(abs(Double(answers[1]) - expected) < 1e-7)
    #expect(abs(Double(answers[0]) - (1 - expected)) < 1e-7)
    #expect(graph.classes == ["no", "yes"] && graph.provenance["inputs"] == "[\"x\"]")
  }

  /// log q of all inputs of a NADE adds to one.
  @Test func aDensityIsNormalized() throws {
    let nade = NADE(inputs: 6, hidden: 5, using: RandomGenerator(seed: 2))
    let states = (0..<64).flatMap { state in (0..<6).map { Float(state >> $0 & 1) } }
    let logs = try StudentGraph.answers(
      of: StudentGraph(nade).runtimeFile(),
      Tensor(states, shape: [64, 6])
    )
    #expect(abs(logs.reduce(0) { $0 + exp(Double($1)) } - 1) < 1e-6)
  }

  @Test func densitiesWithoutInputsAreRefused() throws {
    let density = try GaussianMixture(weights: [1], means: [0], variances: [1])
    #expect(throws: ExportError.self) { try StudentGraph(CompactStudent(.gaussians(density))) }
    let normal = NormalRegression(.poisson, mean: [1, 2], spreads: [[0.5, 0]])
    #expect(throws: ExportError.self) {
      try StudentGraph(CompactStudent(.normal(normal), inputs: ["a", "b"]))
    }
  }

  /// An order that names an input that is not there is refused, whatever the hash says.
  @Test func ordersAreChecked() throws {
    let file = try Specimen("nade").graph.runtimeFile()
    let plan = StudentPlan(try Specimen("nade").graph)
    let start = StudentFormat.numbersOffset(operations: 1)
    let order = start + 4 * (plan.weights[0].biases + 16 + 9)
    for value: Float in [-1, 9, .nan, .infinity] {
      var forged = file
      withUnsafeBytes(of: value.bitPattern.littleEndian) {
        forged.replaceSubrange(order..<order + 4, with: $0)
      }
      let hash = forged.withUnsafeBytes(StudentFormat.checksum)
      withUnsafeBytes(of: hash.littleEndian) { forged.replaceSubrange(120..<128, with: $0) }
      #expect(throws: StudentError.inconsistent) {
        try forged.withUnsafeBytes { try StudentNetwork($0) }
      }
    }
  }

  /// A small file cannot ask for a large memory; a network that needs one has a larger file.
  @Test func workspacesAreBoundByTheFile() throws {
    let text = "cnn:1x300x300-8c1-gap-2"
    let file = try graph(text, randomNetwork(text)).runtimeFile()
    let needed = try file.withUnsafeBytes { try StudentNetwork($0).workspaceCount }
    #expect(needed > 8 * 90_000 && file.count >= needed / StudentFormat.workspacePerByte)

    let small = try graph("mlp:3-4-2", randomNetwork("mlp:3-4-2")).runtimeFile()
    var forged = small
    let claimed = UInt32(small.count * StudentFormat.workspacePerByte + 256)
    withUnsafeBytes(of: claimed.littleEndian) { forged.replaceSubrange(40..<44, with: $0) }
    let hash = forged.withUnsafeBytes(StudentFormat.checksum)
    withUnsafeBytes(of: hash.littleEndian) { forged.replaceSubrange(120..<128, with: $0) }
    #expect(throws: StudentError.inconsistent) {
      try forged.withUnsafeBytes { try StudentNetwork($0) }
    }
  }
}
