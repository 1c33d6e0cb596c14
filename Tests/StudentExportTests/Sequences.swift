import Tensors

@testable import Networks
@testable import StudentExport

/// Students of sequences: tokens, which are whole numbers, or features at each position.
let sequenceStudents = [
  "attention of tokens", "causal attention", "recurrent lstm", "recurrent gru",
  "recurrent tokens in both directions",
]

extension Specimen {
  /// - Parameter name: One of ``sequenceStudents``.
  init(sequence name: String, count: Int) throws {
    let generator = RandomGenerator(seed: 8)
    let (length, areTokens) = (7, name.contains("tokens"))
    func linear(_ inputs: Int, _ outputs: Int) -> Linear {
      Linear(inputs, outputs, using: generator)
    }
    func normalization(_ width: Int) -> LayerNorm {
      let layer = LayerNorm(width)
      layer.weight!.value = .uniform([width], using: generator) + 0.5
      layer.bias!.value = .uniform([width], using: generator) - 0.5
      return layer
    }
    func block(_ width: Int, heads: Int, isCausal: Bool) -> [any Module] {
      let attention = MultiHeadAttention(
        width,
        heads: heads,
        isCausal: isCausal,
        using: generator
      )
      attention.inProjBias!.value = .uniform([3 * width], using: generator) - 0.5
      return [
        Residual(Sequential(normalization(width), attention)),
        Residual(
          Sequential(
            normalization(width),
            linear(width, 2 * width + 1),
            Activation.gelu,
            linear(2 * width + 1, width)
          )
        ),
      ]
    }
    let layers: [any Module]
    switch name {
    case "attention of tokens":
      layers =
        [Embedding(11, 20, using: generator)] + block(20, heads: 2, isCausal: false)
        + [normalization(20), Flatten(), linear(140, 3)]
    case "causal attention":
      layers =
        [linear(4, 18)] + block(18, heads: 3, isCausal: true)
        + [Activation.tanh, Flatten(), normalization(126), linear(126, 3)]
    case "recurrent lstm":
      layers = [LSTM(4, 5, layers: 2, using: generator), Flatten(), linear(35, 3)]
    case "recurrent gru":
      layers = [
        linear(4, 9), Activation.relu, GRU(9, 6, bias: false, using: generator), normalization(6),
        GRU(6, 3, isBidirectional: true, using: generator), Flatten(), linear(42, 3),
      ]
    default:
      layers = [
        Embedding(11, 6, using: generator),
        LSTM(6, 9, layers: 2, isBidirectional: true, using: generator), Activation.sigmoid,
        Flatten(), linear(126, 3),
      ]
    }
    let network = Sequential(layers)
    var graph = try StudentGraph(network, shape: areTokens ? [length] : [length, 4])
    graph.ending = .softmax
    graph.classes = ["a", "b", "c"]
    graph.provenance = ["model": name]
    if areTokens {
      let tokens = Tensor.randomIntegers(0..<11, [count, length], using: generator)
      let expected = graph.reference({ network($0.cast(to: .int64)) }, tokens)
      (self.graph, inputs) = (graph, tokens.cast(to: .float32))
      self.expected = expected
    } else {
      graph.mean = [0.1, 0.2, 0.3, -0.4]
      graph.deviation = [1, 0.5, 2, 0.8]
      self.graph = graph
      inputs = randomInputs(count, [length, 4])
      expected = graph.reference({ network($0) }, inputs)
    }
  }
}
