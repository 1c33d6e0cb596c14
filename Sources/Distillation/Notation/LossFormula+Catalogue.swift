import Networks

extension Catalogue<LossFormula> {
  /// Every loss of this room.
  public static var standard: Catalogue { LossFormula.standard }
}

/// A new loss joins in one line.
extension LossFormula {
  /// The losses that text may name where none are given, also inside recipes:
  ///
  /// ```swift
  /// try LossFormula.$known.withValue(losses) { try run(recipe) }
  /// ```
  @TaskLocal public static var known: Catalogue<LossFormula> = .standard

  fileprivate static let standard = {
    var losses = Catalogue<LossFormula>()
    let groups = [
      onLabels, divergences, squaredErrors, relations, relationsElsewhere, onFeatures,
      fromTheTeacher, ofDerivatives, conventions,
    ]
    for formula in groups.joined() { losses.add(formula) }
    return losses
  }()

  private static func temperature(_ standard: Double) -> Setting {
    Setting("temperature", standard, .positive)
  }

  private static let onLabels: [LossFormula] = [
    LossFormula("crossEntropy", [Setting("labelSmoothing", 0, .share)]) {
      .crossEntropy(labelSmoothing: $0["labelSmoothing"])
    },
    LossFormula("virtualTeacher", [Setting("correct", 0.99, .innerShare), temperature(20)]) {
      .virtualTeacher(correct: $0["correct"], temperature: $0["temperature"])
    },
    LossFormula(
      "virtualTeacherAsInTeacherFree2020",
      [Setting("correct", 0.99, .innerShare), temperature(20)]
    ) {
      .virtualTeacher(
        correct: $0["correct"],
        temperature: $0["temperature"],
        as: .teacherFree2020
      )
    },
  ]

  private static let divergences: [LossFormula] = [
    LossFormula("softCrossEntropy", [temperature(1)]) {
      .softCrossEntropy(temperature: $0["temperature"])
    },
    LossFormula("kullbackLeibler", [temperature(1)]) {
      .kullbackLeibler(temperature: $0["temperature"])
    },
    LossFormula("reverseKullbackLeibler", [temperature(1)]) {
      .reverseKullbackLeibler(temperature: $0["temperature"])
    },
    LossFormula("jeffreys", [temperature(1)]) { .jeffreys(temperature: $0["temperature"]) },
    LossFormula("jensenShannon", [Setting("teacherShare", 0.5, .innerShare), temperature(1)]) {
      .jensenShannon(teacherShare: $0["teacherShare"], temperature: $0["temperature"])
    },
    LossFormula("skewKullbackLeibler", [Setting("skew", 0.1, .shareBelowOne), temperature(1)]) {
      .skewKullbackLeibler(skew: $0["skew"], temperature: $0["temperature"])
    },
    LossFormula(
      "skewReverseKullbackLeibler",
      [Setting("skew", 0.1, .shareBelowOne), temperature(1)]
    ) {
      .skewReverseKullbackLeibler(skew: $0["skew"], temperature: $0["temperature"])
    },
    LossFormula("totalVariation") { _ in .totalVariation },
    LossFormula("binaryCrossEntropy", [temperature(1)]) {
      .binaryCrossEntropy(temperature: $0["temperature"])
    },
    LossFormula("sortedProbabilities") { _ in .sortedProbabilities },
    LossFormula(
      "decoupledKullbackLeibler",
      [Setting("target", 1), Setting("others", 8), temperature(4)]
    ) {
      .decoupledKullbackLeibler(
        target: $0["target"],
        others: $0["others"],
        temperature: $0["temperature"]
      )
    },
    LossFormula("standardizedKullbackLeibler", [temperature(2)]) {
      .standardizedKullbackLeibler(temperature: $0["temperature"])
    },
    LossFormula("weightedSoftLabels", [temperature(2)]) {
      .weightedSoftLabels(temperature: $0["temperature"])
    },
    LossFormula(
      "curriculumKullbackLeibler",
      [
        Setting("steps", nil, .count), Setting("least", 1, .positive),
        Setting("range", 20, .positive), Setting("strength", 1, .notNegative),
      ]
    ) {
      .curriculumKullbackLeibler(
        steps: $0.count("steps"),
        least: $0["least"],
        range: $0["range"],
        strength: $0["strength"]
      )
    },
    LossFormula("peersKullbackLeibler", [temperature(1)]) {
      .peersKullbackLeibler(temperature: $0["temperature"])
    },
    LossFormula("topKullbackLeibler", [Setting("count", 50, .count), temperature(1)]) {
      .topKullbackLeibler(count: $0.count("count"), temperature: $0["temperature"])
    },
    LossFormula(
      "ensembleDistribution",
      [temperature(1), Setting("smoothing", 1e-4, .shareBelowOne)]
    ) {
      .ensembleDistribution(temperature: $0["temperature"], smoothing: $0["smoothing"])
    },
  ]

