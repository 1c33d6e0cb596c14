import Networks

/// Trains a student to do what a teacher does.
///
/// ```swift
/// let student = MLP([784, 50, 30, 10], using: RandomGenerator(seed: 1))
/// try distill(
///   Ensemble(networks),
///   into: student,
///   on: Examples(images).batches(of: 20, epochs: 40, shuffled: 1),
///   minimizing: .softCrossEntropy() + 0.03 * .derivativeSquaredError,
///   using: Adam(learningRate: 1e-3)
/// )
/// ```
///
/// - Parameters:
///   - teacher: Observed at each batch. Batches may bring observations along instead (a teacher that
///     changes at every step): then see ``train(_:observedAs:on:minimizing:using:schedule:seed:checkpointing:progress:)``.
///   - student: Its parameters are changed.
///   - meaning: What the student's outputs are. The default is what the student says, else logits, as
///     classifiers give them.
///   - inputs: Where the two are compared. They end the run.
///   - loss: How far apart they are.
///   - optimizer: How parameters move. The default is Adam as its paper has it.
///   - schedule: A factor of the learning rate for each step. The default is 1 throughout.
///   - seed: Where the numbers of dropout and random projections come from.
///   - checkpointing: Where and how often to write checkpoints. The default writes none.
///   - progress: Called after every step; may stop the run.
/// - Returns: What happened. The student is the one given.
/// - Throws: ``DistillationError`` when teacher, student and loss do not fit together, when the loss
///   is not finite (before the parameters change), or when a checkpoint cannot be read or written.
@discardableResult
public func distill<Student: Module>(
  _ teacher: some Teacher,
  into student: Student,
  observedAs meaning: Observation.Meaning? = nil,
  on inputs: any Inputs,
  minimizing loss: Loss,
  using optimizer: any Optimizer = Adam(),
  schedule: Schedule = .constant,
  seed: UInt64 = 0,
  checkpointing: CheckpointPolicy? = nil,
  progress: ((TrainingProgress) throws -> Continuation)? = nil
) throws -> TrainingRecord {
  try Distiller(
    student,
    observedAs: meaning,
    minimizing: loss,
    using: optimizer,
    schedule: schedule,
    seed: seed
  ).run(on: inputs, observing: teacher, checkpointing: checkpointing, progress: progress)
}

/// Trains a student on what its batches bring along: labels, or observations of a teacher that
/// changes at every step.
///
/// ```swift
/// try train(
///   network,
///   on: Examples(images, labels: labels).batches(of: 20, epochs: 20, shuffled: 1),
///   minimizing: .crossEntropy(),
///   using: Adam(learningRate: 1e-3)
/// )
/// ```
///
/// Parameters, result and errors are those of
/// ``distill(_:into:observedAs:on:minimizing:using:schedule:seed:checkpointing:progress:)``.
@discardableResult
public func train<Student: Module>(
  _ student: Student,
  observedAs meaning: Observation.Meaning? = nil,
  on inputs: any Inputs,
  minimizing loss: Loss,
  using optimizer: any Optimizer = Adam(),
  schedule: Schedule = .constant,
  seed: UInt64 = 0,
  checkpointing: CheckpointPolicy? = nil,
  progress: ((TrainingProgress) throws -> Continuation)? = nil
) throws -> TrainingRecord {
  try Distiller(
    student,
    observedAs: meaning,
    minimizing: loss,
    using: optimizer,
    schedule: schedule,
    seed: seed
  ).run(on: inputs, checkpointing: checkpointing, progress: progress)
}
