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
  ///   - epsilon: Of the normalisations. The default is PyTorch's.
  public init(
    _ width: Int,
    heads: Int,
    hidden: Int,
    activation: Activation = .relu,
    normalizesFirst: Bool = true,
    epsilon: Double = 1e-5,
    _ elementType: ElementType = .float32,
    using generator: RandomGenerator
  ) {
    selfAttn = MultiHeadAttention(width, heads: heads, elementType, using: generator)
    linear1 = Linear(width, hidden, elementType, using: generator)
    linear2 = Linear(hidden, width, elementType, using: generator)
    func norm() -> LayerNorm {
      LayerNorm(width, epsilon: epsilon, elementType: elementType, on: generator.device)
    }
    (norm1, norm2) = (norm(), norm())
    self.activation = activation
    self.normalizesFirst = normalizesFirst
  }

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    encoded(input, mask: nil, pass)
  }

  /// The same where not every position may be attended to, such as padding.
  ///
  /// - Parameter mask: True where attention is allowed, to be broadcast to
  ///   `[batch, heads, length, length]`.
  public func encoded(_ input: Tensor, mask: Tensor?, _ pass: Pass = .evaluation) -> Tensor {
    if normalizesFirst {
      let seen = input + attended(normalized(input, norm1, "norm1", pass), mask, pass)
      return seen + transformed(normalized(seen, norm2, "norm2", pass), pass)
    }
    let seen = normalized(input + attended(input, mask, pass), norm1, "norm1", pass)
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

  private func attended(_ value: Tensor, _ mask: Tensor?, _ pass: Pass) -> Tensor {
    pass.within("self_attn") { selfAttn.attended(within: value, mask: mask, pass) }
  }

  private func transformed(_ value: Tensor, _ pass: Pass) -> Tensor {
    let hidden = pass.within("linear1") { linear1(value, pass) }
    return pass.within("linear2") { linear2(activation(hidden, pass), pass) }
  }
}
