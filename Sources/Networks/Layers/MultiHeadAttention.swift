import Tensors

/// softmax(q·kᵀ/√(width/heads))·v in each of several heads, between linear maps (Vaswani et al.
/// 2017): `[batch, length, width]` to the same shape. PyTorch's `MultiheadAttention` with
/// `batch_first=True`.
///
/// As a module it attends from a sequence to itself; ``attended(from:to:values:mask:_:)`` attends to
/// another one.
public struct MultiHeadAttention: Module {
  /// For queries, keys and values, one below the other: `[3·width, width]`.
  public let inProjWeight: Parameter
  /// `[3·width]`.
  public let inProjBias: Parameter?
  /// From the heads' results side by side to the output.
  public let outProj: Linear
  public let heads: Int
  public let isCausal: Bool

  /// - Parameters:
  ///   - width: The number of features of queries, keys, values and output alike.
  ///   - isCausal: Whether a position sees only itself and those before it.
  public init(
    _ width: Int,
    heads: Int,
    bias: Bool = true,
    isCausal: Bool = false,
    _ elementType: ElementType = .float32,
    using generator: RandomGenerator
  ) {
    precondition(width % heads == 0, "MultiHeadAttention: width \(width) for \(heads) heads")
    self.heads = heads
    self.isCausal = isCausal
    inProjWeight = Parameter(
      Initialization.glorotUniform(
        [3 * width, width],
        fanIn: width,
        fanOut: 3 * width,
        elementType,
        using: generator
      )
    )
    inProjBias =
      bias ? Parameter(.zeros([3 * width], elementType, on: generator.device)) : nil
    outProj = Linear(width, width, bias: bias, elementType, using: generator)
    if let bias = outProj.bias { bias.replace(with: bias.value.zerosLike) }
  }

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    attended(within: input, mask: nil, pass)
  }

  /// Attention from a sequence to itself.
  ///
  /// - Parameter mask: True where attention is allowed, to be broadcast to
  ///   `[batch, heads, length, length]`.
  public func attended(
    within input: Tensor,
    mask: Tensor?,
    _ pass: Pass = .evaluation
  ) -> Tensor {
    let projected = input.linear(weight: inProjWeight.value, bias: inProjBias?.value)
    return combined(projected.split(every: input.shape[2], along: 2), mask: mask, pass)
  }

  /// Attention from one sequence to another.
  ///
  /// - Parameters:
  ///   - queries: `[batch, length, width]`.
  ///   - keys: `[batch, other length, width]`.
  ///   - values: Of the shape of the keys. The default is the keys themselves.
  ///   - mask: True where attention is allowed, to be broadcast to
  ///     `[batch, heads, length, other length]`.
  public func attended(
    from queries: Tensor,
    to keys: Tensor,
    values: Tensor? = nil,
    mask: Tensor? = nil,
    _ pass: Pass = .evaluation
  ) -> Tensor {
    let width = queries.shape[2]
    let weights = inProjWeight.value.split(every: width)
    let biases = inProjBias?.value.split(every: width)
    let projected = [queries, keys, values ?? keys].enumerated().map { part, input in
      input.linear(weight: weights[part], bias: biases?[part])
    }
    // libtorch broadcasts masks of at least two axes.
    return combined(
      projected,
      mask: mask.map { $0.rank < 2 ? $0.reshaped(to: [1, -1]) : $0 },
      pass
    )
  }

  /// From projected queries, keys and values to the output.
  private func combined(_ projected: [Tensor], mask: Tensor?, _ pass: Pass) -> Tensor {
    let width = outProj.weight.shape[0]
    // The projections of all three, then queries · keys and weights · values in all heads together.
    pass.count(projected.reduce(0) { $0 + $1.count * width })
    pass.count(2 * projected[0].count * projected[1].shape[1])
    let parts = projected.map { part in
      part.reshaped(to: [part.shape[0], part.shape[1], heads, part.shape[2] / heads])
        .transposed(1, 2)
    }
    let attended = Tensor.scaledDotProductAttention(
      queries: parts[0],
      keys: parts[1],
      values: parts[2],
      mask: mask,
      isCausal: isCausal
    )
    let joined = attended.transposed(1, 2).flattened(from: 2)
    return pass.within("out_proj") { outProj(joined, pass) }
  }
}
