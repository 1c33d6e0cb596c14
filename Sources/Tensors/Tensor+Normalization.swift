private enum Aten {
  static let batchNorm = Operator("aten::batch_norm")
  static let layerNorm = Operator("aten::layer_norm")
  static let groupNorm = Operator("aten::group_norm")
  static let embedding = Operator("aten::embedding")
  static let attention = Operator("aten::scaled_dot_product_attention")
  static let plainAttention = Operator("aten::_scaled_dot_product_attention_math")
}

extension Tensor {
  /// (x − mean)/√(variance + ε)·weight + bias with the statistics given (`[channels]`), the channels
  /// being the second axis.
  public func normalized(
    mean: Tensor,
    variance: Tensor,
    weight: Tensor?,
    bias: Tensor?,
    epsilon: Double
  ) -> Tensor {
    if mean.isTracked || variance.isTracked {
      // libtorch's operator takes the statistics as constants.
      let along = [-1] + [Int](repeating: 1, count: max(rank - 2, 0))
      let scale = (variance + epsilon).reciprocalSquareRoot * (weight ?? variance.onesLike)
      let centred = (self - mean.reshaped(to: along)) * scale.reshaped(to: along)
      return bias.map { centred + $0.reshaped(to: along) } ?? centred
    }
    return Aten.batchNorm(
      .tensor(self),
      .tensor(weight),
      .tensor(bias),
      .tensor(mean),
      .tensor(variance),
      .bool(false),
      .real(0),
      .real(epsilon),
      .bool(true)
    )
  }

  /// The same with the statistics of this batch (variance with divisor n).
  public func batchNormalized(weight: Tensor?, bias: Tensor?, epsilon: Double) -> Tensor {
    Aten.batchNorm(
      .tensor(self),
      .tensor(weight),
      .tensor(bias),
      .none,
      .none,
      .bool(true),
      .real(0),
      .real(epsilon),
      .bool(true)
    )
  }

  /// The same, with running statistics moved toward this batch's in place: by a share of the
  /// difference, the variance with divisor n − 1.
  package func batchNormalized(
    weight: Tensor?,
    bias: Tensor?,
    epsilon: Double,
    updating running: (mean: Tensor, variance: Tensor),
    by share: Double
  ) -> Tensor {
    Aten.batchNorm(
      .tensor(self),
      .tensor(weight),
      .tensor(bias),
      .tensor(running.mean),
      .tensor(running.variance),
      .bool(true),
      .real(share),
      .real(epsilon),
      .bool(true)
    )
  }

  /// Over the last axes, whose lengths are `shape` (Ba et al. 2016).
  public func layerNormalized(
    over shape: [Int],
    weight: Tensor?,
    bias: Tensor?,
    epsilon: Double
  ) -> Tensor {
    Aten.layerNorm(
      .tensor(self),
      .integers(shape),
      .tensor(weight),
      .tensor(bias),
      .real(epsilon)
    )
  }

  /// Over groups of channels, the channels being the second axis (Wu & He 2018).
  public func groupNormalized(
    groups: Int,
    weight: Tensor?,
    bias: Tensor?,
    epsilon: Double
  ) -> Tensor {
    Aten.groupNorm(.tensor(self), .integer(groups), .tensor(weight), .tensor(bias), .real(epsilon))
  }

  /// The rows of a table (`[entries, width]`) at these integers: `[…]` gives `[…, width]`.
  public func embedded(in table: Tensor) -> Tensor {
    Aten.embedding(.tensor(table), .tensor(self))
  }

  /// softmax(q·kᵀ/√width + mask)·v over the last two axes (Vaswani et al. 2017); a `bool` mask is
  /// true where attention is allowed.
  public static func scaledDotProductAttention(
    queries: Tensor,
    keys: Tensor,
    values: Tensor,
    mask: Tensor? = nil,
    isCausal: Bool = false
  ) -> Tensor {
    if ThreadState.differentiationDepth > 1 {
      // libtorch's fused operator has a first derivative only.
      let allowed = mask.map { mask in
        mask.elementType == .bool
          ? Tensor.zeros(mask.shape, queries.elementType, on: mask.device)
            .filled(with: -.infinity, where: .!mask) : mask
      }
      return Aten.plainAttention.results(
        .tensor(queries),
        .tensor(keys),
        .tensor(values),
        .tensor(allowed),
        .real(0),
        .bool(isCausal),
        capacity: 2
      )[0]
    }
    return Aten.attention(
      .tensor(queries),
      .tensor(keys),
      .tensor(values),
      .tensor(mask),
      .real(0),
      .bool(isCausal)
    )
  }
}
