import Distillation
import Exchange
import Foundation
import ModelFiles
import Networks
import Reporting
import Tensors

/// Which network of a compression is trained.
package enum CompressionRole: String, Codable, CaseIterable {
  /// Towards the teacher.
  case student
  /// On the labels alone, with the same network, batches and number of steps.
  case control
}

/// A network that is trained, and what happened on the way.
package struct TrainedNetwork {
  package let network: any Module
  package let record: TrainingRecord
  /// How it did on the validation examples; empty where it was not looked at.
  package let looks: [ValidationLook]
  /// What is remarkable, for people.
  package let remark: String?
}

/// Trains networks as a plan says: its data and teacher are loaded, checked against their hashes,
/// and observed once.
///
/// The student and the control of one seed start from the same weights and see the same batches.
package final class CompressionTraining {
  package private(set) var plan: CompressionPlan
  package let data: CompressionData
  /// The teacher as it answers for any inputs.
  package let teacher: any Teacher
  /// Its networks: one, or the members of an ensemble.
  package let teacherNetworks: [any Module]
  package let device: Device
  package let work: Work
  /// What was observed, without and with derivatives, as probabilities or as values. One never serves
  /// for the other: what a network learns must not depend, to the last bit, on what was trained
  /// before it.
  package var recorded: [Observed: any Teacher] = [:]
  /// Where recordings are kept for other runs; nil where they are not.
  package var store: ObservationStore?

  private var said: [Part: ClassPredictions] = [:]

  package struct Observed: Hashable {
    package let derivatives: Bool
    package let values: Bool

    package init(
      derivatives: Bool,
      values: Bool
    ) {
      self.derivatives = derivatives
      self.values = values
    }
  }

  /// - Parameter folder: Of the run, which keeps what a program answered.
  /// - Throws: One sentence when a file is missing, was changed, or does not fit the plan.
  package convenience init(
    _ plan: CompressionPlan,
    in folder: String = ".",
    on device: Device = .cpu,
    _ work: Work
  ) throws {
    let teacher = plan.teacher.located(in: folder)
    try self.init(
      plan,
      data: CompressionData(plan.data, on: device),
      networks: loadTeacher(teacher, data: plan.data, on: device) {
        let file = teacher.files[0]
        try file.requireUnchanged()
        let content = try AnswersPlan.content(file.path, teacher.answers?.array)
        return try AnswerTable(content, LabelledSource(plan.data.counted), plan.data)
      },
      on: device,
      work
    )
  }

  /// With data and teacher that are loaded already.
  package init(
    _ plan: CompressionPlan,
    data: CompressionData,
    networks: [any Module],
    on device: Device,
    _ work: Work
  ) throws {
    self.plan = plan
    self.device = device
    self.work = work
    teacherNetworks = networks
    let meaning = plan.data.meaning
    let ensemble = Ensemble(
      networks.map { ModuleTeacher(opening: $0, as: meaning) },
      mean: plan.teacher.mean
    )
    teacher = ensemble
    self.data =
      plan.data.isLabelled || meaning == .reals ? data : try data.labelled(by: ensemble)
  }

  /// The loss of a role.
  ///
  /// - Throws: `DistillationError` when its text cannot be understood.
  package func loss(of role: CompressionRole) throws -> Loss {
    try Loss(parsing: role == .student ? plan.loss : plan.controlLoss)
  }

  /// A network of the student's kind with the first weights of a seed.
  package func freshNetwork(seed: UInt64) -> any Module {
    plan.student.module(using: RandomGenerator(seed: seed, on: device))
  }

  /// Trains a network from the beginning, or on from its checkpoint.
  ///
  /// - Parameters:
  ///   - name: What the progress line calls it. The default is the role.
  ///   - checkpoint: Where to write checkpoints, and to go on from; it stays when the work is done.
  /// - Returns: The network and what happened.
  /// - Throws: `Stopped` when an interruption came; the checkpoint has what was done.
  package func train(
    _ role: CompressionRole,
    seed: UInt64,
    named name: String? = nil,
    checkpoint: URL? = nil
  ) throws -> TrainedNetwork {
    let training = plan.training(of: role)
    let isWatched = training.keep != nil && data.validation.count > 0
    if plan.data.meaning == .reals {
      return try trainOnReals(
        role,
        training,
        isWatched: isWatched,
        seed: seed,
        named: name ?? role.rawValue,
        checkpoint: checkpoint
      )
    }
    return try train(
      minimizing: loss(of: role),
      training,
      seed: seed,
      named: name ?? role.rawValue,
      checkpoint: checkpoint,
      watch: isWatched
        ? ValidationWatch(
          role,
          training,
          measuring: ClassMeasure(
            role,
            on: data.validation,
            beside: teacherPredictions(.validation)
          ).look,
          checkpoint: checkpoint,
          work
        ) : nil
    )
  }

  /// Trains a network with a loss and steps of one's own.
  ///
  /// - Parameters:
  ///   - done: The steps that came before in work whose progress is shown as a whole; nil for a
  ///     training with a progress of its own.
  ///   - target: What it learns from; nil for the teacher, as far as the loss needs it.
  package func train(
    minimizing loss: Loss,
    _ training: TrainingPlan,
    seed: UInt64,
    named name: String,
    checkpoint: URL? = nil,
    partOf done: Int? = nil,
    toward target: (any Teacher)? = nil,
    watch: ValidationWatch? = nil
  ) throws -> TrainedNetwork {
    // Before the progress of the training begins: observing has its own.
    let observed = try target ?? observedTeacher(for: loss)
    var smoothed: Double?
    if done == nil { work.begin(name, of: training.steps) }
    defer { if done == nil { work.end() } }
    let (network, record) = try run(
      loss,
      training,
      observing: observed,
      seed: seed,
      checkpoint: checkpoint
    ) { [self] step, network in
      if smoothed == nil, done == nil { work.takeUp(after: step.step - 1) }
      smoothed = smoothed.map { $0 + 0.01 * (step.loss - $0) } ?? step.loss
      work.update((done ?? 0) + step.step, loss: smoothed)
      try watch?.passed(step.step, network)
      return work.isCancelled() || watch?.isExhausted == true ? .stop : .proceed
    }
    guard record.ending == .finished || watch?.isExhausted == true else { throw stopped(name) }
    let remark = try watch?.settle(network, after: record.steps)
    return TrainedNetwork(
      network: network,
      record: record,
      looks: watch?.looks ?? [],
      remark: remark
    )
  }

  /// Tries the student's loss on a few examples, so that taps, shapes and meanings that do not fit are
  /// refused before any work is done, and says what it puts in between student and teacher.
  package func rehearse() throws {
    let loss = try loss(of: .student)
    guard !loss.needs.teacherFeatures.isEmpty else {
      let observed = loss.needs.teacher ? teacher(for: loss) : nil
      for text in try tryStep(loss, observing: observed).announcements { work.note(text) }
      return
    }
    guard let teacher = try observedTeacher(for: loss) else { return }
    let student = freshNetwork(seed: plan.seed)
    for text in try loss.validate(for: student, from: teacher, on: data.training) {
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

  /// Another plan for the same data and teacher: what a search chose.
  package func adopt(_ plan: CompressionPlan) { self.plan = plan }

  /// Which examples a teacher was asked about.
  package enum Part {
    case validation, test
  }

  /// What the teacher says about validation or test examples, asked once.
  package func teacherPredictions(_ part: Part) throws -> ClassPredictions {
    if let known = said[part] { return known }
    let examples = part == .test ? data.test : data.validation
    let predictions = try predictions(of: teacher, on: examples)
    said[part] = predictions
    return predictions
  }

  /// What a teacher, or a student observed like one, says about examples.
  package func predictions(of teacher: any Teacher, on examples: Examples) throws
    -> ClassPredictions
  {
    try ClassPredictions(of: teacher, on: examples)
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

  /// Chooses with how many threads the student's steps are made, by trying them on the labels, and says
  /// so. Fused steps of perceptrons choose by themselves, and their bits do not depend on it; those of
  /// libtorch do to the last bit, so the plan keeps the number.
  package func chooseThreads() throws {
    if plan.student.architecture.hasFusedSteps { return }
    guard device == .cpu, Machine.threads > 1 else { return }
    let loss = try loss(of: .control)
    let (threads, rates) = try QuickestThreads.find(upTo: Machine.threads) { threads in
      var training = plan.training
      (training.threads, training.steps) = (threads, 1_000_000)
      var first: Double?
      var rate = 0.0
      _ = try run(
        loss,
        training,
        observing: nil,
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
    plan.training.threads = threads
    let others = rates.keys.sorted().map { String(format: "%.3g with \($0)", rates[$0]!) }
    work.note(
      "steps are made with \(threads) thread\(threads == 1 ? "" : "s"), the quickest as this machine is "
        + "busy now (\(others.joined(separator: ", ")) a second; another number: --training-threads)"
    )
  }

  /// What a file of weights says about itself.
  package func metadata(of role: CompressionRole, seed: UInt64) -> [String: String] {
    [
      "model": plan.student.description,
      "loss": role == .student ? plan.loss : plan.controlLoss,
      "seed": "\(seed)",
    ].merging(TeacherFacts(plan.data).metadata) { own, _ in own }
  }

  private func run(
    _ loss: Loss,
    _ training: TrainingPlan,
    observing teacher: (any Teacher)?,
    seed: UInt64,
    checkpoint: URL?,
    isLearning: Bool = true,
    exchanging shift: Int? = nil,
    progress: @escaping (TrainingProgress, any Module) throws -> Continuation
  ) throws -> (network: any Module, record: TrainingRecord) {
    if work.isCancelled() { throw stopped("training") }
    let network = freshNetwork(seed: seed)
    let bound = try loss.bound(
      to: network,
      from: teacher,
      on: data.training,
      // What was learnt is in the checkpoint.
      learning: isLearning
        && !(checkpoint.map { FileManager.default.fileExists(atPath: $0.path) } ?? false),
      seed: seed
    ) { [work] _ in work.isCancelled() ? .stop : .proceed }
    if work.isCancelled() { throw stopped("training") }
    func run(_ network: some Module) throws -> TrainingRecord {
      try Distiller(
        network,
        observedAs: plan.data.meaning ?? .logits,
        minimizing: bound,
        using: training.optimizer.make(),
        schedule: training.optimizer.schedule(over: training.steps),
        seed: seed
      ).run(
        on: batches(training, seed: seed).limited(to: training.steps),
        observing: shift.flatMap { shift in
          teacher.map { ExchangedTeacher(teacher: $0, shift: shift) }
        } ?? teacher,
        checkpointing: checkpoint.map { CheckpointPolicy($0, everySeconds: 15) }
      ) { step in
        try progress(step, network)
      }
    }
    return (network, try Machine.with(threads: training.threads) { try run(network) })
  }

  /// The batches of a seed, without end.
  private func batches(_ training: TrainingPlan, seed: UInt64) -> ExampleBatches {
    training.batches(of: data.training, shuffled: seed)
  }

  package func stopped(_ name: String) -> Stopped { Stopped("stopped in '\(name)'") }
}
