import Exchange
import Probability
import Tensors

extension CompactFamily {
  /// Mixtures of logistic or probit regressions.
  static let mixtureOfLogistics = CompactFamily(
    "mixture-of-logistics",
    for: [.logistic, .probit, .values],
    learningRate: 0.05,
    train: { try $0.trainLogistics($1) }
  )
}

extension StudentTraining {
  func trainLogistics(_ draws: DrawAccess) throws -> (CompactStudent, Bool) {
    guard classes == 2 else {
      throw RunError("--family mixture-of-logistics is for two classes, not \(classes)")
    }
    let (rows, weights) = try medoids(draws)
    let link: Link = task.plan.model == .probit ? .probit : .logistic
    let isFixed = weightsAreFixed
    let student = MixtureOfLogistics(rows, weights: weights, weightsAreFixed: isFixed, link: link)
    let isStopped = try family.isTrained && trainClasses(student, draws)
    let result = MixtureOfLogistics(
      student.coefficients.value.rowsOfScalars.map(problem.scaling.unscaledCoefficients),
      weights: student.weights,
      weightsAreFixed: isFixed,
      link: link
    )
    return (try finished(.logistics(result)), isStopped)
  }
}
