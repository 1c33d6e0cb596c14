import Tensors

extension Inputs {
  /// The same batches with noise added to the inputs: with a square error of values, the cheap form
  /// of derivative matching.
  ///
  /// ```swift
  /// try distill(
  ///   teacher,
  ///   into: student,
  ///   on: Examples(images).batches(of: 20, epochs: 40, shuffled: 1)
  ///     .noisy(standardDeviation: 0.1, copies: 2, seed: 2),
  ///   minimizing: .squaredErrorOnLogits
  /// )
  /// ```
  ///
  /// For n ~ N(0, σ²I) and the difference d = f − t of student and teacher,
  /// E‖d(x + n)‖² = ‖d‖² + σ² (‖J_d‖² + d·Δd) + O(σ⁴): values and derivatives are matched at once, as
  /// by ``Loss/derivativeSquaredError``, without a derivative being computed. The Laplacian Δd is 0
  /// for networks that are linear in pieces, between their edges; elsewhere it counts as long as the
  /// values differ.
  ///
  /// The teacher is observed at the noisy inputs, so it cannot be one that was recorded at the
  /// examples: numbers of examples are not passed on. Each step has a generator of its own, so that
  /// an interrupted run resumes with the same noise.
  ///
  /// Srinivas & Fleuret, *Knowledge Transfer with Jacobian Matching* (2018).
  ///
  /// - Parameters:
  ///   - standardDeviation: σ, in the units of the inputs.
  ///   - copies: How many noisy inputs each example gives; batches become as many times larger. An
  ///     even number comes in pairs x + n and x − n, for which odd powers of σ cancel.
  ///   - seed: Where the noise comes from.
  public func noisy(standardDeviation: Double, copies: Int = 1, seed: UInt64) -> some Inputs {
    precondition(
      standardDeviation >= 0 && copies > 0,
      "noisy: standard deviation \(standardDeviation) and \(copies) copies must be positive"
    )
    return mapped(seed: seed) { batch, generator in
      guard batch.observation == nil else {
        throw DistillationError(
          "noisy inputs were not seen by the observations that these batches bring along: add the "
            + "noise before the teacher is observed"
        )
      }
      let inputs = batch.inputs
      let pairs = copies % 2 == 0
      let shape = [inputs.shape[0] * (pairs ? copies / 2 : copies)] + inputs.shape.dropFirst()
      let drawn =
        Tensor.normal(shape, inputs.elementType, using: generator).moved(to: inputs.device)
        * standardDeviation
      let noise = pairs ? Tensor.concatenated([drawn, -drawn]) : drawn
      func repeated(_ tensor: Tensor) -> Tensor {
        tensor.repeated([copies] + Array(repeating: 1, count: tensor.rank - 1))
      }
      return Batch(repeated(inputs) + noise, labels: batch.labels.map(repeated))
    }
  }
}
