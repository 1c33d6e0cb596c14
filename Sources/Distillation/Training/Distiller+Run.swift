import Foundation
import Networks

extension Distiller {
  /// Makes steps until the inputs end or `progress` stops it.
  ///
  /// - Parameters:
  ///   - inputs: The batches. Steps made before count: with ``stepsDone`` 100 the first batch asked
  ///     for is that of step 100.
  ///   - teacher: Observed at each batch that does not bring an observation along.
  ///   - checkpointing: Where and how often to write checkpoints, and whether to resume from one.
  ///   - progress: Called after every step, before its checkpoint. What it throws ends the run, and
  ///     the step is not in a checkpoint.
  /// - Throws: ``DistillationError``; the last checkpoint that was written is kept.
  @discardableResult
  public func run(
    on inputs: any Inputs,
    observing teacher: (any Teacher)? = nil,
    checkpointing: CheckpointPolicy? = nil,
    progress: ((TrainingProgress) throws -> Continuation)? = nil
  ) throws -> TrainingRecord {
    var record = TrainingRecord()
    if let checkpointing, checkpointing.canResume {
      record = try restore(from: checkpointing.file, inputs: inputs, observing: teacher)
    }
    let (secondsBefore, stepsBefore) = (record.seconds, stepsDone)
    let clock = ContinuousClock()
    let start = clock.now
    var written = (step: stepsDone, seconds: 0.0)
    defer { synchronize() }
    while let batch = try inputs.batch(stepsDone) {
      let loss = try step(on: batch, observing: teacher)
      record.losses.append(loss)
      let seconds = (clock.now - start) / .seconds(1)
      record.steps = stepsDone
      record.seconds = secondsBefore + seconds
      record.gradientNorms = gradientNorms
      let report = TrainingProgress(
        step: stepsDone,
        stepCount: inputs.stepCount,
        loss: loss,
        seconds: record.seconds,
        stepsPerSecond: Double(stepsDone - stepsBefore) / max(seconds, 1e-9)
      )
      if try progress?(report) == .stop {
        record.ending = .stopped
        break
      }
      if let checkpointing,
        checkpointing.isDue(steps: stepsDone - written.step, seconds: seconds - written.seconds)
      {
        try save(to: checkpointing.file, record, inputs: inputs)
        written = (stepsDone, seconds)
      }
    }
    record.notes = bound?.notes ?? []
    record.engine = engineName ?? ""
    if let checkpointing, written.step < stepsDone {
      try save(to: checkpointing.file, record, inputs: inputs)
    }
    return record
  }
}
