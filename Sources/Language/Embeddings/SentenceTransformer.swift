import Distillation
import Networks
import Tensors

/// A small transformer over the tokens of a sentence, and the mean of what it makes of them: token ids
/// `[batch, length]` to `[batch, outputs]`.
///
/// projection(mean over tokens of norm(layers(embedding + position))). Padding is neither attended to
/// nor averaged.
///
/// Taps: `layers.0`, …, `[batch, length, width]`, and `mean`, `[batch, width]`.
public struct SentenceTransformer: MeaningfulModule {
  public let meaning = Observation.Meaning.reals
  /// `[ids, width]`.
  public let table: Embedding
  /// `[length, width]`.
  public let positions: Parameter
  public let layers: [TransformerEncoderLayer]
  public let norm: LayerNorm
  public let projection: Linear

  /// - Parameters:
  ///   - ids: How many tokens there are, such as ``Tokenizer/idCount``.
  ///   - length: The most tokens of a sentence.
  ///   - width: Features of a token, a multiple of the heads.
  ///   - hidden: Units of the perceptrons; the default is four times the width.
  public init(
    _ ids: Int,
    length: Int,
    width: Int,
    heads: Int,
    layers: Int = 2,
    hidden: Int? = nil,
    outputs: Int,
    using generator: RandomGenerator
  ) {
    let spread = 1 / Double(width).squareRoot()
    table = Embedding(
      ids,
      width,
      initialization: .normal(standardDeviation: spread),
      using: generator
    )
    positions = Parameter(.normal([length, width], using: generator) * 0.02)
    self.layers = (0..<layers).map { _ in
      TransformerEncoderLayer(
        width,
        heads: heads,
        hidden: hidden ?? 4 * width,
        activation: .gelu,
        using: generator
      )
    }
    norm = LayerNorm(width, on: generator.device)
    projection = Linear(width, outputs, bias: false, using: generator)
  }

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    guard PaddedTokens.holdIDs(input) else { return input }
    let tokens = PaddedTokens(input)
    guard
      holds(
        tokens.length <= positions.shape[0],
        "a transformer of sentences of \(positions.shape[0]) tokens saw \(tokens.length): cut them"
      )
    else { return input }
    let mask = tokens.attention
    var value = table(tokens.ids, pass) + positions.value[0..<tokens.length]
    for (index, layer) in layers.enumerated() {
      value = pass.within("layers.\(index)") { layer.encoded(value, mask: mask, pass) }
    }
    return projection(pass.tap("mean", tokens.mean(norm(value, pass))), pass)
  }
}
