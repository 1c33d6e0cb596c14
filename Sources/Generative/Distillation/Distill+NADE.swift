import Distillation
import Networks

/// Distils an unnormalised model into a NADE, fused.
///
/// ```swift
/// let student = NADE(inputs: 784, hidden: 500, using: RandomGenerator(seed: 1))
/// try distill(
///   rbm, into: student, on: rbm.gibbsSamples(steps: 30_000, seed: 1),
///   minimizing: .negativeLogLikelihood, using: Adam(), schedule: .cosine(over: 30_000))
/// ```
///
/// - Parameters: See ``NADEDistiller`` and its `run`.
/// - Returns: What happened. The student is the one given.
/// - Throws: ``GenerativeError`` when the kernels do not have the loss or the optimizer, when the
///   loss is not finite, or when a checkpoint cannot be read or written.
@discardableResult
public func distill(
  _ teacher: some UnnormalizedModel,
  into student: NADE,
  on inputs: any Inputs,
  minimizing loss: Loss,
  using optimizer: any Optimizer = Adam(),
  schedule: Schedule = .constant,
  averaging: Averaging = .none,
  seed: UInt64 = 0,
  checkpointing: CheckpointPolicy? = nil,
  progress: ((TrainingProgress) -> Continuation)? = nil
) throws -> TrainingRecord {
  try NADEDistiller(
    student,
    minimizing: loss,
    using: optimizer,
    schedule: schedule,
    averaging: averaging,
    seed: seed
  ).run(on: inputs, observing: teacher, checkpointing: checkpointing, progress: progress)
}
