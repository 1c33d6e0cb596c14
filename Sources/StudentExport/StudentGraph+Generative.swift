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
}
