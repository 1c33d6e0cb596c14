extension CompactFamily {
  /// The model's own mixture with draws at even distances as components, of equal weight.
  static let thinned = CompactFamily(
    "thinned",
    for: [.logistic, .probit, .softmax, .linear, .poisson],
    learningRate: 0.05,
    isTrained: false,
    train: { try $0.drawsAlone($1) }
  )
}
