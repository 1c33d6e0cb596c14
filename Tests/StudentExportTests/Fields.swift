import Language
import Speech
import Tensors
import Vision

@testable import Networks
@testable import StudentExport

/// Students of the fields of use; those that begin with "recurrent" have recurrent layers.
let fieldStudents = [
  "acoustic network", "recurrent acoustic network", "recurrent language model",
  "static sentences", "static sentences, all tokens alike", "sentence transformer", "detector",
]

extension Specimen {
  /// - Parameter name: One of ``fieldStudents``.
  init(field name: String, count: Int) throws {
    let generator = RandomGenerator(seed: 9)
    switch name {
    case "acoustic network", "recurrent acoustic network":
      // The third convolution has gaps of one frame, the fourth of three.
      let network = AcousticNetwork(
        features: 6,
        widths: [9, 10, 8, 11],
        recurrent: name.hasPrefix("recurrent") ? 5 : 0,
        classes: 3,
        using: generator
      )
      disturb(network, generator)
      var graph = try StudentGraph(network, shape: [13, 6])
      graph.mean = (0..<6).map { Float($0) / 10 }
      graph.deviation = (0..<6).map { 1 + Float($0) / 8 }
      let inputs = randomInputs(count, [13, 6])
      let logits = graph.reference({ network($0) }, inputs)
      try graph.endInSoftmax(groups: 7)
      let expected = Tensor(logits, shape: [count, 7, 3]).softmax(along: 2).scalars(Float.self)
      self.init(graph, inputs, expected, name)
    case "recurrent language model":
      let network = SequenceModel(
        tokens: 12,
        width: 5,
        hidden: 9,
        layers: 2,
        length: 8,
        using: generator
      )
      let tokens = Tensor.randomIntegers(0..<12, [count, 8], using: generator)
      var graph = try StudentGraph(network, shape: [8])
      try graph.endInSoftmax(groups: 8)
      self.init(graph, tokens, network(tokens.flattened()).softmax().scalars(Float.self), name)
    case "detector":
      let grid = try PointGrid(height: 16, width: 24, strides: [2, 8])
      let network = try Detector(
        DetectionLayout(grid, classes: 2),
        channels: 3,
        widths: [5, 9, 8],
        pyramid: 7,
        using: generator
      )
      disturb(network, generator)
      let inputs = randomInputs(count, [3, 16, 24])
      let expected = network(inputs.reshaped(to: [count, 3, 16, 24])).scalars(Float.self)
      self.init(try StudentGraph(network, shape: [3, 16, 24]), inputs, expected, name)
    default:
      let network: any Module =
        name == "sentence transformer"
        ? SentenceTransformer(
          14,
          length: 9,
          width: 12,
          heads: 3,
          hidden: 17,
          outputs: 5,
          using: generator
        )
        : StaticEncoder(
          14,
          width: 11,
          outputs: name == "static sentences" ? 5 : nil,
          isWeighted: name == "static sentences",
          using: generator
        )
      disturb(network, generator)
      // Sentences of different lengths, one of which has no token, and one no padding.
      let lengths = [4, 0, 7, 1]
      let rows = (0..<count).flatMap { (row: Int) -> [Int] in
        let length = lengths[row % 4]
        let tokens = (0..<length).map { (3 * row + 5 * $0) % 14 }
        return tokens + [Int](repeating: -1, count: 7 - length)
      }
      let ids = Tensor(rows, shape: [count, 7])
      self.init(
        try StudentGraph(network, shape: [7]),
        ids,
        network(ids).scalars(Float.self),
        name
      )
    }
  }

  private init(_ graph: StudentGraph, _ inputs: Tensor, _ expected: [Float], _ name: String) {
    var graph = graph
    graph.provenance = ["model": name]
    (self.graph, self.inputs, self.expected) = (graph, inputs.cast(to: .float32), expected)
  }
}

/// Nothing stays as it begins, running means and variances neither.
private func disturb(_ network: any Module, _ generator: RandomGenerator) {
  for (path, parameter) in network.namedParameters where parameter.value.elementType == .float32 {
    let noise = Tensor.uniform(parameter.value.shape, using: generator)
    let isVariance = path.hasSuffix("running_var")
    parameter.value = isVariance ? noise + 0.5 : parameter.value + 0.2 * (noise - 0.5)
  }
}
