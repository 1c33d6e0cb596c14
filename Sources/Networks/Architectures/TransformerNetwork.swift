import Tensors

/// A transformer over the pieces of an input, as a ``Transformer`` says: `[batch, channels, height,
/// width]`, `[batch, features]` or images laid flat, to `[batch, outputs]` (Dosovitskiy et al. 2021).
///
/// head(mean over pieces of norm(layers(embedding(pieces) + positions))). Each of `layers` can be
/// tapped, `"layers.0"`: `[batch, pieces, width]`.
public struct TransformerNetwork: Module {
  public let specification: Transformer
  /// From the numbers of a piece to its features.
  public let embedding: Linear
  /// `[pieces, width]`.
  public let positions: Parameter
  public let layers: [TransformerEncoderLayer]
  public let norm: LayerNorm
  public let head: Linear

  /// - Parameter specification: Says the shape of its inputs.
  public init(_ specification: Transformer, using generator: RandomGenerator) {
    guard let pieces = specification.pieces else {
      preconditionFailure(
        "TransformerNetwork: \(specification) does not say the size of its inputs"
      )
    }
    self.specification = specification
    let width = specification.width
    embedding = Linear(pieces.numbers, width, using: generator)
    positions = Parameter(.normal([pieces.count, width], using: generator) * 0.02)
    layers = specification.blocks.map {
      TransformerEncoderLayer(
        width,
        heads: $0.heads,
        hidden: $0.hidden,
        activation: specification.activation,
        using: generator
      )
    }
    norm = LayerNorm(width, on: generator.device)
    head = Linear(width, specification.outputCount, using: generator)
  }

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    let pieces = pieces(of: input)
    var value = pass.within("embedding") { embedding(pieces, pass) } + positions.value
    for (index, layer) in layers.enumerated() {
      value = pass.within("layers.\(index)") { layer(value, pass) }
    }
    let seen = pass.within("norm") { norm(value, pass) }.mean(along: 1)
    return pass.within("head") { head(seen, pass) }
  }

  /// `[batch, pieces, numbers in a piece]`.
  private func pieces(of input: Tensor) -> Tensor {
    let (batch, shape) = (input.shape[0], specification.input!)
    let side = specification.piece
    guard shape.count == 3 else { return input.reshaped(to: [batch, -1, side]) }
    let (rows, columns) = (shape[1] / side, shape[2] / side)
    return input.reshaped(to: [batch, shape[0], rows, side, columns, side])
      .permuted(to: [0, 2, 4, 1, 3, 5])
      .reshaped(to: [batch, rows * columns, shape[0] * side * side])
  }
}
