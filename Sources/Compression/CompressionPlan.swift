import Distillation
import Exchange
import Foundation
import Mathematics
import Networks

/// Everything that a student, or its control, depends on: whoever has the plan and the files that it
/// names can train the same network again.
///
/// It is the `options` of a run's `recipe.yaml`:
///
/// ```swift
/// let plan = try CompressionPlan.recorded(in: folder)
/// let training = try CompressionTraining(plan, on: .cpu, work)
/// let student = try training.train(.student, seed: plan.seed)
/// let control = try training.train(.control, seed: plan.seed)
/// ```
package struct CompressionPlan: Codable, Equatable {
  package var teacher: TeacherPlan
  package var data: DataPlan
  @StudentNetwork package var student: ModelSpecification
  /// The weights that student and control begin with; nil, as in earlier versions, for those of the seed.
  package var studentWeights: HashedFiles?
  /// The student's loss, as losses are written.
  package var loss: String
  /// The control's: the student's network on the labels alone, with the same budget.
  package var controlLoss = "crossEntropy"
  package var training: TrainingPlan
  /// How rate, temperature and weights were searched for; nil when they were not.
  package var search: SearchPlan?
  /// How the student was looked for; nil, as in earlier versions, when it was named.
  package var fit: FitPlan?
  /// Whether the run trains the control too.
  package var trainsControl = false
  /// What a class, or a label that is there, counts for where it is compared with; nil, as in earlier
  /// versions, for all alike.
  package var classWeights: [Double]?
  /// How many seeds the run is certified with at its end; nil when it is not.
  package var certifiedSeeds: Int?
  /// Where the student's first weights and the order of its batches start from.
  package var seed: UInt64

  package init(
    teacher: TeacherPlan,
    data: DataPlan,
    student: ModelSpecification,
    studentWeights: HashedFiles? = nil,
    loss: String,
    controlLoss: String = "crossEntropy",
    training: TrainingPlan,
    search: SearchPlan? = nil,
    fit: FitPlan? = nil,
    trainsControl: Bool = false,
    classWeights: [Double]? = nil,
    certifiedSeeds: Int? = nil,
    seed: UInt64
  ) {
    self.teacher = teacher
    self.data = data
    self.student = student
    self.studentWeights = studentWeights
    self.loss = loss
    self.controlLoss = controlLoss
    self.training = training
    self.search = search
    self.fit = fit
    self.trainsControl = trainsControl
    self.classWeights = classWeights
    self.certifiedSeeds = certifiedSeeds
    self.seed = seed
  }
}

/// The files of the teacher, and what they hold.
package struct TeacherPlan: Codable, Equatable {
  /// Weights, or whole models: several are an ensemble. Or one file of answers.
  package var files: [HashedFiles]
  /// The network that weights are of; nil for whole models.
  package var model: ModelSpecification?
  /// The networks of the members of an ensemble where they differ, in the order of their files.
  package var models: [ModelSpecification]?
  /// Other names for what is in files of weights, `OLD=NEW`; nil for none.
  package var renames: [String]?
  /// What the file says where it holds answers instead of a network; nil where it does not.
  package var answers: AnswersPlan?
  /// The store that holds what the teacher says about the examples, whose description is the file then;
  /// nil where a teacher is observed.
  package var observed: ObservedPlan?
  /// Which of several outputs of whole models teaches, by its name; nil for the first of real numbers.
  package var output: String?
  /// How the members of an ensemble are averaged.
  package var mean = Ensemble.Mean.probabilities
  /// The accuracy that the teacher must reproduce, between 0 and 1.
  package var statedAccuracy: Double?

  package init(
    files: [HashedFiles],
    model: ModelSpecification? = nil,
    models: [ModelSpecification]? = nil,
    renames: [String]? = nil,
    answers: AnswersPlan? = nil,
    observed: ObservedPlan? = nil,
    output: String? = nil,
    mean: Ensemble.Mean = Ensemble.Mean.probabilities,
    statedAccuracy: Double? = nil
  ) {
    self.files = files
    self.model = model
    self.models = models
    self.renames = renames
    self.answers = answers
    self.observed = observed
    self.output = output
    self.mean = mean
    self.statedAccuracy = statedAccuracy
  }

  /// The plan with the answers of a program where a run keeps them: in its folder.
  package func located(in folder: String) -> TeacherPlan {
    guard answers?.program != nil else { return self }
    var plan = self
    plan.files[0].path = URL(fileURLWithPath: folder).appendingPathComponent(files[0].path).path
    return plan
  }

  /// What a member is, for people: its network, or the name of the file that holds one.
  package var network: String {
    models?.map(\.description).joined(separator: " + ") ?? model?.description
      ?? answers?.program?.command ?? observed?.network
      ?? URL(fileURLWithPath: files[0].path).lastPathComponent
  }
}

