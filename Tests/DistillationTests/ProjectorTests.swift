import Foundation
import Networks
import Tensors
import Testing

@testable import Distillation

@Suite struct ProjectorTests {
  private struct Fit: Sendable, CustomTestStringConvertible {
    let style: Projector.Style
    let own: [Int]
    let other: [Int]
    var testDescription: String { "\(style.name) \(own) \(other)" }
  }

  private static let fits: [Fit] =
    [Projector.Style.linear, .perceptron].flatMap { style in
      [
        Fit(style: style, own: [5], other: [3]), Fit(style: style, own: [4, 5], other: [4, 3]),
        Fit(style: style, own: [5, 4, 4], other: [3, 2, 2]),
        Fit(style: style, own: [5, 2, 3], other: [3, 4, 5]),
        Fit(style: style, own: [5, 4, 2], other: [5, 2, 3]),
      ]
    }
    + [Projector.Style.regressor, .convolution, .normalized].flatMap { style in
      [
        Fit(style: style, own: [5], other: [3]),
        Fit(style: style, own: [5, 4, 4], other: [3, 2, 2]),
        Fit(style: style, own: [5, 2, 2], other: [3, 4, 4]),
        Fit(style: style, own: [5, 5, 4], other: [3, 2, 3]),
        Fit(style: style, own: [5, 2, 3], other: [3, 5, 5]),
      ]
    } + [Fit(style: .translator, own: [5, 4, 4], other: [2, 2, 2])]

  @Test(arguments: fits) private func bringsAnyShapeToTheTeachers(_ fit: Fit) throws {
    let generator = RandomGenerator(seed: 1)
    let own = Tensor.normal([2] + fit.own, .float64, using: generator)
    let other = Tensor.normal([2] + fit.other, .float64, using: generator)
    let connector = try Projector(fit.style, seed: 3)
      .connector(from: fit.own, to: fit.other, like: own)
    let brought = try connector(own, toward: other)
    #expect(brought.shape == other.shape && brought.elementType == .float64)
    #expect(!connector.parameters.isEmpty)
  }

  @Test func equalShapesAreLeftAlone() throws {
    let map = Tensor.normal([2, 3, 4, 4], using: RandomGenerator(seed: 1))
    let nothing = try Projector(.regressor).connector(from: [3, 4, 4], to: [3, 4, 4])
    #expect(try nothing(map, toward: map).largestDifference(from: map) == 0)
    #expect(nothing.parameters.isEmpty && nothing.note == nil)
    let always = try Projector(.linear, always: true).connector(from: [3, 4, 4], to: [3, 4, 4])
    #expect(always.parameterCount == 3 * 3 + 3)
  }

  /// A 1×1 convolution is the linear layer at every place, and commutes with averaging.
  @Test func isLinearAtEveryPlace() throws {
    let own = Tensor.normal([2, 3, 4, 4], .float64, using: RandomGenerator(seed: 1))
    let projector = try Projector().connector(from: [3, 4, 4], to: [2, 2, 2], like: own)
    let weight = projector.parameters[0].value.reshaped(to: [2, 3])
    let bias = projector.parameters[1].value
    let brought = try projector(own, toward: .zeros([2, 2, 2, 2], .float64))
    let places = own.movingAxis(1, to: -1).linear(weight: weight, bias: bias)
    let expected = places.movingAxis(-1, to: 1).averagePooled(to: [2, 2])
    #expect(brought.largestDifference(from: expected) < 1e-14)
  }

  @Test func whatDoesNotFitIsSaid() throws {
    func message(_ own: [Int], _ other: [Int], _ style: Projector.Style = .linear) -> String {
      let error = #expect(throws: DistillationError.self) {
        try Projector(style).connector(from: own, to: other)
      }
      return error?.description ?? ""
    }
    #expect(message([4], [4, 2, 2]).contains("4 to 4×2×2"))
    #expect(message([3, 4], [5, 4]).contains("sequences of 3 and 5 places"))
    #expect(
      message([3, 4], [3, 5], .regressor).contains("use the linear or the perceptron style")
    )
    #expect(message([4], [3], .translator).contains("works on maps"))
    let made = try Projector().connector(from: [4], to: [3])
    let error = #expect(throws: DistillationError.self) {
      try made(.zeros([2, 5]), toward: .zeros([2, 3]))
    }
    #expect(error?.description.contains("was made for 4, but sees 5") == true)
    let narrow = try Projector(Linear(4, 2, using: RandomGenerator(seed: 1)))
      .connector(from: [4], to: [3])
    let width = #expect(throws: DistillationError.self) {
      try narrow(.zeros([2, 4]), toward: .zeros([2, 3]))
    }
    #expect(width?.description.contains("gives 2 where the teacher has 3") == true)
  }
}

