import Distillation
import Networks
import Tensors

/// BERT (Devlin et al. 2019) as sentence encoders use it: token ids `[batch, length]` to the mean of
/// what the last layer makes of the tokens, of length 1, `[batch, width]`.
///
/// ```swift
/// let teacher = try BERTEncoder(URL(fileURLWithPath: ".data/minilm"))
/// let embeddings = teacher(tokenizer.padded(["Knowledge, distilled."], to: 256))
/// ```
///
/// Taps: `layers.0`, …, `[batch, length, width]`, and `mean`, `[batch, width]`.
public struct BERTEncoder: MeaningfulModule {
  public let meaning = Observation.Meaning.reals
  public let configuration: BERTConfiguration
  public let wordEmbeddings: Embedding
  public let positionEmbeddings: Embedding
  public let tokenTypeEmbeddings: Embedding
  public let norm: LayerNorm
  public let layers: [TransformerEncoderLayer]

  public init(_ configuration: BERTConfiguration, using generator: RandomGenerator) {
    let width = configuration.width
    func embedding(_ entries: Int) -> Embedding {
      Embedding(
        entries,
        width,
        initialization: .normal(standardDeviation: 0.02),
        using: generator
      )
    }
    self.configuration = configuration
    wordEmbeddings = embedding(configuration.ids)
    positionEmbeddings = embedding(configuration.length)
    tokenTypeEmbeddings = embedding(configuration.tokenTypes)
    norm = LayerNorm(width, epsilon: configuration.epsilon, on: generator.device)
    layers = (0..<configuration.layers).map { _ in
      TransformerEncoderLayer(
        width,
        heads: configuration.heads,
        hidden: configuration.hidden,
        activation: .gelu,
        normalizesFirst: false,
        epsilon: configuration.epsilon,
        using: generator
      )
    }
  }

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    let mean = mean(input, pass)
    return mean / mean.norm(along: 1, keepingAxes: true).clamped(min: 1e-12)
  }

  /// The mean over the tokens as it is, `[batch, width]`.
  func mean(_ input: Tensor, _ pass: Pass) -> Tensor {
    guard PaddedTokens.holdIDs(input) else { return input }
    let tokens = PaddedTokens(input)
    guard
      holds(
        tokens.length <= configuration.length,
        "a BERT of \(configuration.length) positions saw \(tokens.length) tokens: cut them"
      )
    else { return input }
    let mask = tokens.attention
    let summed =
      wordEmbeddings(tokens.ids, pass) + tokenTypeEmbeddings.weight.value[0]
      + positionEmbeddings.weight.value[0..<tokens.length]
    var value = norm(summed, pass)
    for (index, layer) in layers.enumerated() {
      value = pass.within("layers.\(index)") { layer.encoded(value, mask: mask, pass) }
    }
    return pass.tap("mean", tokens.mean(value))
  }
}