/// Which examples there are, and which of them are for what.
package struct DataPlan: Codable, Equatable {
  package var source: DataSource
  package var files: [HashedFiles]
  package var classes: [String]
  /// The shape of one input, `[features]` or `[channels, height, width]`.
  package var shape: [Int]
  package var scaling: ExampleScaling
  /// The smallest and largest number of the training inputs as their files have them.
  package var inputRange: [Double]?
  /// The names of a table's columns of inputs, in their order; nil where they have none, and in
  /// recipes of earlier versions.
  package var columns: [String]?
  package var split: DataSplit
  /// Train on this many of the training examples; nil on all.
  package var limit: Int?
  /// Whether models give real numbers instead of telling classes apart; nil, as in earlier versions,
  /// for no.
  package var areReals: Bool?
  /// What models say where that is neither a class nor real numbers of regression; nil, as in earlier
  /// versions, for one of these.
  package var ownTask: CompressionTask?
  /// Further inputs for the student; nil, as in earlier versions, for none.
  package var transfer: TransferPlan?

  package init(
    source: DataSource,
    files: [HashedFiles],
    classes: [String],
    shape: [Int],
    scaling: ExampleScaling,
    inputRange: [Double]? = nil,
    columns: [String]? = nil,
    split: DataSplit,
    limit: Int? = nil,
    areReals: Bool? = nil,
    ownTask: CompressionTask? = nil,
    transfer: TransferPlan? = nil
  ) {
    self.transfer = transfer
    self.source = source
    self.files = files
    self.classes = classes
    self.shape = shape
    self.scaling = scaling
    self.inputRange = inputRange
    self.columns = columns
    self.split = split
    self.limit = limit
    (self.areReals, self.ownTask) = (areReals, ownTask)
  }

  /// What models give: nil where that depends on the model.
  package var meaning: Observation.Meaning? { task.meaning }

  /// Whether there is something that a control can be trained on.
  package var isLabelled: Bool { source.targets != TargetKind.none }

  /// Where the examples are. Recipes that do not say it counted classes from 0.
  package var counted: DataSource {
    var source = source
    source.firstLabel = source.firstLabel ?? 0
    return source
  }
}

/// The steps.
public struct TrainingPlan: Codable, Equatable, Sendable {
  package var optimizer: OptimizerPlan
  package var batchSize: Int
  /// Budgets in epochs or minutes are turned into steps before anything is trained, so that every
  /// network of a run, and of its repetitions, makes the same.
  package var steps: Int
  /// What becomes of a last batch that is not full; nil, as in earlier versions, keeps it.
  package var lastBatch: LastBatch?
  /// Which weights count; nil, as in earlier versions, those of the last step, without a look at the
  /// validation examples.
  package var keep: Keep?
  /// End the training after so many looks at the validation examples that were not the best.
  package var patience: Int?
  /// The threads that a step may use; nil, as in earlier versions, those of the whole run.
  package var threads: Int?
  /// Random changes of the images that are trained on, as text; nil, as in earlier versions, for none.
  package var augmentation: String?
  /// Parts that each batch is computed in, by one process or several; nil, as in earlier versions, for
  /// batches as a whole.
  package var microShards: Int?

  package init(
    optimizer: OptimizerPlan,
    batchSize: Int,
    steps: Int,
    lastBatch: LastBatch? = nil,
    keep: Keep? = nil,
    patience: Int? = nil,
    threads: Int? = nil,
    augmentation: String? = nil,
    microShards: Int? = nil
  ) {
    self.optimizer = optimizer
    self.batchSize = batchSize
    self.steps = steps
    self.lastBatch = lastBatch
    self.keep = keep
    self.patience = patience
    self.threads = threads
    self.augmentation = augmentation
    self.microShards = microShards
  }

  public enum Keep: String, Codable, CaseIterable, Sendable {
    /// Those that did best on the validation examples.
    case best
    case last
  }

  package enum LastBatch: String, Codable {
    /// One example alone goes to the batch before it.
    case merged
    case dropped
  }

  /// The batches of examples, changed as they are to be, without end.
  ///
  /// - Throws: `DistillationError` when the changes cannot be understood.
  func changedBatches(
    of examples: Examples,
    _ data: DataPlan,
    shuffled seed: UInt64
  ) throws -> any Inputs {
    let batches = batches(of: examples, shuffled: seed)
    guard let augmentation else { return batches }
    let scaling = data.scaling
    return batches.augmented(
      by: try Augmentation(augmentation),
      shape: data.shape,
      black: scaling.mean.isEmpty
        ? nil : zip(scaling.mean, scaling.deviation).map { Float(-$0 / $1) },
      // Of its own: the order of the examples has the seed itself.
      seed: mixed(seed, 0x617567)
    )
  }

  /// The batches of examples, without end.
  package func batches(of examples: Examples, shuffled seed: UInt64) -> ExampleBatches {
    examples.batches(
      of: batchSize,
      epochs: nil,
      shuffled: seed,
      droppingLast: lastBatch == .dropped,
      mergingOne: lastBatch == .merged
    )
  }
}

/// The optimizer and its schedule.
public struct OptimizerPlan: Codable, Equatable, Sendable {
  public typealias Name = Named<OptimizerFormula>
  /// The schedule of the learning rate.
  public typealias Decay = Named<ScheduleFormula>

  package var name: Name
  package var learningRate: Double
  package var decay: Decay
  /// What was asked for beside the usual; nil, as in earlier versions, for nothing.
  package var settings: OptimizerSettings?

  package func make() -> any Optimizer {
    let settings = settings ?? OptimizerSettings()
    let optimizer = settings.optimizer(name, learningRate: learningRate)
    guard let norm = settings.clipNorm else { return optimizer }
    return ClippedOptimizer(optimizer, norm: norm)
  }

  package func schedule(over steps: Int) -> Schedule { decay.item.schedule(over: steps) }
}

extension CompressionPlan {
  /// How a network is trained: the control at a learning rate of its own where one was looked for.
  package func training(of role: CompressionRole) -> TrainingPlan {
    var training = training
    if role == .control, let rate = search?.controlLearningRate {
      training.optimizer.learningRate = rate
    }
    return training
  }
}
