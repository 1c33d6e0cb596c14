import Probability

extension CompactFamily {
  /// A mixture of Gaussians.
  static let gaussianMixture = CompactFamily(
    "gaussian-mixture",
    for: [.mixture, .samples],
    learningRate: 0.05,
    isFittedByLikelihood: true,
    fit: { try $0.fitGaussians($1, &$2) }
  )
}

extension DensityTraining {
  func fitGaussians(
    _ values: [[Double]],
    _ random: inout RandomStream
  ) throws -> CompactStudent {
    let fit = try GaussianMixture.fitted(
      to: values,
      components: plan.components,
      covariance: task.plan.student.covariance,
      using: &random
    )
    return try CompactStudent(.gaussians(fit.mixture))
  }
}
