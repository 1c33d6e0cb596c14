import Foundation
import Networks
import Tensors

extension Distiller {
  /// Makes steps until the inputs end or `progress` stops it.
  ///
  /// - Parameters:
  ///   - inputs: The batches. Steps made before count: with ``stepsDone`` 100 the first batch asked
  ///     for is that of step 100.
  ///   - teacher: Observed at each batch that does not bring an observation along.
  ///   - checkpointing: Where and how often to write checkpoints, and whether to resume from one.
  ///   - share: The share of the time that may be spent on looking at the terms of the loss one by
  ///     one (``TrainingProgress/terms``), which changes nothing. The default is none.
  ///   - progress: Called after every step, before its checkpoint. What it throws ends the run, and
  ///     the step is not in a checkpoint.
  /// - Throws: ``DistillationError``; the last checkpoint that was written is kept.
  @discardableResult
  public func run(
    on inputs: any Inputs,
    observing teacher: (any Teacher)? = nil,
    checkpointing: CheckpointPolicy? = nil,
    measuringTerms share: Double = 0,
    progress: ((TrainingProgress) throws -> Continuation)? = nil
  ) throws -> TrainingRecord {
    var record = TrainingRecord()
    isStopping = false
    if let file = try shared(checkpointing.flatMap { $0.canResume ? $0.file : nil }) {
      defer { if file != checkpointing?.file { try? FileManager.default.removeItem(at: file) } }
      record = try restore(from: file, inputs: inputs, observing: teacher)
    }
    let (secondsBefore, stepsBefore) = (record.seconds, stepsDone)
    let clock = ContinuousClock()
    let start = clock.now
    var written = (step: stepsDone, seconds: 0.0)
    var seconds = 0.0
    var sampler: TermSampler?
    defer {
      keepsStep = false
      synchronize()
    }
    while let batch = try inputs.batch(stepsDone) {
      keepsStep = sampler?.isDue(at: stepsDone, after: seconds) ?? false
      let loss: Double
      do {
        loss = try step(on: batch, observing: teacher)
      } catch is SharedStop {
        record.ending = .stopped
        break
      } catch let error as ProcessGroupError {
        if let checkpointing, written.step < stepsDone {
          try save(to: checkpointing.file, record, inputs: inputs)
        }
        throw error
      }
      var terms = stepsDone == 1 && share > 0 ? firstTerms : []
      if keepsStep { terms = try termsOfKeptStep() }
      if keepsStep { sampler?.took(secondsOfTerms, at: stepsDone) }
      sampler =
        sampler
        ?? TermSampler(
          share: samplesTerms ? share : 0,
          every: (inputs.stepCount ?? 20_000) / 100,
          cost: secondsOfTerms
        )
      record.losses.append(loss)
      seconds = (clock.now - start) / .seconds(1)
      record.steps = stepsDone
      record.seconds = secondsBefore + seconds
      record.gradientNorms = gradientNorms
      let report = TrainingProgress(
        step: stepsDone,
        stepCount: inputs.stepCount,
        loss: loss,
        seconds: record.seconds,
        stepsPerSecond: Double(stepsDone - stepsBefore) / max(seconds, 1e-9),
        learningRate: optimizer.learningRate,
        terms: terms
      )
      if try progress?(report) == .stop {
        if shards?.group != nil {
          isStopping = true
          continue
        }
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

  /// The checkpoint of the first process, for all that share the steps.
  ///
  /// - Throws: `ProcessGroupError`, and where it cannot be read or, on the others, written.
  private func shared(_ file: URL?) throws -> URL? {
    guard let group = shards?.group else { return file }
    let own = try file.map { [UInt8](try Data(contentsOf: $0)) } ?? []
    // One may have observed its teacher before the others.
    let bytes = try group.broadcast(
      bytes: group.rank == 0 ? own : [],
      patience: ProcessGroup.anyTime
    )
    guard group.rank > 0 else { return file }
    guard !bytes.isEmpty else { return nil }
    let copy = FileManager.default.temporaryDirectory
      .appendingPathComponent("distill-\(UUID().uuidString).safetensors")
    try Data(bytes).write(to: copy)
    return copy
  }
}
