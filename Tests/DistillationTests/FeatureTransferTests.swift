import Networks
import Tensors
import Testing

@testable import Distillation

/// What the losses that bring a student's features to the teacher's promise beyond their numbers.
@Suite struct FeatureTransferTests {
  private static var target: Tensor { map(seed: 1) }

  private static func map(_ shape: [Int] = [3, 4, 3, 3], seed: UInt64) -> Tensor {
    .normal(shape, .float64, using: RandomGenerator(seed: seed))
  }

  private static func value(_ loss: Loss, _ student: Tensor, _ teacher: Tensor) throws -> Tensor {
    func seen(_ map: Tensor) -> Observation {
      // The flow of a solution ends at another tap.
      let features = ["map": map, "last": map.squared]
      return Observation(map.flattened(from: 1), meaning: .reals, features: features)
    }
    return try loss(
      Comparison(seen(student), seen(teacher), inputs: .zeros([student.shape[0], 1]))
    )
  }

  private static func paraphraser() -> Paraphraser {
    Paraphraser(channels: 4, .float64, using: RandomGenerator(seed: 2))
  }

  private static let losses: [@Sendable () -> Loss] = [
    { .hints(of: .tap("map")) },
    { .attentionTransfer(of: .tap("map")) },
    { .attentionTransfer(of: .tap("map"), power: 3, as: .paper) },
    { .overhaul(of: .tap("map"), margin: OverhaulMargin(.full(-0.8, [4], .float64))) },
    { .solutionFlow(from: .tap("map"), to: .tap("last")) },
    { .solutionFlow(from: .tap("map"), to: .tap("last"), as: .torchdistill) },
    { .neuronSelectivity(of: .tap("map")) },
    { .neuronSelectivity(of: .tap("map"), kernel: .linear) },
    { .neuronSelectivity(of: .tap("map"), kernel: .gaussian(variance: 1)) },
    {
      let own = paraphraser()
      return .factorTransfer(of: .tap("map"), own, through: Projector(own.encoder))
    },
    {
      let own = paraphraser()
      let translator = Projector(own.encoder)
      return .factorTransfer(of: .tap("map"), own, through: translator, as: .repDistiller)
    },
    {
      .variationalInformation(
        of: .tap("map"),
        through: Projector(Activation.identity),
        variance: 1
      )
    },
  ]

  @Test(arguments: losses.indices) func isAtItsMinimumWhereStudentIsTeacher(_ index: Int) throws {
    let loss = Self.losses[index]()
    let (least, gradient) = try valueWithGradient(at: Self.target) {
      try Self.value(loss, $0, Self.target)
    }
    #expect(gradient.magnitude.maximum().doubleValue < 1e-13)
    for seed in 2..<22 as Range<UInt64> {
      let other = try Self.value(loss, Self.map(seed: seed), Self.target)
      #expect(other.doubleValue > least.doubleValue + 1e-3)
    }
  }

  /// Neurons on the right side by the margin cost nothing; on the boundary they cost its square.
  @Test func boundariesAreKeptAtADistance() throws {
    let loss = Loss.activationBoundaries(of: .tap("map"), margin: 0.7)
    let sides = Self.target.sign
    #expect(try Self.value(loss, sides * 0.7, Self.target).doubleValue == 0)
    #expect(try Self.value(loss, sides * 5, Self.target).doubleValue == 0)
    let onBoundary = try Self.value(loss, sides * 0, Self.target).doubleValue
    #expect(abs(onBoundary - 36 * 0.49) < 1e-12)
    #expect(try Self.value(loss, sides * -1, Self.target).doubleValue > onBoundary)
  }

