import Mathematics
import Networks

/// What came of a line of students that were born again.
public struct Generations<Student: Module> {
  /// From the first, which learnt from labels; each later one learnt from the one before.
  public var students: [Student]
  /// What happened in each one's training.
  public var records: [TrainingRecord]
  /// What the students' outputs are.
  public let meaning: Observation.Meaning

  /// All generations as one: the mean of their probabilities.
  public var ensemble: Ensemble { Ensemble(students, observedAs: meaning) }
}

/// Trains a student on labels, then others like it, each towards the one before.
///
/// ```swift
/// let line = try trainBornAgain(
///   generations: 3,
///   of: { MLP([784, 50, 30, 10], using: RandomGenerator(seed: UInt64($0))) },
///   on: Examples(images, labels: labels).batches(of: 64, epochs: 20, shuffled: 1)
/// )
/// let probabilities = try line.ensemble.observe(testImages).probabilities()
/// ```
///
/// Furlanello et al., *Born-Again Neural Networks* (2018): students as large as their teachers come
/// to be better, and the mean of all generations is better still.
///
/// - Parameters:
///   - generations: How many students, the first included.
///   - make: A new student for the generation of a number from 0; give each another seed.
///   - meaning: What the students' outputs are.
///   - inputs: Labelled examples, the same for every generation.
///   - loss: What the first generation minimises. The default is the cross entropy on labels.
///   - taught: What the later ones minimise. The default is the paper's, the cross entropies on
///     labels and on the teacher's probabilities.
///   - optimizer: Makes a new one for each generation.
///   - checkpointing: A file for each generation, `run-1.safetensors` and so on for the policy's
///     `run.safetensors`; those that are finished are not run again.
///   - progress: Called after every step with the number of the generation, from 0; stopping ends
///     the line.
/// - Returns: The students so far, those of a line that was stopped included.
/// - Throws: As ``distill(_:into:observedAs:on:minimizing:using:schedule:seed:checkpointing:progress:)``.
public func trainBornAgain<Student: Module>(
  generations: Int,
  of make: (_ generation: Int) -> Student,
  observedAs meaning: Observation.Meaning = .logits,
  on inputs: any Inputs,
  minimizing loss: Loss = .crossEntropy(),
  thereafter taught: Loss = .crossEntropy() + .softCrossEntropy(),
  using optimizer: () -> any Optimizer = { Adam() },
  schedule: Schedule = .constant,
  seed: UInt64 = 0,
  checkpointing: CheckpointPolicy? = nil,
  progress: ((_ generation: Int, TrainingProgress) -> Continuation)? = nil
) throws -> Generations<Student> {
  precondition(generations > 0, "trainBornAgain: \(generations) generations, must be positive")
  var line = Generations<Student>(students: [], records: [], meaning: meaning)
  for generation in 0..<generations {
    let student = make(generation)
    let distiller = Distiller(
      student,
      observedAs: meaning,
      minimizing: generation == 0 ? loss : taught,
      using: optimizer(),
      schedule: schedule,
      seed: mixed(seed, generation)
    )
    let record = try distiller.run(
      on: inputs,
      observing: line.students.last.map { ModuleTeacher($0, observedAs: meaning) },
      checkpointing: checkpointing?.stage(generation + 1),
      progress: progress.map { progress in { progress(generation, $0) } }
    )
    line.students.append(student)
    line.records.append(record)
    if record.ending == .stopped { break }
  }
  return line
}