  private static let squaredErrors: [LossFormula] = [
    LossFormula("squaredErrorOnLogits") { _ in .squaredErrorOnLogits },
    LossFormula("squaredErrorOnProbabilities") { _ in .squaredErrorOnProbabilities },
    LossFormula("squaredErrorOnLogProbabilities") { _ in .squaredErrorOnLogProbabilities },
    LossFormula("squaredError") { _ in .squaredError },
    LossFormula("marginSquaredError") { _ in .marginSquaredError },
    LossFormula("embeddingCosine") { _ in .embeddingCosine },
  ]

  private static let relations: [LossFormula] = [
    LossFormula(
      "pearsonCorrelation",
      [Setting("betweenClasses", 1), Setting("withinClasses", 1), temperature(1)]
    ) {
      .pearsonCorrelation(
        betweenClasses: $0["betweenClasses"],
        withinClasses: $0["withinClasses"],
        temperature: $0["temperature"]
      )
    },
    LossFormula("exampleRelations", [temperature(4)]) {
      .exampleRelations(temperature: $0["temperature"])
    },
    LossFormula("classRelations", [temperature(4)]) {
      .classRelations(temperature: $0["temperature"])
    },
    LossFormula("multiLevel") { _ in .multiLevel() },
    LossFormula("relationalDistance", taps: .optional) { .relationalDistance(of: $0.embedding) },
    LossFormula("relationalAngle", taps: .optional) { .relationalAngle(of: $0.embedding) },
    LossFormula("probabilisticTransfer", taps: .optional) {
      .probabilisticTransfer(of: $0.embedding)
    },
    LossFormula("similarityPreserving", taps: .optional) {
      .similarityPreserving(of: $0.embedding)
    },
    LossFormula(
      "correlationCongruence",
      [Setting("gamma", 0.4, .positive), Setting("order", 2, .count)],
      taps: .optional
    ) {
      .correlationCongruence(of: $0.embedding, gamma: $0["gamma"], order: $0.count("order"))
    },
  ]

  /// Relations as well-known code computes them.
  private static let relationsElsewhere: [LossFormula] = [
    LossFormula("relationalDistanceAsInRepDistiller", taps: .optional) {
      .relationalDistance(of: $0.embedding, as: .repDistiller)
    },
    LossFormula("relationalDistanceAsInMMRazor", taps: .optional) {
      .relationalDistance(of: $0.embedding, as: .mmrazor)
    },
    LossFormula("relationalAngleAsInRepDistiller", taps: .optional) {
      .relationalAngle(of: $0.embedding, as: .repDistiller)
    },
    LossFormula("relationalAngleAsInMMRazor", taps: .optional) {
      .relationalAngle(of: $0.embedding, as: .mmrazor)
    },
    LossFormula("probabilisticTransferAsInRepDistiller", taps: .optional) {
      .probabilisticTransfer(of: $0.embedding, as: .repDistiller)
    },
    LossFormula("similarityPreservingAsInTorchdistill", taps: .optional) {
      .similarityPreserving(of: $0.embedding, as: .torchdistill)
    },
    LossFormula(
      "correlationCongruenceAsInTorchdistill",
      [Setting("gamma", 0.4, .positive), Setting("order", 2, .count)],
      taps: .optional
    ) {
      .correlationCongruence(
        of: $0.embedding,
        gamma: $0["gamma"],
        order: $0.count("order"),
        as: .torchdistill
      )
    },
    LossFormula("bilinearCongruenceAsInTorchdistill", taps: .optional) {
      .correlationCongruence(of: $0.embedding, as: .torchdistillBilinear)
    },
    LossFormula("successiveDifferences", taps: .optional) {
      .successiveDifferences(of: $0.embedding)
    },
  ]