  /// Attention and selectivity do not ask how large responses are, and selectivity not which channel
  /// they are in.
  @Test(arguments: [1e-3, 3, 1e4]) func sizeAndOrderOfChannelsChangeNothing(_ size: Double) throws {
    let student = Self.map([3, 5, 3, 3], seed: 7)
    for (index, loss) in [
      Loss.attentionTransfer(of: .tap("map")), .neuronSelectivity(of: .tap("map")),
      .neuronSelectivity(of: .tap("map"), kernel: .gaussian(variance: 0.5)),
    ].enumerated() {
      let expected = try Self.value(loss, student, Self.target).doubleValue
      let scaled = try Self.value(loss, student * size, Self.target).doubleValue
      let renumbered = try Self.value(loss, student.reversed(along: 1), Self.target).doubleValue
      #expect(abs(scaled - expected) < 1e-13, "\(index)")
      #expect(abs(renumbered - expected) < 1e-13, "\(index)")
    }
  }

  /// E[x | x < 0] of normal responses by numerical integration: `conformance_features.py` prints it.
  @Test(
    arguments: [
      (1.0, 0.0, -0.7978845608), (0.5, 0.8, -0.2120644924), (-2, -1.5, -2.2787641135),
      (0.3, 2, -0.9), (1.3, -3, -3.0365624898), (0, -0.5, -0.5), (0, 1, 0),
    ]
  )
  func marginIsTheMeanOfNegativeResponses(
    _ scale: Double,
    _ shift: Double,
    _ expected: Double
  ) {
    let normalization = BatchNorm(1, .float64)
    normalization.weight!.replace(with: Tensor([scale]))
    normalization.bias!.replace(with: Tensor([shift]))
    let margin = OverhaulMargin(of: normalization).values.value[0].doubleValue
    #expect(abs(margin - expected) < 1e-9)
  }

  @Test func marginIsMeasuredOverAllBatches() throws {
    let teacher = ClosureTeacher { inputs, _ in
      Observation(inputs.flattened(from: 1), meaning: .reals, features: ["map": inputs])
    }
    let batches = [[-1.0, 2, 5, 1], [-3.0, 4, 6, 2]].map {
      Batch(Tensor($0, shape: [1, 2, 1, 2]))
    }
    let margin = try OverhaulMargin(of: teacher, at: "map", on: SequenceInputs(batches))
    #expect(margin.values.value.scalars(Float.self) == [-2, 0])
  }

  @Test func deeperTapsCountTwiceAsMuch() {
    let loss = Loss.halvedWithDepth(["a", "b", "c"].map { .hints(of: .tap($0)) })
    #expect(loss.terms.map(\.weight) == [0.25, 0.5, 1])
  }

  @Test func paraphraserLearnsToRebuildTheTeachersMap() throws {
    let teacher = ClosureTeacher { inputs, _ in
      Observation(inputs.flattened(from: 1), meaning: .reals, features: ["map": inputs])
    }
    let map = Tensor.normal([8, 4, 3, 3], using: RandomGenerator(seed: 3)).relu
    let paraphraser = Paraphraser(channels: 4, rate: 0.75, using: RandomGenerator(seed: 4))
    func error() -> Double { (paraphraser(map) - map).squared.mean().doubleValue }
    let before = error()
    let inputs = SequenceInputs((0..<80).map { _ in Batch(map) })
    let record = try paraphraser.learn(
      teacher,
      at: "map",
      on: inputs,
      using: Adam(learningRate: 0.01)
    )
    #expect(record.steps == 80)
    #expect(error() < before / 3)
    let seen = try teacher.observe(Batch(map), Request(features: ["map"]))
    let bound = try Loss.factorTransfer(of: .tap("map"), paraphraser, through: Projector())
      .bound(seeing: Comparison(seen, seen, inputs: map))
    #expect(bound.trainedParameters(with: paraphraser.decoder).count == 6 + 2)
  }

  @Test func vectorsAreRefusedWherePlacesAreCompared() {
    let vector = Self.map([3, 4], seed: 1)
    for loss in [
      Loss.attentionTransfer(of: .tap("map")), .neuronSelectivity(of: .tap("map")),
      .solutionFlow(from: .tap("map"), to: .tap("last")),
    ] {
      let error = #expect(throws: DistillationError.self) {
        try Self.value(loss, vector, vector)
      }
      #expect(error?.description.contains("tap maps [batch, channels, height, width]") == true)
    }
  }
}
