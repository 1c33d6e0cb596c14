import Distill

/// Every loss with its gradient with respect to what the student shows and to the loss's own
/// parameters, at one batch: what it costs beside the networks.
var lossWorks: [Work] { lossesOnLogits + lossesOnVectors + lossesOnMaps + [contrast] }

/// 128 examples of 1,000 classes.
private var lossesOnLogits: [Work] {
  let curriculum = CurriculumTemperature(steps: 1_000_000)
  let losses: [(String, Loss)] = [
    ("cross-entropy", .crossEntropy()),
    ("label-smoothing", .crossEntropy(labelSmoothing: 0.1)),
    ("soft-cross-entropy", .softCrossEntropy(temperature: 4)),
    ("kl", .kullbackLeibler(temperature: 4)),
    ("reverse-kl", .reverseKullbackLeibler()),
    ("jeffreys", .jeffreys()),
    ("jensen-shannon", .jensenShannon()),
    ("skew-kl", .skewKullbackLeibler()),
    ("skew-reverse-kl", .skewReverseKullbackLeibler()),
    ("total-variation", .totalVariation),
    ("square-logits", .squaredErrorOnLogits),
    ("square-probabilities", .squaredErrorOnProbabilities),
    ("square-logs", .squaredErrorOnLogProbabilities),
    ("decoupled", .decoupledKullbackLeibler()),
    ("dist", .pearsonCorrelation()),
    ("standardized", .standardizedKullbackLeibler()),
    ("example-relations", .exampleRelations()),
    ("class-relations", .classRelations()),
    ("multi-level", .multiLevel()),
    ("virtual-teacher", .virtualTeacher()),
    ("weighted-soft-labels", .weightedSoftLabels()),
    ("curriculum", .curriculumKullbackLeibler(curriculum)),
    ("top-10", .topKullbackLeibler(count: 10)),
    ("margin", .marginSquaredError),
    ("ensemble-distribution", .ensembleDistribution()),
    ("peers", .peersKullbackLeibler()),
  ]
  return losses.map { name, loss in
    lossWork(name, loss) {
      let size = [128, 1_000]
      let members = Tensor(symmetric(5 * 128_000, within: 4, seed: 53), shape: [128, 5, 1_000])
      return Shown(
        student: ["": numbers(size, seed: 50)],
        teacher: ["": numbers(size, seed: 51), Ensemble.membersTap: members.logSoftmax()],
        labels: Tensor(numbers(128, seed: 52).map { Int($0 * 1_000) })
      )
    }
  }
}

/// 128 embeddings of width 512.
private var lossesOnVectors: [Work] {
  let losses: [(String, Loss)] = [
    ("rkd-distance", .relationalDistance(of: .tap("x"))),
    ("rkd-angle", .relationalAngle(of: .tap("x"))),
    ("pkt", .probabilisticTransfer(of: .tap("x"))),
    ("similarity", .similarityPreserving(of: .tap("x"))),
    ("correlation-congruence", .correlationCongruence(of: .tap("x"))),
  ]
  return losses.map { name, loss in
    lossWork(name, loss) {
      Shown(
        student: ["x": numbers([128, 512], seed: 54)],
        teacher: ["x": numbers([128, 512], seed: 55)]
      )
    }
  }
}

/// 64 maps of 128 channels and 16 × 16 places.
private var lossesOnMaps: [Work] {
  func shown() -> Shown {
    let size = [64, 128, 16, 16]
    return Shown(
      student: ["x": numbers(size, seed: 56)],
      teacher: ["x": numbers(size, seed: 57), "": numbers([64, 100], seed: 58)]
    )
  }
  let losses: [(String, () -> Loss)] = [
    ("channel-wise", { .channelWise(of: .tap("x")) }),
    ("reused-head", { .reusedHead(student: "x", teacher: "x") }),
    ("hints", { .hints(of: .tap("x")) }),
    ("attention", { .attentionTransfer(of: .tap("x")) }),
    ("nst", { .neuronSelectivity(of: .tap("x")) }),
    ("solution-flow", { .solutionFlow(from: .tap("x"), to: .tap("x")) }),
    ("boundaries", { .activationBoundaries(of: .tap("x")) }),
    (
      "overhaul",
      { .overhaul(of: .tap("x"), margin: OverhaulMargin(.full(-0.5, [128], .float32))) }
    ),
    (
      "variational",
      {
        let mean = Convolution2D(128, 128, size: 1, using: RandomGenerator(seed: 0))
        mean.weight.replace(with: numbers([128, 128, 1, 1], seed: 60))
        mean.bias?.replace(with: .zeros([128]))
        return .variationalInformation(
          of: .tap("x"),
          through: Projector(mean)
        )
      }
    ),
    (
      "softmax-regression",
      {
        let head = Linear(128, 100, using: RandomGenerator(seed: 0))
        head.weight.replace(with: numbers([100, 128], seed: 59))
        head.bias?.replace(with: .zeros([100]))
        let convolution = Convolution2D(128, 128, size: 1, using: RandomGenerator(seed: 0))
        convolution.weight.replace(with: numbers([128, 128, 1, 1], seed: 60))
        convolution.bias?.replace(with: .zeros([128]))
        return .softmaxRegression(
          by: Sequential(AdaptiveAveragePool(to: 1, 1), Flatten(), head),
          of: .tap("x"),
          through: Projector(Sequential(convolution, BatchNorm(128), Activation.relu))
        )
      }
    ),
  ]
  return losses.map { lossWork($0.0, $0.1, shown) }
    + [lossWork("review", reviewLoss, reviewedMaps)]
}

