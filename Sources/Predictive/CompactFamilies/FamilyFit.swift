import Distillation
import Exchange
import Tensors

/// What a student of a family of one's own is made of.
public struct FamilyFit {
  /// Inputs as they are given, `[count, inputs]`, `float64`.
  public let inputs: Tensor
  /// What the draws predict there on average: log-probabilities of the classes, or means.
  public let predictions: Observation
  /// The names of the classes, in order; empty where outcomes are numbers.
  public let classes: [String]
  /// How many parts a mixture is to have.
  public let components: Int
  /// What is to be minimised, where the family leaves that open.
  public let loss: Loss
  /// How long and how fast, where it is trained by steps.
  public let steps: Int
  public let batchSize: Int
  public let learningRate: Double
  /// Where all random numbers start from.
  public let seed: UInt64
  /// How far it is, and whether it goes on.
  public let work: Work
}

extension StudentTraining {
  /// Inputs of a fit where no table gives them.
  private static let noise = 10_000

  /// A student that is made of what the draws predict on average.
  func fitted(
    _ draws: DrawAccess,
    by fit: (FamilyFit) throws -> CompactStudent.Family
  ) throws -> Trained {
    guard !plan.isOnline else {
      throw RunError(
        "--family \(family.rawValue) is fitted to a bag of draws only: leave out --online"
      )
    }
    let scaling = problem.scaling
    let all =
      problem.rows
      ?? scaling.withConstant(
        .normal(
          [Self.noise, scaling.inputs],
          .float64,
          using: RandomGenerator(seed: task.seed &+ 31)
        )
      )
    let numbers = problem.fitted ?? .range(0..<all.shape[0])
    let rows = all[rows: numbers]
    let places =
      problem.isTabulated ? numbers.cast(to: .float64).insertingAxis(1) : rows
    let predictions = try average(of: problem.model, draws.start, at: places)
    let student = try fit(
      FamilyFit(
        inputs: rows.slicing(0..<scaling.inputs, along: 1) * Tensor(scaling.scales)
          + Tensor(scaling.shifts),
        predictions: predictions,
        classes: problem.classes,
        components: plan.components,
        loss: task.plan.student.loss.loss,
        steps: plan.steps ?? 0,
        batchSize: plan.batchSize,
        learningRate: plan.learningRate,
        seed: task.seed,
        work: task.work
      )
    )
    return (try finished(student), task.work.isCancelled())
  }

  private func average(
    of model: some PredictiveModel,
    _ bag: [[Double]],
    at places: Tensor
  ) throws -> Observation {
    try PosteriorPredictive(Tensor(bag), of: model).observe(places)
  }
}
