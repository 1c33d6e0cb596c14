extension PredictivePlan {
  /// Options that change nothing where the others are as they are, and why.
  package var idleOptions: [(options: [String], isIdle: Bool, condition: String)] {
    let isSampled = draws.files.isEmpty
    let isOfClasses = model.outcomes(draws, classes: nil).areClasses
    let withModel = "with --model \(model.rawValue)"
    let withFamily = "with --family \(family.rawValue)"
    let isMixtureOfRegressions =
      [.mixtureOfLogistics, .mixtureOfSoftmaxes, .mixtureOfRegressions].contains(family)
    let isTabulated = model == .values || model == .outcomes
    let isOfGaussians = family == .gaussianMixture || family == .normal && model.isDensity
    // Those that are compared with what the draws predict, one by one or on average.
    let isCompared =
      [.mixtureOfLogistics, .mixtureOfSoftmaxes, .network, .dirichletNetwork].contains(family)
    return [
      (
        ["--axes", "--parameters", "--intercept", "--values", "--divergent", "--incomplete"],
        isSampled, "without --draws"
      ),
      (["--intercept"], model.isDensity || isTabulated, withModel),
      (["--values"], model != .values, withModel),
      (["--noise", "--degrees-of-freedom"], model != .linear, withModel),
      (["--weights", "--deviations"], model != .mixture, withModel),
      (
        [
          "--sampler", "--draws-count", "--burn-in", "--chains", "--thinning", "--prior",
          "--without-intercept",
        ], !isSampled, "with --draws, which are made already"
      ),
      (["--without-intercept"], model.isDensity, withModel),
      (["--data"], model.isDensity && !isSampled, withModel + " and --draws"),
      (
        ["--outcome", "--ignore", "--one-hot", "--header"],
        data.table == nil && data.heldOut == nil,
        "without --data"
      ),
      (["--ignore", "--one-hot", "--held-out"], model.isDensity, withModel),
      (["--inputs"], model.isDensity || isTabulated, withModel),
      (["--held-out", "--compared-rows"], !isCertified, "without --certify"),
      // The certificate compares with as many draws as there are components.
      (
        ["--components"],
        !isCertified && [.network, .dirichletNetwork].contains(family) || family == .normal,
        withFamily
      ),
      (["--free-weights"], !isMixtureOfRegressions, withFamily),
      (["--covariance"], !isOfGaussians, withFamily),
      (["--hidden"], !family.hasNetwork, withFamily),
      (["--loss"], family.isFittedByLikelihood || !family.isTrained, withFamily),
      (
        ["--online", "--steps", "--batch-size", "--learning-rate"],
        !family.isTrained && !model.isDensity, withFamily
      ),
      (["--loss", "--classes"], !isOfClasses, withModel),
      (["--reuse", "--accept-bias"], !student.isOnline, "without --online"),
      (["--reuse", "--learning-rate"], model.isDensity, withModel),
      (["--accept-bias"], !isCompared, withFamily),
      (["--steps", "--batch-size"], model.isDensity && !student.isOnline, withModel),
    ]
  }
}
