import Distillation
import Networks
import Tensors
import Testing

@testable import GraphNetworks

/// A case of `structure.json`, made with matrices of all pairs of nodes.
struct StructureCase: Decodable, Sendable, CustomTestStringConvertible {
  let kernel: String
  let settings: [String: Double]
  let nodes: Int
  let edges: [[Int]]
  let student: ReferenceTensor
  let teacher: ReferenceTensor
  let value: Double
  let gradient: ReferenceTensor

  var testDescription: String { kernel }

  static let all: [StructureCase] = Fixture.cases("structure.json")

  var ours: StructureKernel {
    switch kernel {
    case "euclidean": .euclidean
    case "radialBasis": .radialBasis(scale: settings["scale"]!)
    case "laplacian": .laplacian(scale: settings["scale"]!)
    case "linear": .linear
    default: .polynomial(degree: Int(settings["degree"]!), offset: settings["offset"]!)
    }
  }

  var graph: Graph { try! Graph(Tensor(edges), nodes: nodes) }
  var loss: Loss { .localStructure(of: .tap("z"), on: graph, kernel: ours) }

  func comparison(_ student: Tensor, _ teacher: Tensor) -> Comparison {
    func seen(_ z: Tensor) -> Observation {
      Observation(.zeros([nodes, 2], .float64), meaning: .logits, features: ["z": z])
    }
    return Comparison(seen(student), seen(teacher), inputs: .range(0..<nodes))
  }
}

@Suite struct LocalStructureTests {
  @Test(arguments: StructureCase.all)
  func valueAndGradientAreThoseOfAllPairs(known: StructureCase) throws {
    let (value, gradient) = try valueWithGradient(at: known.student.tensor) { student in
      try known.loss(known.comparison(student, known.teacher.tensor))
    }
    #expect(abs(value.doubleValue - known.value) < 1e-13 * max(1, abs(known.value)))
    let scale = max(1, known.gradient.values.map(abs).max()!)
    #expect(gradient.largestDifference(from: known.gradient.tensor) < 1e-12 * scale)
  }

  @Test(arguments: StructureCase.all)
  func equalFeaturesHaveNoLossAndNoGradient(known: StructureCase) throws {
    let (value, gradient) = try valueWithGradient(at: known.teacher.tensor) { student in
      try known.loss(known.comparison(student, known.teacher.tensor))
    }
    #expect(abs(value.doubleValue) < 1e-14)
    #expect(gradient.magnitude.maximum().doubleValue < 1e-13)
  }

  /// Distances do not see shift and rotation, products do not see rotation.
  @Test(arguments: StructureCase.all)
  func rotatedEmbeddingsHaveNoLoss(known: StructureCase) throws {
    let teacher = known.teacher.tensor
    let square = Tensor.normal([5, 5], .float64, using: RandomGenerator(seed: 2))
    var student = teacher.matmul(square.orthogonalFactors.q)
    if ["euclidean", "radialBasis"].contains(known.kernel) { student = student + 3 }
    if known.kernel == "laplacian" { student = teacher + 3 }
    let value = try known.loss(known.comparison(student, teacher)).doubleValue
    #expect(abs(value) < 1e-12)
  }

  /// Embeddings far apart overflow the exponential of a kernel, not the loss.
  @Test(arguments: StructureCase.all)
  func embeddingsOfAnySizeAreFinite(known: StructureCase) throws {
    for size in [1e-20, 1e8] {
      let (value, gradient) = try valueWithGradient(at: known.student.tensor * size) { student in
        try known.loss(known.comparison(student, known.teacher.tensor))
      }
      #expect(value.doubleValue.isFinite)
      #expect(value.doubleValue >= -1e-14)
      #expect(gradient.sum().doubleValue.isFinite)
    }
  }

  @Test func aTermIsWrittenAndKnownAsWhatItIs() {
    let graph = randomGraph(5, edges: 8, seed: 1)
    let loss = Loss.localStructure(
      of: .taps(student: "1", teacher: "hidden.0"),
      on: graph,
      kernel: .polynomial(degree: 2, offset: 0.5)
    )
    #expect(
      "\(loss)"
        == "localStructure(of: 1 → hidden.0, kernel: polynomial, degree: 2, offset: 0.5)"
    )
    #expect(
      loss.terms[0].identity as? GraphTerm
        == .localStructure(.polynomial(degree: 2, offset: 0.5))
    )
    #expect(loss.needs.studentFeatures == ["1"])
    #expect(loss.needs.teacherFeatures == ["hidden.0"])
  }

  @Test func featuresOfSomeNodesAreRefused() throws {
    let known = StructureCase.all[0]
    let error = #expect(throws: DistillationError.self) {
      _ = try known.loss(known.comparison(known.student.tensor[0..<4], known.teacher.tensor))
    }
    #expect(error?.description.contains("[4, 3]") == true)
    #expect(error?.description.contains("a row for every node") == true)
  }
}
