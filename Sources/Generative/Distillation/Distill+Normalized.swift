import Distillation
import Networks
import Tensors

/// Distils an unnormalised model into a normalised one: a ``NADE`` by fused kernels, any other student
/// by differentiation.
///
/// ```swift
/// let student = NADE(inputs: 784, hidden: 500, using: RandomGenerator(seed: 1))
/// try distill(
///   rbm, into: student, on: rbm.gibbsSamples(steps: 30_000, seed: 1),
///   minimizing: .negativeLogLikelihood, using: Adam(), schedule: .cosine(over: 30_000))
/// ```
///
/// - Parameters:
///   - meaning: What the student gives are log-densities, whatever is said here.
///   - loss: All of this room's; for students other than NADE any other of log-densities and their
///     derivatives too.
/// - Returns: What happened. The student is the one given.
/// - Throws: ``GenerativeError`` when the kernels of NADE do not have the loss or the optimizer;
///   `DistillationError` or ``GenerativeError`` when the loss does not fit or is not finite, or when
///   a checkpoint cannot be read or written.
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
  progress: ((TrainingProgress) throws -> Continuation)? = nil
) throws -> TrainingRecord {
  try student.distiller(
    of: teacher,
    minimizing: loss,
    using: optimizer,
    schedule: schedule,
    seed: seed
  ).run(on: inputs, observing: teacher, checkpointing: checkpointing, progress: progress)
}
