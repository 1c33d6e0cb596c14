extension CompactFamily {
  /// One normal fitted to the draws, or to the outcomes that they predict.
  static let normal = CompactFamily(
    "normal",
    for: [.logistic, .probit, .linear, .poisson, .mixture, .samples],
    learningRate: 0.05,
    isTrained: false,
    train: { (try $0.problem.normalStudent(of: $1.start), false) },
    fit: { try $0.fitGaussians($1, &$2) }
  )
}
