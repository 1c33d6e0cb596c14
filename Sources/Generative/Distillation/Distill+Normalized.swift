import Distillation
import Networks
import Tensors

/// Distils an unnormalised model into a normalised one, by differentiation.
///
/// ```swift
/// let student = MADE(inputs: 784, hidden: [500, 500], using: RandomGenerator(seed: 1))
/// try distill(
///   rbm, into: student, on: rbm.gibbsSamples(batchSize: { _ in 100 }, steps: 10_000, seed: 1),
///   minimizing: .negativeLogLikelihood + 0.1 * .derivativeSquaredError, using: Adam(),
///   schedule: .cosine(over: 10_000))
/// ```
///
/// - Parameters:
///   - meaning: What the student gives are log-densities, whatever is said here.
///   - loss: All of this room's and any other of log-densities and their derivatives.
/// - Returns: What happened. The student is the one given.
/// - Throws: `DistillationError` when the loss does not fit or is not finite, or when a checkpoint
///   cannot be read or written.
@discardableResult
public func distill(
  _ teacher: some UnnormalizedModel,
  into student: some NormalizedModel,
  observedAs meaning: Observation.Meaning = .logDensities,
  on inputs: any Inputs,
  minimizing loss: Loss,
  using optimizer: any Optimizer,
  schedule: Schedule = .constant,
  seed: UInt64 = 0,
  checkpointing: CheckpointPolicy? = nil,
  progress: ((TrainingProgress) -> Continuation)? = nil
) throws -> TrainingRecord {
  try Distiller(
    student,
    observedAs: .logDensities,
    minimizing: loss.bound(to: student, teacher, seed: seed),
    using: optimizer,
    schedule: schedule,
    seed: seed
  ).run(on: inputs.inFloats, observing: teacher, checkpointing: checkpointing, progress: progress)
}

extension Inputs {
  /// The same batches with binary states as Float32, which can be differentiated with respect to.
  var inFloats: FunctionOfStep {
    FunctionOfStep(stepCount) { step in
      var batch = try self.batch(step)
      if let states = batch?.inputs, !states.elementType.isFloatingPoint {
        batch?.inputs = states.cast(to: .float32)
      }
      return batch
    }
  }
}
