import Distillation
import Tensors

extension CompactFamily {
  /// A network that gives the spread of the probabilities of classes too.
  static let dirichletNetwork = CompactFamily(
    "dirichlet-network",
    for: [.logistic, .probit, .softmax, .values],
    learningRate: 0.01,
    isFittedByLikelihood: true,
    hasNetwork: true,
    train: { try $0.trainDirichlet($1) }
  )
}

extension StudentTraining {
  fileprivate func trainDirichlet(_ draws: DrawAccess) throws -> (CompactStudent, Bool) {
    let student = DirichletNetwork(
      widths(classes),
      .float64,
      using: RandomGenerator(seed: task.seed)
    )
    let isStopped = try trainClasses(
      student,
      draws,
      minimizing: student.negativeLogLikelihood,
      drawByDraw: true
    )
    let result = DirichletNetwork(problem.scaling.folded(student.body))
    return (try finished(.dirichlet(result)), isStopped)
  }
}
