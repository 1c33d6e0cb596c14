import Probability
import Tensors

extension CompactFamily {
  /// Mixtures of softmax regressions.
  static let mixtureOfSoftmaxes = CompactFamily(
    "mixture-of-softmaxes",
    for: [.softmax, .values],
    learningRate: 0.05,
    train: { try $0.trainSoftmaxes($1) }
  )
}

extension StudentTraining {
  func trainSoftmaxes(_ draws: DrawAccess) throws -> (CompactStudent, Bool) {
    let (rows, weights) = try medoids(draws)
    let isFixed = weightsAreFixed
    let student = MixtureOfSoftmaxes(
      rows,
      classes: classes,
      weights: weights,
      weightsAreFixed: isFixed
    )
    let isStopped = try family.isTrained && trainClasses(student, draws)
    let width = problem.scaling.dimension
    let trained = student.coefficients.value.flattened(from: 1, through: 2).rowsOfScalars
    let result = MixtureOfSoftmaxes(
      trained.map { row in
        (0..<classes).flatMap {
          problem.scaling.unscaledCoefficients(row[($0 * width)..<(($0 + 1) * width)])
        }
      },
      classes: classes,
      weights: student.weights,
      weightsAreFixed: isFixed
    )
    return (try finished(.softmaxes(result)), isStopped)
  }
}
