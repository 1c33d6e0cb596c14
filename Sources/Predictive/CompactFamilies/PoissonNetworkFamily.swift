extension CompactFamily {
  /// A network that gives a mixture of Poissons, for counts.
  static let poissonMixtureNetwork = CompactFamily(
    "poisson-mixture-network",
    for: [.outcomes],
    learningRate: 0.01,
    isFittedByLikelihood: true,
    hasNetwork: true,
    train: { try $0.trainDensityNetwork($1, .poisson) }
  )
}
