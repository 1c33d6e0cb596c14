import Mathematics
import Networks

/// Distils a teacher into an assistant, that into the next, and the last into the student.
///
/// ```swift
/// try distill(
///   ModuleTeacher(large),
///   through: [MLP([784, 300, 10], using: .init(seed: 1)), MLP([784, 100, 10], using: .init(seed: 2))],
///   into: MLP([784, 30, 10], using: .init(seed: 3)),
///   on: Examples(images, labels: labels).batches(of: 64, epochs: 20, shuffled: 4),
///   minimizing: .crossEntropy() + .kullbackLeibler(temperature: 4),
///   using: { Adam(learningRate: 1e-3) }
/// )
/// ```
///
/// A student much smaller than its teacher learns better from one of a size in between.
///
/// Mirzadeh et al., *Improved Knowledge Distillation via Teacher Assistant* (2020).
///
/// - Parameters:
///   - assistants: From large to small; each is trained, then teaches the next. With none it is
///     ``distill(_:into:observedAs:on:minimizing:using:schedule:seed:checkpointing:progress:)``.
///   - meaning: What the outputs of assistants and student are.
///   - inputs: The same for every stage.
///   - optimizer: Makes a new one for each stage.
///   - checkpointing: A file for each stage, `run-1.safetensors` and so on for the policy's
///     `run.safetensors`; stages that are finished are not run again.
///   - progress: Called after every step with the number of the stage, from 0; stopping ends the
///     whole chain.
/// - Returns: What happened at each stage, the student's last; fewer when it was stopped.
/// - Throws: As ``distill(_:into:observedAs:on:minimizing:using:schedule:seed:checkpointing:progress:)``.
@discardableResult
public func distill(
  _ teacher: some Teacher,
  through assistants: [any Module],
  into student: any Module,
  observedAs meaning: Observation.Meaning = .logits,
  on inputs: any Inputs,
  minimizing loss: Loss,
  using optimizer: () -> any Optimizer = { Adam() },
  schedule: Schedule = .constant,
  seed: UInt64 = 0,
  checkpointing: CheckpointPolicy? = nil,
  progress: ((_ stage: Int, TrainingProgress) -> Continuation)? = nil
) throws -> [TrainingRecord] {
  var records: [TrainingRecord] = []
  var current: any Teacher = teacher
  for (stage, next) in (assistants + [student]).enumerated() {
    let record = try distill(
      current,
      into: next,
      observedAs: meaning,
      on: inputs,
      minimizing: loss,
      using: optimizer(),
      schedule: schedule,
      seed: mixed(seed, stage),
      checkpointing: checkpointing?.stage(stage + 1),
      progress: progress.map { progress in { progress(stage, $0) } }
    )
    records.append(record)
    if record.ending == .stopped { break }
    current = ModuleTeacher(next, observedAs: meaning)
  }
  return records
}

extension CheckpointPolicy {
  /// The policy of one of several stages: its file is named after the stage.
  func stage(_ number: Int) -> CheckpointPolicy {
    var result = self
    let name = file.deletingPathExtension().lastPathComponent
    result.file = file.deletingLastPathComponent()
      .appending(path: "\(name)-\(number)").appendingPathExtension(file.pathExtension)
    return result
  }
}
