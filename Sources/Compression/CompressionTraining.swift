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
  /// Where the run's own files are.
  let folder: String
  /// What was observed, without and with derivatives, as probabilities or as values. One never serves
  /// for the other: what a network learns must not depend, to the last bit, on what was trained
  /// before it.
  package var recorded: [Observed: any Teacher] = [:]
  /// Where recordings are kept for other runs; nil where they are not.
  package var observations: SharedObservations?

  /// The processes that share trainings with this one; nil where it works alone.
  package var group: ProcessGroup?
  /// Whether all of them make the training that is under way.
  var isShared = false

  private var said: [Part: ClassPredictions] = [:]
  /// What networks begin with, by the names of their parameters; empty for what a seed draws.
  private let start: [String: Tensor]

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

  /// - Parameter folder: Of the run, which keeps what a program answered, and a student's file.
  /// - Throws: One sentence when a file is missing, was changed, or does not fit the plan.
  package convenience init(
    _ plan: CompressionPlan,
    in folder: String = ".",
    on device: Device = .cpu,
    _ work: Work
  ) throws {
    let plan = try plan.located(in: folder)
    let teacher = plan.teacher.located(in: folder)
    try self.init(
      plan,
      data: CompressionData(plan.data, on: device),
      networks: loadTeacher(teacher, data: plan.data, on: device) {
        if let observed = teacher.observed { return try observed.teacher(plan.data, work) }
        let file = teacher.files[0]
        try file.requireUnchanged()
        let content = try AnswersPlan.content(file.path, teacher.answers?.array)
        return try AnswerTable(content, LabelledSource(plan.data.counted), plan.data)
      },
      in: folder,
      on: device,
      work
    )
  }

  /// With data and teacher that are loaded already.
  package init(
    _ plan: CompressionPlan,
    data: CompressionData,
    networks: [any Module],
    in folder: String = ".",
    on device: Device,
    _ work: Work
  ) throws {
    self.plan = plan
    self.folder = folder
    self.device = device
    self.work = work
    teacherNetworks = networks
    start = try plan.firstWeights(on: device, work.note)
    let meaning = plan.data.meaning
    let ensemble = Ensemble(
      networks.map { knownTeacher(of: $0, as: meaning) },
      mean: plan.teacher.mean
    )
    teacher = ensemble
    self.data =
      plan.data.isLabelled || meaning != nil ? data : try data.labelled(by: ensemble)
  }

  /// The loss of a role.
  ///
  /// - Throws: `DistillationError` when its text cannot be understood.
  package func loss(of role: CompressionRole) throws -> Loss {
    try weighted(Loss(parsing: role == .student ? plan.loss : plan.controlLoss), of: role)
  }

  /// A loss in whose terms on labels classes count as the plan says. What a teacher says of labels that do
  /// not exclude each other is taken as it is.
  func weighted(_ loss: Loss, of role: CompressionRole) -> Loss {
    guard let weights = plan.classWeights, role == .control || plan.data.task == .classes else {
      return loss
    }
    return loss.weightingClasses(by: weights)
  }

  /// A network of the student's kind with the first weights of a seed, or those that the plan names.
  package func freshNetwork(seed: UInt64) -> any Module {
    let network = plan.student.module(using: RandomGenerator(seed: seed, on: device))
    for (name, parameter) in network.namedParameters {
      if let value = start[name] { parameter.replace(with: value) }
    }
    return network
  }

  /// Trains a network from the beginning, or on from its checkpoint.
  ///
  /// - Parameters:
  ///   - name: What the progress line calls it. The default is the role.
  ///   - checkpoint: Where to write checkpoints, and to resume from; it stays when the work is done.
  /// - Returns: The network and what happened.
  /// - Throws: `Stopped` when an interruption came; the checkpoint has what was done.
  package func train(
    _ role: CompressionRole,
    seed: UInt64,
    named name: String? = nil,
    checkpoint: URL? = nil
  ) throws -> TrainedNetwork {
    let training = plan.training(of: role)
    let isWatched = training.keep != nil && data.validation.count > 0 && group?.isFollowing != true
    isShared = group != nil && training.microShards != nil
    defer { isShared = false }
    if isShared, let group, !group.isFollowing {
      try TrainingOrder(plan, in: folder, role, seed: seed, named: name).send(to: group)
    }
    if plan.data.task != .classes {
      return try trainOnTargets(
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
            beside: teacherPredictions(.validation),
            showing: (data.classes, data.shape)
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
  ///   - examples: Those that target is for; nil for those of the teacher, or of the labels.
  package func train(
    minimizing loss: Loss,
    _ training: TrainingPlan,
    seed: UInt64,
    named name: String,
    checkpoint: URL? = nil,
    partOf done: Int? = nil,
    toward target: (any Teacher)? = nil,
    on examples: Examples? = nil,
    watch: ValidationWatch? = nil
  ) throws -> TrainedNetwork {
    // Before the progress of the training begins: observing has its own.
    let observed = try target ?? observedTeacher(for: loss)
    var report = TrainingReport(to: work, partOf: done)
    if done == nil { work.begin(name, of: training.steps) }
    defer { if done == nil { work.end() } }
    let (network, record) = try run(
      loss,
      training,
      observing: observed,
      on: examples,
      seed: seed,
      checkpoint: checkpoint,
      measuringTerms: done == nil ? work.termShare : 0
    ) { [self] step, network in
      report.take(step)
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

  /// Another plan for the same data and teacher: what a search or trials chose.
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

  /// What a file of weights says about itself.
  package func metadata(of role: CompressionRole, seed: UInt64) -> [String: String] {
    [
      "model": plan.student.description,
      "loss": role == .student ? plan.loss : plan.controlLoss,
      "seed": "\(seed)",
    ].merging(TeacherFacts(plan.data).metadata) { own, _ in own }
  }

  /// Trains a new network, and tells its steps.
  func run(
    _ loss: Loss,
    _ training: TrainingPlan,
    observing teacher: (any Teacher)?,
    on examples: Examples? = nil,
    seed: UInt64,
    checkpoint: URL?,
    isLearning: Bool = true,
    exchanging shift: Int? = nil,
    measuringTerms share: Double = 0,
    progress: @escaping (TrainingProgress, any Module) throws -> Continuation
  ) throws -> (network: any Module, record: TrainingRecord) {
    if work.isCancelled() { throw stopped("training") }
    let network = freshNetwork(seed: seed)
    let examples = examples ?? (loss.needs.teacher ? data.taught : data.training)
    let bound = try loss.bound(
      to: network,
      from: teacher,
      on: examples,
      // What was learnt is in the checkpoint.
      learning: isLearning
        && !(checkpoint.map { FileManager.default.fileExists(atPath: $0.path) } ?? false),
      seed: seed
    ) { [work] _ in work.isCancelled() ? .stop : .proceed }
    if work.isCancelled() { throw stopped("training") }
    let shards = try training.microShards.map {
      try MicroShards($0, over: isShared ? group : nil)
    }
    func run(_ network: some Module) throws -> TrainingRecord {
      let distiller = Distiller(
        network,
        observedAs: plan.data.meaning ?? .logits,
        minimizing: bound,
        using: training.optimizer.make(),
        schedule: training.optimizer.schedule(over: training.steps),
        seed: seed,
        sharing: shards
      )
      return try distiller.run(
        on: training.changedBatches(of: examples, plan.data, shuffled: seed).limited(
          to: training.steps
        ),
        observing: shift.flatMap { shift in
          teacher.map { ExchangedTeacher(teacher: $0, shift: shift) }
        } ?? teacher,
        checkpointing: checkpoint.map { CheckpointPolicy($0, everySeconds: 15) },
        measuringTerms: share
      ) { step in
        self.advise(distiller.sharedSeconds)
        return try progress(step, network)
      }
    }
    return (network, try Machine.with(threads: training.threads) { try run(network) })
  }

  package func stopped(_ name: String) -> Stopped { Stopped("stopped in '\(name)'") }
}
