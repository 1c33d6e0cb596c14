import Tensors

/// Attention from a sequence to itself and a perceptron at each position, both added to their input
/// (Vaswani et al. 2017): `[batch, length, width]` to the same shape.
///
/// With normalisation first: x + attention(norm1(x)), then x + linear2(activation(linear1(norm2(x))));
/// with normalisation last, as in the paper, norm1(x + attention(x)) and so on. Parameter paths are
/// those of PyTorch's `TransformerEncoderLayer` with `batch_first=True` and without dropout.
public struct TransformerEncoderLayer: Module {
  public let selfAttn: MultiHeadAttention
  public let linear1: Linear
  public let linear2: Linear
  public let norm1: LayerNorm
  public let norm2: LayerNorm
  public let activation: Activation
  /// Whether attention and perceptron see their input normalised, which trains without a warm-up
  /// (Xiong et al. 2020), or their results are.
  public let normalizesFirst: Bool

  /// - Parameters:
  ///   - width: The number of features of each position.
  ///   - heads: A divisor of the width.
  ///   - hidden: Units of the perceptron at each position.
  public init(
    _ width: Int,
    heads: Int,
    hidden: Int,
    activation: Activation = .relu,
    normalizesFirst: Bool = true,
    _ elementType: ElementType = .float32,
    using generator: RandomGenerator
  ) {
    selfAttn = MultiHeadAttention(width, heads: heads, elementType, using: generator)
    linear1 = Linear(width, hidden, elementType, using: generator)
    linear2 = Linear(hidden, width, elementType, using: generator)
    norm1 = LayerNorm(width, elementType: elementType, on: generator.device)
    norm2 = LayerNorm(width, elementType: elementType, on: generator.device)
    self.activation = activation
    self.normalizesFirst = normalizesFirst
  }

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    if normalizesFirst {
      let seen = input + attended(normalized(input, norm1, "norm1", pass), pass)
      return seen + transformed(normalized(seen, norm2, "norm2", pass), pass)
    }
    let seen = normalized(input + attended(input, pass), norm1, "norm1", pass)
    return normalized(seen + transformed(seen, pass), norm2, "norm2", pass)
  }

  private func normalized(
    _ value: Tensor,
    _ norm: LayerNorm,
    _ name: String,
    _ pass: Pass
  ) -> Tensor {
    pass.within(name) { norm(value, pass) }
  }

  private func attended(_ value: Tensor, _ pass: Pass) -> Tensor {
    pass.within("self_attn") { selfAttn(value, pass) }
  }

  private func transformed(_ value: Tensor, _ pass: Pass) -> Tensor {
    let hidden = pass.within("linear1") { linear1(value, pass) }
    return pass.within("linear2") { linear2(activation(hidden, pass), pass) }
  }
}
