import Foundation
import Networks
import Tensors
import Testing

@testable import Distillation

/// A case of `Conformance/features`: a loss on features, with all that it looks at.
struct FeatureCase: Decodable, Sendable, CustomTestStringConvertible {
  struct Numbers: Decodable, Sendable {
    let shape: [Int]
    let values: [Double]

    var tensor: Tensor { Tensor(values, shape: shape) }
  }

  struct Settings: Decodable, Sendable {
    var temperature: Double?
    var regression: Double?
    var stages: Int?
    var width: Int?
    var training: Bool?
    var examples: Int?
    var negatives: Int?
    var places: [[Int]]?
    var style: String?
    var variant: String?
    var power: Double?
    var margin: Double?
    var variance: Double?
  }

  let loss: String
  let settings: Settings
  let student: [String: Numbers]
  let teacher: [String: Numbers]
  let parameters: [String: Numbers]
  let value: Double
  let gradients: [String: Numbers]

  var testDescription: String { "\(loss) \(student.values.map(\.shape)) \(settings)" }

  private struct File: Decodable { let cases: [FeatureCase] }

  static let all: [FeatureCase] = {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let folder = root.appending(path: "Conformance/features")
    let names = try! FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    return names.filter { $0.hasSuffix(".json") }.flatMap { name in
      let data = try! Data(contentsOf: folder.appending(path: name))
      return try! JSONDecoder().decode(File.self, from: data).cases
    }
  }()

  /// The loss made ready to be evaluated, its networks with the parameters of the file.
  func prepared(_ elementType: ElementType = .float64) -> PreparedCase {
    func seen(_ features: [String: Numbers]) -> Observation {
      let tensors = features.mapValues { $0.tensor.cast(to: elementType) }
      return Observation(.zeros([1, 1]), meaning: .logits, features: tensors)
    }
    let first = Comparison(seen(student), seen(teacher), inputs: .zeros([1, 1]))
    let loss = try! made(elementType).bound(seeing: first)
    let prepared = PreparedCase(self, loss, elementType)
    for (path, parameter) in prepared.networkParameters {
      if let numbers = parameters[path] { parameter.replace(with: numbers.tensor) }
    }
    for module in prepared.loss.modules { module.move(elementType) }
    return prepared
  }

  private func made(_ elementType: ElementType) -> Loss {
    let generator = RandomGenerator(seed: 0)
    func channels(_ numbers: Numbers) -> Int { numbers.shape[1] }
    let maps = Loss.Embedding.tap("map")
    switch loss {
    case "channelWise": return .channelWise(of: maps, temperature: settings.temperature!)
    case "reusedHead": return .reusedHead(student: "map", teacher: "map")
    case "softmaxRegression":
      let head = Linear(3, 5, .float64, using: generator)
      head.weight.replace(with: teacher["head_weight"]!.tensor)
      head.bias!.replace(with: teacher["head_bias"]!.tensor)
      head.move(elementType)
      return .softmaxRegression(
        by: Sequential(AdaptiveAveragePool(to: 1, 1), Flatten(), head),
        of: maps,
        through: Projector(Convolution2D(2, 3, size: 1, .float64, using: generator)),
        regression: settings.regression!
      )
    case "knowledgeReview":
      let stages = (0..<settings.stages!).map { ("s\($0)", "t\($0)") }
      let connector = ReviewConnector(
        student: stages.map { channels(student[$0.0]!) },
        teacher: stages.map { channels(teacher[$0.1]!) },
        width: settings.width!,
        .float64,
        using: generator
      )
      return .knowledgeReview(
        connector,
        student: stages.map(\.0),
        teacher: stages.map(\.1)
      )
    case "contrastiveRepresentation":
      let memory = ContrastiveMemory(
        student: channels(student["row"]!),
        teacher: channels(teacher["row"]!),
        examples: settings.examples!,
        width: 4,
        negatives: settings.negatives!,
        temperature: settings.temperature!,
        .float64,
        using: generator
      )
      // With the negatives that the file names; an example is known by its place in the file.
      let places = Tensor(settings.places!)
      return .binding("given", needs: Needs(teacher: true)) { _ in
        BoundTerm([memory]) { comparison in
          try memory.contrast(
            memory(comparison.student.features["row"]!),
            Loss.unitRows(memory.teacher(comparison.taught().features["row"]!)),
            at: places[rows: comparison.numbered()],
            isTraining: false
          )
        }
      }
    default: return transferLoss(elementType)
    }
  }
}

/// A loss on features with what it is evaluated at.
struct PreparedCase {
  let known: FeatureCase
  let loss: BoundLoss
  /// What the student shows, as parameters, so that gradients reach it like those of networks.
  var student: [String: Parameter]
  var teacher: [String: Tensor]

  init(_ known: FeatureCase, _ loss: BoundLoss, _ elementType: ElementType) {
    self.known = known
    self.loss = loss
    student = known.student.mapValues { Parameter($0.tensor.cast(to: elementType)) }
    teacher = known.teacher.mapValues { $0.tensor.cast(to: elementType) }
  }

  /// Parameters and buffers of the loss's networks, by the names they have in the file.
  var networkParameters: [(path: String, parameter: Parameter)] {
    loss.modules.flatMap(\.namedParameters)
  }

  /// Everything that a gradient is known for, by name.
  var variables: [(name: String, parameter: Parameter)] {
    let trained = Set(loss.modules.flatMap(\.parameters).map { ObjectIdentifier($0) })
    return student.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
      + networkParameters.filter { trained.contains(ObjectIdentifier($0.parameter)) }
  }

  var count: Int { student.values.first!.shape[0] }

  /// The loss of some of the examples.
  func value(_ rows: [Int]? = nil) throws -> Tensor {
    let order = Tensor(rows ?? Array(0..<count))
    func seen(_ features: [String: Tensor]) -> Observation {
      // Not examples by examples: the teacher's head.
      let picked = features.mapValues { $0.shape[0] == count ? $0[rows: order] : $0 }
      let values = picked["values"] ?? .zeros([order.count, 5])
      return Observation(values, meaning: .logits, features: picked)
    }
    let comparison = Comparison(
      seen(student.mapValues(\.value)),
      seen(teacher),
      inputs: .zeros([order.count, 1]),
      training: known.settings.training == true ? RandomGenerator(seed: 0) : nil,
      indices: order
    )
    return try loss(comparison)
  }

  func gradient(_ rows: [Int]? = nil) throws -> (value: Double, gradients: [String: Tensor]) {
    let variables = variables
    let (value, gradients) = try valueWithGradients(of: variables.map(\.parameter)) {
      try self.value(rows)
    }
    let named = zip(variables.map(\.name), gradients).map { ($0, $1) }
    return (value.doubleValue, Dictionary(uniqueKeysWithValues: named))
  }
}
