import CTorch

extension NADEKernel {
  /// log q(x), `[count]`.
  package func logProbability(_ images: Tensor) -> Tensor {
    let result = Tensor.zeros([images.shape[0]])
    withImages(images) { distill_nade_log_probability(plan, $0, result.floats) }
    return result
  }

  /// q(x_i = 1 | inputs before i in the order), `[count, inputs]`.
  package func conditionals(_ images: Tensor) -> Tensor {
    let result = Tensor.zeros(images.shape)
    withImages(images) { distill_nade_conditionals(plan, $0, result.floats) }
    return result
  }

  /// ∂log q/∂x, `[count, inputs]`.
  package func inputDerivative(_ images: Tensor) -> Tensor {
    let result = Tensor.zeros(images.shape)
    withImages(images) { distill_nade_input_derivative(plan, $0, result.floats) }
    return result
  }

  /// Exact samples (`[count, inputs]`, bytes) and their log q (`[count]`). The first `given` inputs
  /// of the order are taken from `start` instead of drawn.
  package func samples(
    _ count: Int,
    seed: UInt64,
    stream: UInt32,
    first: UInt64 = 0,
    given: Int = 0,
    from start: Tensor? = nil
  ) -> (samples: Tensor, logProbability: Tensor) {
    precondition(
      start == nil || start?.shape == [count, inputs],
      "NADE: \(count) samples of \(inputs) inputs started from shape \(start?.shape ?? [])"
    )
    let samples = start.map { $0.denseBytes.copied } ?? Tensor.zeros([count, inputs], .uint8)
    let logProbability = Tensor.zeros([count])
    withTeam(DISTILL_TEAM_NADE_SAMPLES, work: inputs * hidden * count) { threads in
      distill_nade_set_threads(plan, threads)
      distill_nade_sample(
        plan,
        Int64(count),
        Int32(given),
        distill_nade_randomness(seed: seed, stream: stream, first: first),
        samples.bytes,
        logProbability.floats
      )
    }
    return (samples, logProbability)
  }
}
