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
/// The parameters are those of the function for any student, so that this one is chosen where the
/// student is a NADE; ``NADEDistiller`` also averages parameters.
///
/// - Parameter meaning: What a NADE gives are log-densities, whatever is said here.
/// - Returns: What happened. The student is the one given.
/// - Throws: ``GenerativeError`` when the kernels do not have the loss or the optimizer, when the
///   loss is not finite, or when a checkpoint cannot be read or written.
@discardableResult
public func distill(
  _ teacher: some UnnormalizedModel,
  into student: NADE,
  observedAs meaning: Observation.Meaning = .logDensities,
  on inputs: any Inputs,
  minimizing loss: Loss,
  using optimizer: any Optimizer,
  schedule: Schedule = .constant,
  seed: UInt64 = 0,
  checkpointing: CheckpointPolicy? = nil,
  progress: ((TrainingProgress) -> Continuation)? = nil
) throws -> TrainingRecord {
  try NADEDistiller(student, minimizing: loss, using: optimizer, schedule: schedule, seed: seed)
    .run(on: inputs, observing: teacher, checkpointing: checkpointing, progress: progress)
}
