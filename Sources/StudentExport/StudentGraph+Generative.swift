import Foundation
import Generative
import Networks
import StudentRuntime
import Tensors

extension StudentGraph {
  /// Whether the student is a NADE, which can also be sampled.
  var isAutoregressive: Bool {
    operations.count == 1 && operations.contains { if case .nade = $0.kind { true } else { false } }
  }

  /// log q of an input, by a NADE, a deep NADE, a MADE with its masks, an RNADE, or a mixture of such
  /// over orders.
  ///
  /// - Throws: ``ExportError`` when its numbers are not finite, or the density is of another kind.
  public init(_ density: any NormalizedModel) throws {
    self.init(features: density.inputs)
    guard let density = density as? any ExportedDensity else {
      throw ExportError(
        "a density \(type(of: density)) has no exported form: write a NADE, a deep NADE, a MADE, an "
          + "RNADE or a mixture of them over orders"
      )
    }
    try density.append(to: &self)
    provenance["model"] = density.exportedName
    provenance["answer"] = "log q(x)"
  }

  /// Numbers of a parameter as they are exported.
  fileprivate static func single(_ tensor: Tensor) throws -> [Float] {
    let numbers = tensor.moved(to: .cpu).cast(to: .float32).scalars(Float.self)
    try check(numbers)
    return numbers
  }

  /// Appends a linear layer at each position of a sequence.
  fileprivate mutating func append(
    positionwise layer: Linear,
    _ activation: StudentActivation
  ) throws {
    let outputs = layer.weight.shape[0]
    let kind = Kind.positionwise(
      weights: try Self.single(layer.weight.value),
      biases: try layer.bias.map { try Self.single($0.value) }
        ?? [Float](repeating: 0, count: outputs)
    )
    append(
      kind,
      Shape(channels: outputs, width: shape(of: output).width, isSequence: true),
      activation
    )
  }

  /// Appends an operation of the last value and maybe of others.
  fileprivate mutating func append(
    _ kind: Kind,
    _ shape: Shape,
    _ activation: StudentActivation = .identity,
    of inputs: [Int]? = nil
  ) {
    end(with: add(kind, inputs ?? [output], shape, activation))
  }
}

/// A density of which operations are known.
private protocol ExportedDensity: NormalizedModel {
  var exportedName: String { get }
  /// Appends log q of the input, value 0.
  func append(to graph: inout StudentGraph) throws
}

extension NADE: ExportedDensity {
  fileprivate var exportedName: String { "nade" }

  fileprivate func append(to graph: inout StudentGraph) throws {
    let order = Tensor(order)
    func rows(_ tensor: Tensor) throws -> [Float] {
      try StudentGraph.single(tensor.moved(to: .cpu)[rows: order])
    }
    let numbers = StudentGraph.NADENumbers(
      order: self.order,
      weights: try rows(weights.value),
      outputWeights: try rows(outputWeights.value),
      hiddenBiases: try StudentGraph.single(hiddenBias.value),
      visibleBiases: try rows(visibleBias.value)
    )
    let activation: StudentActivation = units == .relu ? .relu : .sigmoid
    graph.append(.nade(numbers), .init(channels: 1), activation, of: [0])
  }
}

extension MADE: ExportedDensity {
  fileprivate var exportedName: String { "made" }

  fileprivate func append(to graph: inout StudentGraph) throws {
    graph.end(with: 0)
    let layers = connectedLayers
    for (index, layer) in layers.enumerated() {
      try graph.append(
        .linear(
          weights: StudentGraph.single(layer.weight),
          biases: StudentGraph.single(layer.bias)
        ),
        outputs: layer.bias.count,
        index < layers.count - 1 ? StudentActivation(activation) : .identity
      )
    }
    var logits = graph.output
    if let direct = connectedDirectWeights {
      let zeros = [Float](repeating: 0, count: inputs)
      let features = StudentGraph.Shape(channels: inputs)
      let straight = StudentGraph.Kind.linear(
        weights: try StudentGraph.single(direct),
        biases: zeros
      )
      logits = graph.add(.sum, [logits, graph.add(straight, [0], features)], features)
    }
    graph.append(.bernoulli, .init(channels: 1), of: [0, logits])
  }
}

extension DeepNADE: ExportedDensity {
  fileprivate var exportedName: String { "deep-nade" }

  fileprivate func append(to graph: inout StudentGraph) throws {
    func columns(_ parameter: Parameter) throws -> [Float] {
      try StudentGraph.single(parameter.value.transposed()[rows: Tensor(order)])
    }
    let function = StudentActivation(activation)
    let prefixes = StudentGraph.PrefixNumbers(
      order: order,
      weights: try columns(inputWeights),
      masks: try columns(maskWeights),
      biases: try StudentGraph.single(inputBias.value),
      factors: [Float](repeating: 1, count: inputs)
    )
    let shape = StudentGraph.Shape(channels: prefixes.hidden, width: inputs, isSequence: true)
    graph.append(.prefixes(prefixes), shape, function, of: [0])
    for layer in layers.dropLast() { try graph.append(positionwise: layer, function) }
    let (last, places) = (layers.last!, Tensor(order))
    let rows = StudentGraph.RowNumbers(
      order: order,
      weights: try StudentGraph.single(last.weight.value[rows: places]),
      biases: try StudentGraph.single(last.bias!.value[rows: places])
    )
    graph.append(.rows(rows), .init(channels: inputs))
    graph.append(.bernoulli, .init(channels: 1), of: [0, graph.output])
  }
}

extension RNADE: ExportedDensity {
  fileprivate var exportedName: String { "rnade" }

  fileprivate func append(to graph: inout StudentGraph) throws {
    let places = Tensor(order)
    func rows(_ tensor: Tensor) throws -> [Float] { try StudentGraph.single(tensor[rows: places]) }
    graph.mean = try StudentGraph.single(location.value)
    graph.deviation = try StudentGraph.single(scale.value)
    let prefixes = StudentGraph.PrefixNumbers(
      order: order,
      weights: try rows(weights.value),
      biases: try StudentGraph.single(hiddenBias.value),
      factors: try rows(activationScale.value)
    )
    let shape = StudentGraph.Shape(channels: hidden, width: inputs, isSequence: true)
    graph.append(.prefixes(prefixes), shape, .relu, of: [0])
    let numbers = StudentGraph.RowNumbers(
      order: order,
      // A row for each output.
      weights: try rows(mixtureWeights.value.transposed(1, 2).contiguous),
      biases: try rows(mixtureBias.value)
    )
    let parts = StudentGraph.Shape(channels: 3 * components, width: inputs, isSequence: true)
    graph.append(.rows(numbers), parts)
    // Of standardised inputs the density is as much larger as they are narrower.
    let constant = -scale.value.cast(to: .float64).logarithm.sum().doubleValue
    graph.append(
      .normalDensity(constant: Float(constant)),
      .init(channels: 1),
      of: [0, graph.output]
    )
  }
}

extension OrderMixture: ExportedDensity where Member: ExportedDensity {
  fileprivate var exportedName: String { "mixture over orders of \(members[0].exportedName)" }

  fileprivate func append(to graph: inout StudentGraph) throws {
    var joint: Int?
    for member in members {
      try member.append(to: &graph)
      if let joint { graph.append(.logSum, .init(channels: 1), of: [joint, graph.output]) }
      joint = graph.output
    }
    // Each with the same weight.
    let share = Float(-log(Double(members.count)))
    try graph.append(.linear(weights: [1], biases: [share]), outputs: 1)
  }
}
