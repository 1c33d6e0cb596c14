import Distillation
import Probability
import Tensors

extension CompactFamily {
  /// Mixtures of linear or Poisson regressions.
  static let mixtureOfRegressions = CompactFamily(
    "mixture-of-regressions",
    for: [.linear, .poisson],
    learningRate: 0.005,
    isFittedByLikelihood: true,
    train: { try $0.trainRegressions($1) }
  )
}

extension StudentTraining {
  func trainRegressions(_ draws: DrawAccess) throws -> (CompactStudent, Bool) {
    let (rows, weights) = try medoids(draws)
    let isLinear = task.plan.model == .linear
    let inputs = problem.scaling.dimension
    // A linear model's noise is one for all; where draws have it, it is behind the weights.
    let noise = (problem.model as? LinearPredictorModel).map { model -> [Double] in
      switch model.outcome {
      case .linear(let noise): rows.map { _ in noise }
      case .linearWithNoise, .linearWithTails: rows.map { $0[inputs] }
      default: rows.map { _ in 1 }
      }
    }
    let student = MixtureOfRegressions(
      rows.map { Array($0.prefix(inputs)) },
      isLinear ? .normal : .poisson,
      deviations: noise,
      weights: weights,
      weightsAreFixed: weightsAreFixed
    )
    let samples = samples(draws.stream)
    let isStopped =
      try family.isTrained
      && train(
        student,
        observedAs: .reals,
        on: samples,
        minimizing: student.negativeLogLikelihood
      )
    let scale = problem.outcome.scale
    let result = MixtureOfRegressions(
      student.coefficients.value.rowsOfScalars.map(problem.asGiven),
      student.outcome,
      deviations: student.deviations.map { $0 * scale },
      weights: student.weights,
      weightsAreFixed: weightsAreFixed
    )
    return (try finished(.regressions(result)), isStopped)
  }
}
