import Probability

extension CompactFamily {
  /// The model's own mixture with representative draws as components, each with the weight of those
  /// near it.
  static let medoids = CompactFamily(
    "medoids",
    for: [.logistic, .probit, .softmax, .linear, .poisson],
    learningRate: 0.05,
    isTrained: false,
    train: { try $0.drawsAlone($1) }
  )
}

extension StudentTraining {
  /// A mixture of the model's own kind whose components are draws as they are.
  func drawsAlone(_ draws: DrawAccess) throws -> (CompactStudent, Bool) {
    switch task.plan.model {
    case .softmax: return try trainSoftmaxes(draws)
    case .linear, .poisson: return try trainRegressions(draws)
    default: return try trainLogistics(draws)
    }
  }
}
