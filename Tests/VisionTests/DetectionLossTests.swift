import Distillation
import Networks
import Tensors
import Testing

@testable import Vision

/// Losses of detectors, made by PyTorch and plain loops.
private struct DetectionFixture: Decodable {
  struct Reference: Decodable {
    let value: Double
    let gradient: [[Double]]
  }

  /// Left, top, right, bottom, label.
  let truth: [[[Double]]]
  let classes: [[Int]]
  let distances: [[Double]]
  let student: [[Double]]
  let teacher: [[Double]]
  let losses: [String: Reference]

  static let shared: DetectionFixture = Fixture.decode("losses.json")

  var targets: DetectionTargets {
    let boxes = truth.map {
      $0.map { numbers in
        LabelledBox(
          Box(left: numbers[0], top: numbers[1], right: numbers[2], bottom: numbers[3]),
          label: Int(numbers[4])
        )
      }
    }
    let grid = try! PointGrid(height: 16, width: 16, strides: [4, 8])
    return try! DetectionTargets(boxes, DetectionLayout(grid, classes: 2))
  }

  func comparison(_ student: Tensor, _ teacher: Tensor? = nil) -> Comparison {
    Comparison(
      Observation(student, meaning: .reals),
      Observation(teacher ?? Tensor(self.teacher), meaning: .reals),
      inputs: .zeros([truth.count, 1]),
      indices: .range(0..<truth.count)
    )
  }
}

@Suite struct DetectionLossTests {
  private let known = DetectionFixture.shared

  private var losses: [Loss] {
    let targets = known.targets
    return [
      .pointCrossEntropy(targets), .pointCrossEntropy(targets, background: 0.25),
      .pointSoftCrossEntropy(targets.layout),
      .pointSoftCrossEntropy(targets.layout, background: 1, temperature: 2),
      .boxRegression(targets), .boxRegression(targets, as: .generalizedIoU),
      .boundedBoxRegression(targets), .boundedBoxRegression(targets, margin: 1.5),
    ]
  }

  @Test func pointsAreAssignedAsByPlainLoops() throws {
    let (classes, distances) = try known.targets.at(.range(0..<known.truth.count))
    #expect(classes.scalars(Int.self) == known.classes.flatMap { $0 })
    let expected = Tensor(known.distances).reshaped(to: distances.shape)
    #expect(distances.cast(to: .float64).largestDifference(from: expected) < 1e-6)
  }

  /// Distances are held in Float32, exactly: boxes of the file are multiples of a quarter.
  @Test func valuesAndGradientsAreThoseOfPyTorch() throws {
    #expect(Set(losses.map(\.description)) == Set(known.losses.keys))
    for loss in losses {
      let reference = try #require(known.losses[loss.description])
      let (value, gradient) = try valueWithGradient(at: Tensor(known.student)) { student in
        try loss(known.comparison(student))
      }
      #expect(abs(value.doubleValue - reference.value) < 1e-12, "\(loss)")
      let expected = Tensor(reference.gradient)
      #expect(gradient.largestDifference(from: expected) < 1e-12, "\(loss)")
    }
  }

  /// A teacher is a bound: where the student is better by the margin nothing pulls.
  @Test func aBetterStudentIsNotPulledTowardsTheTeacher() throws {
    let targets = known.targets
    let count = targets.layout.grid.count
    let (_, distances) = try targets.at(.range(0..<known.truth.count))
    func values(_ offset: Double) -> Tensor {
      let logits = Tensor.zeros([known.truth.count, count, 3])
      return .concatenated([logits, distances + offset], along: 2).flattened(from: 1)
    }
    let bounded = Loss.boundedBoxRegression(targets, margin: 0.01)
    #expect(try bounded(known.comparison(values(0.1), values(1))).doubleValue == 0)
    #expect(try bounded(known.comparison(values(1), values(0.1))).doubleValue > 1)
  }

  @Test func termsAreKnownAsWhatTheyAre() {
    let identities = losses.map { $0.terms[0].identity as? VisionTerm }
    #expect(identities[2] == .pointSoftCrossEntropy(background: 1.5, temperature: 1))
    #expect(identities[5] == .boxRegression(.generalizedIoU))
    #expect(identities[7] == .boundedBoxRegression(margin: 1.5))
    #expect(Set(identities).count == losses.count)
    #expect(losses.map(\.needs.teacher) == [false, false, true, true, false, false, true, true])
  }

  @Test func imagesWithoutBoxesAreRefused() throws {
    let targets = known.targets
    let error = #expect(throws: DistillationError.self) { try targets.at(Tensor([0, 4])) }
    #expect(error?.description.contains("image 4") == true)
    let label = LabelledBox(Box(left: 0, top: 0, right: 1, bottom: 1), label: 2)
    let wrong = #expect(throws: VisionError.self) {
      try DetectionTargets([[], [label]], targets.layout)
    }
    #expect(wrong?.description.contains("image 1 has a box of class 2") == true)
  }

  @Test func gridsThatDoNotFitAreRefused() throws {
    func refusal(_ strides: [Int]) -> String? {
      #expect(throws: VisionError.self) { try PointGrid(height: 24, width: 16, strides: strides) }?
        .description
    }
    #expect(refusal([])?.contains("positive") == true)
    #expect(refusal([8, 4])?.contains("larger than the last") == true)
    #expect(refusal([4, 16])?.contains("24×16") == true)
    let layout = DetectionLayout(try PointGrid(height: 24, width: 16, strides: [8]), classes: 1)
    let error = #expect(throws: VisionError.self) {
      try Detector(
        layout,
        channels: 1,
        widths: [4, 4],
        pyramid: 4,
        using: RandomGenerator(seed: 1)
      )
    }
    #expect(error?.description.contains("[2, 4]") == true)
  }
}