/// 64 maps of three stages.
private func reviewedMaps() -> Shown {
  let sizes = [[64, 32, 32, 32], [64, 64, 16, 16], [64, 128, 8, 8]]
  func maps(_ seed: Int) -> [String: Tensor] {
    var result: [String: Tensor] = [:]
    for (stage, size) in sizes.enumerated() {
      result["\(stage)"] = numbers(size, seed: seed + stage)
    }
    return result
  }
  return Shown(student: maps(61), teacher: maps(64))
}

/// A review of three stages, its parameters from the usual sequences.
private func reviewLoss() -> Loss {
  let channels = [32, 64, 128]
  let generator = RandomGenerator(seed: 0)
  let connector = ReviewConnector(student: channels, teacher: channels, using: generator)
  for (index, parameter) in connector.parameters.enumerated() where parameter.shape.count == 4 {
    let bound = 1 / Float(parameter.shape.dropFirst().reduce(1, *)).squareRoot()
    let count = parameter.shape.reduce(1, *)
    let values = symmetric(count, within: bound, seed: 70 + index)
    parameter.replace(with: Tensor(values, shape: parameter.shape))
  }
  for stage in connector.stages { stage.attention?.bias?.replace(with: .zeros([2])) }
  return .knowledgeReview(connector, student: ["0", "1", "2"])
}

/// Contrastive representation distillation as its authors run it on CIFAR-100.
private var contrast: Work {
  func shown() -> Shown {
    Shown(
      student: ["x": numbers([64, 256], seed: 67)],
      teacher: ["x": numbers([64, 512], seed: 68)]
    )
  }
  func loss() -> Loss {
    let generator = RandomGenerator(seed: 0)
    let memory = ContrastiveMemory(student: 256, teacher: 512, examples: 50_000, using: generator)
    return .contrastiveRepresentation(memory, of: .tap("x"))
  }
  return lossWork("contrastive", loss, shown, isChecked: false)
}

/// Losses that may take more memory than student and teacher show, so that it is measured.
private let quadratic: Set = ["contrastive", "rkd-distance", "rkd-angle", "nst", "solution-flow"]

/// What student and teacher show; under the empty name their values.
private struct Shown {
  var student: [String: Tensor]
  var teacher: [String: Tensor]
  var labels: Tensor?

  /// An observation of features, with values where there are some.
  static func observation(_ features: [String: Tensor]) -> Observation {
    let values = features[""] ?? .zeros([features.values.first!.shape[0], 2])
    return Observation(values, meaning: .logits, features: features)
  }
}

/// Numbers in ±4, the same as `shown` in `peers/losses.py`.
private func numbers(_ shape: [Int], seed: Int) -> Tensor {
  Tensor(symmetric(shape.reduce(1, *), within: 4, seed: seed), shape: shape)
}

private func lossWork(_ name: String, _ loss: Loss, _ shown: @escaping () -> Shown) -> Work {
  lossWork(name, { loss }, shown)
}

private func lossWork(
  _ name: String,
  _ make: @escaping () -> Loss,
  _ shown: @escaping () -> Shown,
  isChecked: Bool = true
) -> Work {
  Work(name: "loss-\(name)") {
    let (made, shown) = (make(), shown())
    let student = shown.student.mapValues { Parameter($0) }
    let teacher = Shown.observation(shown.teacher)
    let count = student.values.first!.shape[0]
    let generator = RandomGenerator(seed: 1)
    // The first examples of the data set, as good as any.
    let indices = Tensor.range(0..<count)
    func comparison() -> Comparison {
      Comparison(
        Shown.observation(student.mapValues(\.value)),
        teacher,
        labels: shown.labels,
        inputs: indices,
        training: generator,
        indices: indices
      )
    }
    let loss = try made.bound(seeing: comparison())
    // The first evaluation may set what later ones keep.
    _ = try withoutGradient { try loss(comparison()) }
    let parameters = student.values + loss.modules.flatMap(\.parameters)
    func differentiate() throws -> Tensor {
      try valueWithGradients(of: parameters) { try loss(comparison()) }.value
    }
    let first = try differentiate().doubleValue
    return Prepared(
      check: isChecked ? first : nil,
      versions: [
        Version(name: "valueWithGradients", measuresMemory: quadratic.contains(name)) {
          _ = try differentiate()
        }
      ]
    )
  }
}