  /// Where shapes differ, each brings the projector of its paper.
  private static let onFeatures: [LossFormula] = [
    LossFormula("hints", taps: .required) { .hints(of: $0.embedding) },
    LossFormula("attentionTransfer", [Setting("power", 2, .fromOne)], taps: .required) {
      .attentionTransfer(of: $0.embedding, power: $0["power"])
    },
    LossFormula("attentionTransferAsInPaper", [Setting("power", 2, .fromOne)], taps: .required) {
      .attentionTransfer(of: $0.embedding, power: $0["power"], as: .paper)
    },
    LossFormula("activationBoundaries", [Setting("margin", 1, .notNegative)], taps: .required) {
      .activationBoundaries(of: $0.embedding, margin: $0["margin"])
    },
    LossFormula("channelWise", [temperature(4)], taps: .required) {
      .channelWise(of: $0.embedding, temperature: $0["temperature"])
    },
    LossFormula("neuronSelectivity", taps: .required) { .neuronSelectivity(of: $0.embedding) },
    LossFormula("neuronSelectivityLinear", taps: .required) {
      .neuronSelectivity(of: $0.embedding, kernel: .linear)
    },
    LossFormula(
      "neuronSelectivityGaussian",
      [Setting("variance", 1, .positive)],
      taps: .required
    ) {
      .neuronSelectivity(of: $0.embedding, kernel: .gaussian(variance: $0["variance"]))
    },
    LossFormula("variationalInformation", taps: .required) {
      .variationalInformation(of: $0.embedding)
    },
    LossFormula("solutionFlow", taps: .flow) {
      .solutionFlow(from: $0.embedding("from"), to: $0.embedding("to"))
    },
    LossFormula("solutionFlowAsInTorchdistill", taps: .flow) {
      .solutionFlow(from: $0.embedding("from"), to: $0.embedding("to"), as: .torchdistill)
    },
  ]

  /// Their networks are made from the teacher, or from all examples.
  private static let fromTheTeacher: [LossFormula] = [
    LossFormula("factorTransfer", factors, taps: .required) {
      .factorTransfer(of: $0.embedding, rate: $0["rate"], steps: $0.count("steps"))
    },
    LossFormula("factorTransferAsInRepDistiller", factors, taps: .required) {
      .factorTransfer(
        of: $0.embedding,
        as: .repDistiller,
        rate: $0["rate"],
        steps: $0.count("steps")
      )
    },
    LossFormula("overhaul", taps: .required) { .overhaul(of: $0.embedding) },
    LossFormula("softmaxRegression", [Setting("regression", 1, .notNegative)], taps: .required) {
      .softmaxRegression(of: $0.embedding, regression: $0["regression"])
    },
    LossFormula("reusedHead", taps: .required) {
      .reusedHead(student: $0.embedding.studentTap!, teacher: $0.embedding.teacherTap!)
    },
    LossFormula(
      "contrastiveRepresentation",
      [
        Setting("negatives", 16_384, .count), Setting("temperature", 0.07, .positive),
        Setting("momentum", 0.5, .shareBelowOne), Setting("width", 128, .count),
      ],
      taps: .optional
    ) {
      .contrastiveRepresentation(
        of: $0.embedding,
        negatives: $0.count("negatives"),
        temperature: $0["temperature"],
        momentum: $0["momentum"],
        width: $0.count("width")
      )
    },
    LossFormula("knowledgeReview", taps: .stages) {
      .knowledgeReview(student: $0.stages.student, teacher: $0.stages.teacher)
    },
  ]

  /// Of the paraphraser: factors for each channel, and for how long it learns.
  private static let factors = [Setting("rate", 0.5, .innerShare), Setting("steps", 1_000, .count)]

  private static let ofDerivatives: [LossFormula] = [
    LossFormula("derivativeSquaredError") { _ in .derivativeSquaredError },
    LossFormula("projectedDerivativeSquaredError", [Setting("projections", 1, .count)]) {
      .projectedDerivativeSquaredError(projections: $0.count("projections"))
    },
    LossFormula("averageScoreMatching") { _ in .averageScoreMatching },
  ]

  /// What well-known code computes under other names, each by its own.
  private static let conventions = SoftTargetConvention.allCases.map { convention in
    LossFormula(convention.rawValue, convention == .torchtune ? [] : [temperature(4)]) {
      convention == .torchtune
        ? .softTargets(as: convention)
        : .softTargets(as: convention, temperature: $0["temperature"])
    }
  }
}
