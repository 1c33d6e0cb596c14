import Distill
import Foundation

/// Everything that a student, or its control, depends on: whoever has the plan and the files that it
/// names can train the same network again.
///
/// It is the `options` of a run's `recipe.yaml`:
///
/// ```swift
/// let plan = try CompressionPlan.recorded(in: folder)
/// let training = try CompressionTraining(plan, on: .cpu, console, interruption)
/// let student = try training.train(.student, seed: plan.seed)
/// let control = try training.train(.control, seed: plan.seed)
/// ```
struct CompressionPlan: RecordedOptions {
  var teacher: TeacherPlan
  var data: DataPlan
  var student: ModelSpecification
  /// The student's loss, as losses are written.
  var loss: String
  /// The control's: the student's network on the labels alone, with the same budget.
  var controlLoss = "crossEntropy"
  var training: TrainingPlan
  /// How rate, temperature and weights were searched for; nil when they were not.
  var search: SearchPlan?
  /// Whether the run trains the control too.
  var trainsControl = false
  /// How many seeds the run is certified with at its end; nil when it is not.
  var certifiedSeeds: Int?
  /// Where the student's first weights and the order of its batches start from.
  var seed: UInt64
}

/// A file, or a folder of files, known by its content.
struct HashedFiles: Codable, Equatable {
  /// As it was given: relative to the folder that the program was started in.
  var path: String
  var files: Int
  var bytes: Int
  /// Of one file its hash, of several that of their names and hashes in alphabetical order.
  var sha256: String
}

/// Who teaches.
struct TeacherPlan: Codable, Equatable {
  /// Weights, or whole models: several are an ensemble. Or one file of answers.
  var files: [HashedFiles]
  /// The network that weights are of; nil for whole models.
  var model: ModelSpecification?
  /// The networks of the members of an ensemble where they differ, in the order of their files.
  var models: [ModelSpecification]?
  /// What the file says where it holds answers instead of a network; nil where it does not.
  var answers: AnswersPlan?
  /// How the members of an ensemble are averaged.
  var mean = Ensemble.Mean.probabilities
  /// The accuracy that the teacher must reproduce, between 0 and 1.
  var statedAccuracy: Double?

  /// What a member is, for people: its network, or the name of the file that holds one.
  var network: String {
    models?.map(\.description).joined(separator: " + ") ?? model?.description
      ?? URL(fileURLWithPath: files[0].path).lastPathComponent
  }
}

/// Which examples there are, and which of them are for what.
struct DataPlan: Codable, Equatable {
  var source: DataSource
  var files: [HashedFiles]
  var classes: [String]
  /// The shape of one input, `[features]` or `[channels, height, width]`.
  var shape: [Int]
  var scaling: ExampleScaling
  /// The smallest and largest number of the training inputs as their files have them.
  var inputRange: [Double]?
  var split: DataSplit
  /// Train on this many of the training examples; nil on all.
  var limit: Int?

  /// Where the examples are. Recipes that do not say it counted classes from 0.
  var counted: DataSource {
    var source = source
    source.firstLabel = source.firstLabel ?? 0
    return source
  }
}

/// The steps.
struct TrainingPlan: Codable, Equatable {
  var optimizer: OptimizerPlan
  var batchSize: Int
  /// Budgets in epochs or minutes are turned into steps before anything is trained, so that every
  /// network of a run, and of its repetitions, makes the same.
  var steps: Int
  /// What becomes of a last batch that is not full; nil, as in earlier versions, keeps it.
  var lastBatch: LastBatch?
  /// Which weights count; nil, as in earlier versions, those of the last step, without a look at the
  /// validation examples.
  var keep: Keep?
  /// End the training after so many looks at the validation examples that were not the best.
  var patience: Int?

  enum Keep: String, Codable, CaseIterable {
    /// Those that did best on the validation examples.
    case best
    case last
  }

  enum LastBatch: String, Codable {
    /// One example alone goes to the batch before it.
    case merged
    case dropped
  }

  /// The batches of examples, without end.
  func batches(of examples: Examples, shuffled seed: UInt64) -> ExampleBatches {
    examples.batches(
      of: batchSize,
      epochs: nil,
      shuffled: seed,
      droppingLast: lastBatch == .dropped,
      mergingOne: lastBatch == .merged
    )
  }
}

/// Who moves the parameters.
struct OptimizerPlan: Codable, Equatable {
  enum Name: String, Codable, CaseIterable {
    case adam, adamW, sgd, adaDelta, rmsProp
  }

  /// How the learning rate goes on from its first value.
  enum Decay: String, Codable, CaseIterable {
    case constant, linear, cosine
  }

  var name: Name
  var learningRate: Double
  var decay: Decay
  /// What was asked for beside the usual; nil, as in earlier versions, for nothing.
  var settings: OptimizerSettings?

  func make() -> any Optimizer {
    let settings = settings ?? OptimizerSettings()
    let optimizer = settings.optimizer(name, learningRate: learningRate)
    guard let norm = settings.clipNorm else { return optimizer }
    return ClippedOptimizer(optimizer, norm: norm)
  }

  func schedule(over steps: Int) -> Schedule {
    switch decay {
    case .constant: .constant
    case .linear: .linear(over: steps)
    case .cosine: .cosine(over: steps)
    }
  }
}

extension CompressionPlan {
  /// How a network is trained: the control at a learning rate of its own where one was looked for.
  func training(of role: CompressionRole) -> TrainingPlan {
    var training = training
    if role == .control, let rate = search?.controlLearningRate {
      training.optimizer.learningRate = rate
    }
    return training
  }

  /// The plan that a run's recipe records.
  ///
  /// - Throws: ``CommandError`` when the folder has no such recipe.
  static func recorded(in folder: RunFolder) throws -> CompressionPlan {
    try recordedRecipe(in: folder).options
  }

  static func recordedRecipe(in folder: RunFolder) throws -> Recipe<CompressionPlan> {
    try Recipe<CompressionPlan>(yaml: folder.recipeText())
  }
}
