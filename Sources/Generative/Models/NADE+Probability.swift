import Tensors

extension NADE: ProposalModel {
  /// log q(x) of images `[count, inputs]` (0 and 1, or grey in between): `[count]`.
  public func logProbability(_ images: Tensor) -> Tensor { kernel.logProbability(images) }

  /// q(x_i = 1 | inputs before i in the order), `[count, inputs]`.
  public func conditionals(_ images: Tensor) -> Tensor { kernel.conditionals(images) }

  /// ∂log q/∂x_i, of the formula continued to real x, `[count, inputs]`.
  public func inputDerivative(_ images: Tensor) -> Tensor { kernel.inputDerivative(images) }

  /// Exact independent samples, `[count, inputs]`, bytes.
  ///
  /// - Parameter stream: Samples of different streams of a seed are independent.
  public func samples(_ count: Int, seed: UInt64, stream: Int = 0) -> Tensor {
    sampled(count, seed: seed, stream: stream).samples
  }

  /// Exact samples and their log q, `[count]`, which comes for free.
  func sampled(
    _ count: Int,
    seed: UInt64,
    stream: Int = 0
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
    stream: Int = 0
  ) throws -> Tensor {
    guard (0...inputs).contains(given), images.rank == 2, images.shape[1] == inputs else {
      throw GenerativeError(
        "completions of images of shape \(images.shape) given \(given) inputs: must be [count, "
          + "\(inputs)] and between 0 and \(inputs)"
      )
    }
    return kernel.samples(
      images.shape[0],
      seed: seed,
      stream: UInt32(stream),
      given: given,
      from: images
    ).samples
  }
}