/// Projectors in training: the optimizer sees them, the user is told, and checkpoints keep them.
@Suite struct ProjectorTrainingTests {
  private static func network(_ hidden: Int, seed: UInt64) -> Sequential {
    let generator = RandomGenerator(seed: seed)
    return Sequential(
      Linear(6, hidden, using: generator),
      Activation.tanh,
      Linear(hidden, 3, using: generator)
    )
  }

  private func loss() -> Loss {
    .crossEntropy() + 2 * .hints(of: .tap("1"), through: Projector(.regressor, seed: 5))
      + .variationalInformation(of: .tap("1"))
  }

  private func run(
    _ student: Sequential,
    _ loss: Loss,
    _ policy: CheckpointPolicy?,
    stoppingAfter last: Int? = nil
  ) throws -> (record: TrainingRecord, bound: BoundLoss) {
    let distiller = Distiller(student, minimizing: loss, using: Adam(learningRate: 0.01))
    let record = try distiller.run(
      on: someExamples().batches(of: 8, epochs: nil, shuffled: 4).limited(to: 20),
      observing: ModuleTeacher(Self.network(7, seed: 1)),
      checkpointing: policy
    ) { $0.step == last ? .stop : .proceed }
    return (record, try #require(distiller.bound))
  }

  @Test func projectorsAreTrainedAndAnnounced() throws {
    let (record, own) = try run(Self.network(4, seed: 2), loss(), nil)
    #expect(record.notes.count == 2)
    #expect(
      record.notes[0]
        == "put a projector 4 → 7 (convolution, BatchNorm and ReLU, 49 parameters, trained with the "
        + "student) between tap '1' of student and teacher"
    )
    let fresh = try Projector(.regressor, seed: 5).connector(from: [4], to: [7])
    let trained = own.modules[0]
    for (before, after) in zip(fresh.parameters, trained.parameters) {
      #expect(before.value.largestDifference(from: after.value) > 1e-3)
    }
    // The running mean of batch normalisation moves in training only.
    let mean = trained.namedParameters.first { $0.path == "1.running_mean" }
    #expect(mean!.parameter.value.magnitude.maximum().doubleValue > 1e-3)
  }

  @Test func aKilledRunGoesOnWithTheSameProjector() throws {
    try withTemporaryFolder { folder in
      let (whole, resumed) = (Self.network(4, seed: 2), Self.network(4, seed: 99))
      let first = try run(whole, loss(), nil).bound
      let policy = CheckpointPolicy(folder.appending(path: "run.safetensors"), everySteps: 3)
      _ = try run(Self.network(4, seed: 2), loss(), policy, stoppingAfter: 7)
      let (record, again) = try run(resumed, loss(), policy)
      #expect(record.steps == 20 && record.notes.count == 2)
      #expect(resumed.bits == whole.bits)
      for (one, other) in zip(first.modules, again.modules) { #expect(one.bits == other.bits) }
    }
  }

  /// Two terms that share a module train it once.
  @Test func aSharedProjectorIsTrainedOnce() throws {
    func weights(_ make: (Projector) -> Loss) throws -> Bits {
      let shared = Linear(4, 7, using: RandomGenerator(seed: 3))
      let student = Self.network(4, seed: 2)
      _ = try run(student, make(Projector(shared)), nil)
      return Bits(bytes: shared.bits.bytes + student.bits.bytes)
    }
    let once = try weights { .hints(of: .tap("1"), through: $0) }
    let twice = try weights {
      0.5 * .hints(of: .tap("1"), through: $0) + 0.5 * .hints(of: .tap("1"), through: $0)
    }
    #expect(once == twice)
  }

  @Test func aMissingTapIsNamedBeforeAnythingChanges() throws {
    let student = Self.network(4, seed: 2)
    let before = student.bits
    let error = #expect(throws: DistillationError.self) {
      try run(student, .hints(of: .taps(student: "9", teacher: "1")), nil)
    }
    #expect(error?.description.contains("the student has no tap '9'") == true)
    #expect(student.bits == before)
  }
}
