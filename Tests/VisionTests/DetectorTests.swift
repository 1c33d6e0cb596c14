import Distillation
import Networks
import Tensors
import Testing

@testable import Vision

@Suite struct DetectorTests {
  private static let layout = DetectionLayout(
    try! PointGrid(height: 32, width: 32, strides: [4, 8]),
    classes: 3
  )

  private static func detector(_ width: Int, seed: UInt64) -> Detector {
    try! Detector(
      layout,
      channels: 1,
      widths: [width, 2 * width, 2 * width],
      pyramid: 2 * width,
      using: RandomGenerator(seed: seed)
    )
  }

  private static func scenes(seed: UInt64) -> ComposedScenes {
    let (pictures, labels) = shapes(40, seed: 9)
    return try! ComposedScenes(
      pictures,
      labels: labels,
      height: 32,
      width: 32,
      objects: 1...2,
      scales: 0.8...1.4,
      seed: seed
    )
  }

  @Test func outputsAreOfPointsAndLevelsInOrder() {
    let detector = Self.detector(4, seed: 1)
    let images = Tensor.normal([2, 1, 32, 32], using: RandomGenerator(seed: 2))
    #expect(detector(images).shape == [2, (64 + 16) * 8])
    #expect(Self.layout.outputs == (64 + 16) * 8)
    #expect(Self.layout.grid.points.count == Self.layout.grid.count)

    // Only the class head's bias moves the logits, only the boxes' the distances, at every point.
    let before = detector(images)
    detector.classes.bias!.replace(with: detector.classes.bias!.value + 1)
    let shifted = detector(images)
    func difference(_ part: (Tensor) -> Tensor) -> Tensor { part(shifted) - part(before) }
    #expect((difference(Self.layout.logits) - 1).magnitude.maximum().doubleValue < 1e-5)
    #expect(difference(Self.layout.distances).magnitude.maximum().doubleValue == 0)

    let pass = Pass(taps: ["stages.1", "pyramid.0", "pyramid.1"])
    _ = detector(images, pass)
    #expect(pass.features["stages.1"]?.shape == [2, 8, 8, 8])
    #expect(pass.features["pyramid.0"]?.shape == [2, 8, 8, 8])
    #expect(pass.features["pyramid.1"]?.shape == [2, 8, 4, 4])
    #expect(
      detector.namedParameters.map(\.path).filter { $0.hasPrefix("lateral") }
        == ["lateral.0.weight", "lateral.0.bias", "lateral.1.weight", "lateral.1.bias"]
    )
  }

  @Test func imagesOfAnotherSizeAreRefused() {
    let error = #expect(throws: TorchError.self) {
      try withTorchErrors { Self.detector(4, seed: 1)(.zeros([1, 1, 16, 32])) }
    }
    #expect(error?.description.contains("[batch, channels, 32, 32]") == true)
  }

  /// What is drawn into the outputs comes out as boxes.
  @Test func outputsOfTheTargetsAreTheTruth() throws {
    let (_, truth) = Self.scenes(seed: 4).first(30)
    let targets = try DetectionTargets(truth, Self.layout)
    let (classes, distances) = try targets.at(.range(0..<30))
    let values = Tensor.concatenated([classes.oneHot(classes: 4) * 20, distances], along: 2)
    let found = Self.layout.detections(values.flattened(from: 1))
    #expect(AveragePrecision(of: found, against: truth).mean! > 0.999)
  }

  /// A detector learns tiny scenes, and a smaller one learns from it by all terms at once.
  @Test func detectorsLearnScenesAndTeach() throws {
    let (images, truth) = Self.scenes(seed: 5).first(192)
    let (others, otherTruth) = Self.scenes(seed: 6).first(48)
    let targets = try DetectionTargets(truth, Self.layout)
    let labels: Loss = 10 * .pointCrossEntropy(targets) + .boxRegression(targets)
    func batches(_ epochs: Int) -> ExampleBatches {
      Examples(images).batches(of: 16, epochs: epochs, shuffled: 1)
    }
    func precision(_ detector: Detector) -> Double {
      AveragePrecision(of: detector.detections(in: others), against: otherTruth).atHalf!
    }

    let teacher = Self.detector(12, seed: 1)
    #expect(precision(teacher) < 0.1)
    try train(
      teacher,
      observedAs: .reals,
      on: batches(15),
      minimizing: labels,
      using: Adam(learningRate: 3e-3)
    )
    #expect(precision(teacher) > 0.6)

    let student = Self.detector(5, seed: 2)
    #expect(student.parameterCount * 5 < teacher.parameterCount)
    let taught: Loss =
      labels + 10 * .pointSoftCrossEntropy(Self.layout)
      + 0.5 * .boundedBoxRegression(targets)
      + .hints(of: .tap("pyramid.0"), through: Projector(always: true))
    let record = try distill(
      ModuleTeacher(teacher, observedAs: .reals),
      into: student,
      observedAs: .reals,
      on: batches(20),
      minimizing: taught,
      using: Adam(learningRate: 3e-3)
    )
    #expect(record.notes.count == 1)
    #expect(record.notes[0].contains("10×8×8 → 24×8×8"))
    #expect(precision(student) > 0.25)
  }
}
