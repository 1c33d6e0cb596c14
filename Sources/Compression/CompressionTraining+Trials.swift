import Distillation
import Foundation
import Networks
import Tensors

/// Steps that are made to learn something about the training, and forgotten.
extension CompressionTraining {
  /// Tries the student's loss on a few examples, so that taps, shapes and meanings that do not fit are
  /// refused before any work is done, and says what it puts in between student and teacher.
  package func validate() throws {
    let loss = try loss(of: .student)
    guard !loss.needs.teacherFeatures.isEmpty else {
      let observed = loss.needs.teacher ? teacher(for: loss) : nil
      for text in try tryStep(loss, observing: observed).notes { work.note(text) }
      return
    }
    guard let teacher = try observedTeacher(for: loss) else { return }
    let student = freshNetwork(seed: plan.seed)
    for text in try loss.validate(for: student, from: teacher, on: data.taught) {
      work.note(text)
    }
    // What compares or normalises a batch cannot do so with one example.
    guard plan.training.batchSize == 1 else { return }
    try tryStep(loss, observing: teacher)
  }

  /// Makes the first step, with nothing learnt before it, and forgets it.
  @discardableResult
  private func tryStep(_ loss: Loss, observing teacher: (any Teacher)?) throws -> TrainingRecord {
    var training = plan.training
    training.steps = 1
    return try run(
      loss,
      training,
      observing: teacher,
      seed: plan.seed,
      checkpoint: nil,
      isLearning: false
    ) { _, _ in .proceed }.record
  }

  /// The loss at the first batch, of another size than the plan's, with the teacher's answers exchanged
  /// among its examples.
  func firstLoss(of size: Int, observing teacher: any Teacher, exchanging shift: Int) throws
    -> Double
  {
    var training = plan.training
    (training.steps, training.batchSize) = (1, size)
    let record = try run(
      loss(of: .student),
      training,
      observing: teacher,
      seed: plan.seed,
      checkpoint: nil,
      isLearning: false,
      exchanging: shift
    ) { _, _ in .proceed }.record
    return record.losses.latest ?? .nan
  }

  /// How many steps of the student's training fit into a second, tried for two of them.
  package func stepsPerSecond() throws -> Double {
    var rate = 0.0
    var training = plan.training
    training.steps = 1_000_000
    let loss = try loss(of: .student)
    let observed = try observedTeacher(for: loss)
    _ = try run(
      loss,
      training,
      observing: observed,
      seed: plan.seed,
      checkpoint: nil,
      isLearning: false
    ) { [self] step, _ in
      rate = step.stepsPerSecond
      return step.seconds >= 2 || work.isCancelled() ? .stop : .proceed
    }
    if work.isCancelled() { throw stopped("measuring") }
    return rate
  }

  /// Chooses with how many threads the student's steps are made, by trying them on the labels, or on
  /// what the teacher says where there are no classes, and says so. Fused steps of perceptrons choose by themselves, and their bits do not depend on it; those of
  /// libtorch do to the last bit, so the plan keeps the number.
  package func chooseThreads() throws {
    if plan.student.architecture.hasFusedSteps { return }
    guard device == .cpu, Machine.threads > 1 else { return }
    let isOnLabels = plan.data.isLabelled && plan.data.task == .classes
    let loss = try loss(of: isOnLabels ? .control : .student)
    let observed = isOnLabels ? nil : try observedTeacher(for: loss)
    let (threads, rates) = try QuickestThreads.find(upTo: Machine.threads) { threads in
      var training = plan.training
      (training.threads, training.steps) = (threads, 1_000_000)
      var first: Double?
      var rate = 0.0
      _ = try run(
        loss,
        training,
        observing: observed,
        seed: plan.seed,
        checkpoint: nil,
        isLearning: false
      ) { [self] step, _ in
        // The first steps pay for memory and threads that later ones find ready.
        guard step.step > 2, let start = first else {
          first = step.seconds
          return work.isCancelled() ? .stop : .proceed
        }
        rate = Double(step.step - 2) / max(step.seconds - start, 1e-9)
        return step.seconds - start >= 0.25 || work.isCancelled() ? .stop : .proceed
      }
      if work.isCancelled() { throw stopped("trying threads") }
      return rate
    }
    var chosen = plan
    chosen.training.threads = threads
    adopt(chosen)
    let others = rates.keys.sorted().map { String(format: "%.3g with \($0)", rates[$0]!) }
    work.note(
      "steps are made with \(threads) thread\(threads == 1 ? "" : "s"), the quickest as this machine is "
        + "busy now (\(others.joined(separator: ", ")) a second; another number: --training-threads)"
    )
  }
}
