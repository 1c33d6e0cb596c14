import Distillation
import Networks
import Tensors

/// The steps of distilling an unnormalised model into one of its students: ``NADEDistiller`` with
/// fused kernels, ``NormalizedDistiller`` for any other.
///
/// ```swift
/// let distiller = try student.distiller(of: rbm, minimizing: .negativeLogLikelihood)
/// try distiller.run(on: rbm.gibbsSamples(steps: 1_000, seed: 1), observing: rbm)
/// ```
public protocol StudentDistiller: AnyObject {
  /// The constant of the square error, where it is learnt.
  var learntConstant: Double? { get }

  /// Puts the parameters into the student, which has them between steps only where nothing is fused.
  func synchronize()

  /// Makes steps until the inputs end or `progress` stops it; then the student holds the result.
  ///
  /// - Parameters:
  ///   - inputs: Samples of the teacher; the place of `ResumableInputs` is kept in checkpoints.
  ///   - teacher: Observed where the loss needs it.
  ///   - checkpointing: Where and how often to write checkpoints, and whether to go on from one.
  ///   - progress: Called after every step, before its checkpoint. What it throws ends the run, and
  ///     the step is not in a checkpoint.
  @discardableResult
  func run(
    on inputs: any Inputs,
    observing teacher: (any Teacher)?,
    checkpointing: CheckpointPolicy?,
    progress: ((TrainingProgress) throws -> Continuation)?
  ) throws -> TrainingRecord
}

extension NADEDistiller: StudentDistiller {}

extension NormalizedModel {
  /// By differentiation, which knows every loss.
  public func distiller(
    of teacher: some UnnormalizedModel,
    minimizing loss: Loss,
    using optimizer: any Optimizer = Adam(),
    schedule: Schedule = .constant,
    seed: UInt64 = 0
  ) throws -> any StudentDistiller {
    differentiating(teacher, loss, optimizer, schedule, seed)
  }

  fileprivate func differentiating(
    _ teacher: some UnnormalizedModel,
    _ loss: Loss,
    _ optimizer: any Optimizer,
    _ schedule: Schedule,
    _ seed: UInt64
  ) -> any StudentDistiller {
    NormalizedDistiller(
      self,
      of: teacher,
      minimizing: loss,
      using: optimizer,
      schedule: schedule,
      seed: seed
    )
  }
}

extension NADE {
  /// Fused on the CPU, by differentiation on other devices.
  ///
  /// - Throws: ``GenerativeError`` when the kernels do not have the loss or the optimizer.
  public func distiller(
    of teacher: some UnnormalizedModel,
    minimizing loss: Loss,
    using optimizer: any Optimizer = Adam(),
    schedule: Schedule = .constant,
    seed: UInt64 = 0
  ) throws -> any StudentDistiller {
    guard weights.value.device == .cpu else {
      return differentiating(teacher, loss, optimizer, schedule, seed)
    }
    return try NADEDistiller(
      self,
      minimizing: loss,
      using: optimizer,
      schedule: schedule,
      seed: seed
    )
  }
}
