import Distillation
import Exchange
import Foundation
import Networks
import Tensors

extension CompressionTraining {
  /// Trains a network that gives real numbers: the student towards the teacher's, the control towards
  /// those that belong to the examples, each in their standard deviations.
  ///
  /// - Throws: As ``train(_:seed:named:checkpoint:)``.
  func trainOnReals(
    _ role: CompressionRole,
    _ training: TrainingPlan,
    isWatched: Bool,
    seed: UInt64,
    named name: String,
    checkpoint: URL?
  ) throws -> TrainedNetwork {
    let loss = try loss(of: role)
    let (target, units) = try target(of: role, loss)
    let watch = try isWatched ? realWatch(role, training, units, checkpoint) : nil
    let trained = try train(
      minimizing: loss,
      training,
      seed: seed,
      named: name,
      checkpoint: checkpoint,
      toward: units.standardized(target),
      on: role == .control ? data.training : data.taught,
      watch: watch
    )
    try units.take(on: trained.network)
    return trained
  }

  private func target(
    of role: CompressionRole,
    _ loss: Loss
  ) throws -> (teacher: any Teacher, units: OutputUnits) {
    if role == .control {
      guard let targets = data.targets else {
        throw RunError("the control is trained on the numbers of the examples, and there are none")
      }
      let values = targets.training.moved(to: device)
      return (RecordedTeacher(Observation(values, meaning: .reals)), OutputUnits(of: values))
    }
    guard let observed = try observedTeacher(for: loss) else {
      throw RunError("the loss \(loss.description) does not look at the teacher")
    }
    let values =
      try (observed as? RecordedTeacher)?.observation.values
      ?? teacher.observe(data.taught.inputs).values
    return (observed, OutputUnits(of: values))
  }

  /// Looks at the mean squared error over the outputs, in standard deviations.
  private func realWatch(
    _ role: CompressionRole,
    _ training: TrainingPlan,
    _ units: OutputUnits,
    _ checkpoint: URL?
  ) throws -> ValidationWatch {
    let inputs = data.validation.inputs
    let right =
      try role == .control
      ? data.targets!.validation.moved(to: device) : teacher.observe(inputs).values
    let target = units.standardized(right)
    return ValidationWatch(
      role,
      training,
      measuring: { network in
        let seen = try Ensemble([network], observedAs: .reals).observe(inputs).values
        return ValidationWatch.Measured(
          losses: (seen - target).squared.mean(along: 1).moved(to: .cpu)
        )
      },
      checkpoint: checkpoint
    )
  }
}
