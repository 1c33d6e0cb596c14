import Generative
import StudentRuntime
import Tensors

extension StudentGraph {
  /// Whether the student is a NADE, which can also be sampled.
  var isAutoregressive: Bool {
    operations.contains { if case .nade = $0.kind { true } else { false } }
  }

  /// A NADE as log q of an input.
  ///
  /// - Throws: ``ExportError`` when its numbers are not finite.
  public init(_ nade: NADE) throws {
    self.init(features: nade.inputs)
    let order = Tensor(nade.order)
    func rows(_ tensor: Tensor) -> [Float] {
      tensor.moved(to: .cpu)[rows: order].cast(to: .float32).scalars()
    }
    let numbers = NADENumbers(
      order: nade.order,
      weights: rows(nade.weights.value),
      outputWeights: rows(nade.outputWeights.value),
      hiddenBiases: nade.hiddenBias.value.scalars(),
      visibleBiases: rows(nade.visibleBias.value)
    )
    for part in [
      numbers.weights, numbers.outputWeights, numbers.hiddenBiases, numbers.visibleBiases,
    ] { try Self.check(part) }
    try append(.nade(numbers), outputs: 1, nade.units == .relu ? .relu : .sigmoid)
    provenance["model"] = "nade"
    provenance["answer"] = "log q(x)"
  }
  /// A MADE as log q of an input, by its masks.
  ///
  /// - Throws: ``ExportError`` when its numbers are not finite.
  public init(_ made: MADE) throws {
    self.init(features: made.inputs)
    func single(_ tensor: Tensor) -> [Float] { tensor.cast(to: .float32).scalars() }
    let layers = made.connectedLayers
    for (index, layer) in layers.enumerated() {
      try append(
        .linear(weights: single(layer.weight), biases: single(layer.bias)),
        outputs: layer.bias.count,
        index < layers.count - 1 ? StudentActivation(made.activation) : .identity
      )
    }
    var logits = output
    if let direct = made.connectedDirectWeights {
      let weights = single(direct)
      try Self.check(weights)
      let noughts = [Float](repeating: 0, count: made.inputs)
      let features = Shape(channels: made.inputs)
      let straight = add(.linear(weights: weights, biases: noughts), [0], features)
      logits = add(.sum, [logits, straight], features)
    }
    end(with: add(.bernoulli, [0, logits], Shape(channels: 1)))
    provenance["model"] = "made"
    provenance["answer"] = "log q(x)"
  }
}
