import Distillation
import Probability
import Tensors

extension CompactFamily {
  /// A network that gives a mixture of normals.
  static let mixtureDensityNetwork = CompactFamily(
    "mixture-density-network",
    for: [.linear, .outcomes],
    learningRate: 0.01,
    isFittedByLikelihood: true,
    hasNetwork: true,
    train: { try $0.trainDensityNetwork($1, .normal) }
  )
}

extension StudentTraining {
  func trainDensityNetwork(
    _ draws: DrawAccess,
    _ outcome: MixtureOfRegressions.Outcome
  ) throws -> (CompactStudent, Bool) {
    let student = MixtureDensityNetwork(
      widths(nil),
      components: plan.components,
      outcome: outcome,
      .float64,
      using: RandomGenerator(seed: task.seed)
    )
    if outcome == .poisson {
      student.start(at: PosteriorBag.thinned(draws.start, to: 100).flatMap { $0 })
    }
    let isStopped = try train(
      student,
      observedAs: .reals,
      on: samples(draws.stream),
      minimizing: student.negativeLogLikelihood
    )
    let result = MixtureDensityNetwork(
      problem.scaling.folded(student.body),
      components: plan.components,
      outcome: outcome
    )
    if outcome == .normal {
      result.rescaleOutcomes(shift: problem.outcome.shift, scale: problem.outcome.scale)
    }
    return (try finished(.densityNetwork(result)), isStopped)
  }
}
