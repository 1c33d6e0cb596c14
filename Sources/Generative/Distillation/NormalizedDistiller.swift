import Distillation
import Networks
import Tensors

/// Trains any normalised student of an unnormalised model by differentiation: `Distiller` for losses
/// that look at more than a batch (``Distillation/Loss/reverseKullbackLeibler(samples:)``, a learnt
/// constant), and for teachers whose batches bring along less than the loss needs.
public final class NormalizedDistiller<Student: NormalizedModel>: StudentDistiller {
  private let distiller: Distiller<Student>
  private let needs: Needs
  private let teacher: any UnnormalizedModel

  /// - Parameters:
  ///   - teacher: What losses compare with that look at samples of their own.
  ///   - loss: All of this room's and any other of log-densities and their derivatives.
  ///   - optimizer: From its beginning.
  ///   - schedule: A factor of the learning rate for each step.
  ///   - seed: Where the student's own samples, orders and masks come from.
  public init(
    _ student: Student,
    of teacher: some UnnormalizedModel,
    minimizing loss: Loss,
    using optimizer: any Optimizer = Adam(),
    schedule: Schedule = .constant,
    seed: UInt64 = 0
  ) {
    let loss = student is DeepNADE ? loss.ofMissingInputs() : loss
    needs = loss.needs
    self.teacher = teacher
    distiller = Distiller(
      student,
      observedAs: .logDensities,
      minimizing: loss,
      using: optimizer,
      schedule: schedule,
      seed: seed
    )
  }

  public var student: Student { distiller.student }

  /// log Z plus the divergence, where the loss learns it.
  public var learntConstant: Double? { distiller.bound?.learntConstant }

  /// Nothing: the student has its parameters at all times.
  public func synchronize() {}

  @discardableResult
  public func run(
    on inputs: any Inputs,
    observing teacher: (any Teacher)? = nil,
    checkpointing: CheckpointPolicy? = nil,
    progress: ((TrainingProgress) throws -> Continuation)? = nil
  ) throws -> TrainingRecord {
    try distiller.run(
      on: ObservedStates(inputs, teacher ?? self.teacher, needs),
      observing: teacher ?? self.teacher,
      checkpointing: checkpointing,
      progress: progress
    )
  }
}

/// Batches of states as Float32, which can be differentiated with respect to; where they bring an
/// observation along, with the derivatives it may lack.
private struct ObservedStates: ResumableInputs {
  let inputs: any Inputs
  let teacher: (any Teacher)?
  let needs: Needs

  init(_ inputs: any Inputs, _ teacher: (any Teacher)?, _ needs: Needs) {
    (self.inputs, self.teacher, self.needs) = (inputs, teacher, needs)
  }

  var stepCount: Int? { inputs.stepCount }

  func batch(_ step: Int) throws -> Batch? {
    guard var batch = try inputs.batch(step) else { return nil }
    if !batch.inputs.elementType.isFloatingPoint {
      batch.inputs = batch.inputs.cast(to: .float32)
    }
    if needs.derivatives, var observation = batch.observation, observation.derivatives == nil {
      let seen = try teacher?.observe(batch.inputs, Request(derivatives: .all))
      observation.derivatives = seen?.derivatives
      batch.observation = observation
    }
    return batch
  }

  var state: [String: Tensor] { (inputs as? any ResumableInputs)?.state ?? [:] }

  func restore(_ state: [String: Tensor]) throws {
    try (inputs as? any ResumableInputs)?.restore(state)
  }

  var nextStep: Int? { (inputs as? any ResumableInputs)?.nextStep }
}
