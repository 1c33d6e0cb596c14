import Tensors

extension NADE: AutoregressiveModel {
  /// log q(x) of images `[count, inputs]` (0 and 1, or grey in between): `[count]`.
  public func logProbability(_ images: Tensor) -> Tensor { kernel.logProbability(images) }

  /// q(x_i = 1 | inputs before i in the order), `[count, inputs]`.
  public func conditionals(_ images: Tensor) -> Tensor { kernel.conditionals(images) }

  /// ∂log q/∂x_i, of the formula continued to real x, `[count, inputs]`.
  public func inputDerivative(_ images: Tensor) -> Tensor { kernel.inputDerivative(images) }

  /// Exact samples and their log q, `[count]`, which comes for free.
  public func sampled(
    _ count: Int,
    seed: UInt64,
    stream: Int
  ) -> (samples: Tensor, logProbability: Tensor) {
    kernel.samples(count, seed: seed, stream: UInt32(stream))
  }

  /// Images whose first `given` inputs of the order are kept and whose others are drawn from their
  /// exact conditional distribution, `[count, inputs]`.
  ///
  /// - Throws: ``GenerativeError`` when there are not that many inputs.
  public func completions(
    of images: Tensor,
    given: Int,
    seed: UInt64,
    stream: Int
  ) throws -> Tensor {
    try checkCompletions(of: images, given: given)
    return kernel.samples(
      images.shape[0],
      seed: seed,
      stream: UInt32(stream),
      given: given,
      from: images
    ).samples
  }
}
