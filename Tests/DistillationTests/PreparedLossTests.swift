import Networks
import Tensors
import Testing

@testable import Distillation

/// Losses on features as they are written in text, with the networks that are made for them.
@Suite struct PreparedLossTests {
  /// A student and a teacher whose taps a loss names.
  private enum Pair: String, Sendable, CaseIterable {
    case perceptrons, convolutions

    var student: any Module {
      network(self == .perceptrons ? "mlp:64-9-8-3" : "cnn:1x8x8-4c3-6c3s2-8c1-gap-3", 1)
    }
    var teacher: any Module {
      network(self == .perceptrons ? "mlp:64-12-8-3" : "cnn:1x8x8-5c3-7c3s2-8c1-gap-3", 2)
    }

    private func network(_ text: String, _ seed: UInt64) -> any Module {
      try! ModelSpecification(text).module(using: RandomGenerator(seed: seed))
    }
  }

  private struct Case: Sendable, CustomTestStringConvertible {
    let pair: Pair
    let text: String
    /// What is said, in parts.
    let says: [String]
    /// How many numbers the loss trains.
    let trains: Bool
    var testDescription: String { "\(pair) \(text)" }
  }

  private static let cases: [Case] = [
    Case(
      pair: .perceptrons,
      text: "overhaul(of: 0)",
      says: ["measured the margin of 12 channels at the teacher's tap '0'", "projector 9 → 12"],
      trains: true
    ),
    Case(
      pair: .perceptrons,
      text: "crossEntropy + softmaxRegression(of: 1)",
      says: ["the teacher's own layers after tap '1' (131 parameters", "projector 9 → 12"],
      trains: true
    ),
    Case(
      pair: .perceptrons,
      text: "reusedHead(of: 3)",
      says: ["put the teacher's own layers after tap '3'", "(27 parameters, which stay"],
      trains: false
    ),
    Case(
      pair: .perceptrons,
      text: "contrastiveRepresentation(of: 1, negatives: 7, width: 5)",
      says: ["embed 9 numbers of the student and 12 of the teacher in 5", "remember 60 examples"],
      trains: true
    ),
    Case(
      pair: .perceptrons,
      text: "knowledgeReview(of: 1 3)",
      says: ["review connector (9, 8 → 12, 8 channels"],
      trains: true
    ),
    Case(pair: .perceptrons, text: "hints(of: 1)", says: ["projector 9 → 12"], trains: true),
    Case(
      pair: .perceptrons,
      text: "variationalInformation(of: 3)",
      says: ["projector 8 → 8"],
      trains: true
    ),
    Case(
      pair: .perceptrons,
      text: "activationBoundaries(of: 0)",
      says: ["projector 9 → 12"],
      trains: true
    ),
    Case(
      pair: .convolutions,
      text: "solutionFlow(from: 1, to: 3)",
      says: ["projector 4×8×8 → 5×8×8", "projector 6×4×4 → 7×4×4"],
      trains: true
    ),
    Case(
      pair: .convolutions,
      text: "500 * factorTransfer(of: 3, steps: 3)",
      says: ["paraphraser (7 channels in 3 factors", "projector 6×4×4 → 3×4×4"],
      trains: true
    ),
    Case(
      pair: .convolutions,
      text: "factorTransferAsInRepDistiller(of: 1 → 3, rate: 0.9, steps: 2)",
      says: ["paraphraser (7 channels in 6 factors", "projector 4×8×8 → 6×4×4"],
      trains: true
    ),
    Case(
      pair: .convolutions,
      text: "overhaul(of: 2)",
      says: ["margin of 7 channels", "projector 6×4×4 → 7×4×4"],
      trains: true
    ),
    Case(
      pair: .convolutions,
      text: "crossEntropy + softmaxRegression(of: 3)",
      says: ["the teacher's own layers after tap '3'", "projector 6×4×4 → 7×4×4"],
      trains: true
    ),
    Case(
      pair: .convolutions,
      text: "reusedHead(of: 5)",
      says: ["put the teacher's own layers after tap '5'"],
      trains: false
    ),
    Case(
      pair: .convolutions,
      text: "crossEntropy + 0.8 * contrastiveRepresentation(of: 6, negatives: 7, width: 5)",
      says: ["embed 8 numbers of the student and 8 of the teacher in 5"],
      trains: true
    ),
    Case(
      pair: .convolutions,
      text: "knowledgeReview(of: 1 3 5)",
      says: ["review connector (4, 6, 8 → 5, 7, 8 channels"],
      trains: true
    ),
  ]

  private var examples: Examples {
    Examples(
      .normal([60, 64], using: RandomGenerator(seed: 3)),
      labels: Tensor((0..<60).map { $0 % 3 })
    )
  }

  private func train(_ loss: Loss, _ student: any Module, _ teacher: ModuleTeacher) throws
    -> TrainingRecord
  {
    func run(_ student: some Module) throws -> TrainingRecord {
      try distill(
        teacher,
        into: student,
        on: examples.batches(of: 20, epochs: 4, shuffled: 1),
        minimizing: loss,
        // Decay would move even what no gradient reaches.
        using: AdamW(learningRate: 1e-2, weightDecay: 0.1)
      )
    }
    return try run(student)
  }

  private func teacher(_ module: any Module) -> ModuleTeacher {
    func make(_ module: some Module) -> ModuleTeacher { ModuleTeacher(module) }
    return make(module)
  }

  /// The networks of a loss are trained with the student, and it says what they are; the teacher and
  /// what is the teacher's stays.
  @Test(arguments: cases) private func networksAreMadeAndTrained(_ given: Case) throws {
    let (student, network) = (given.pair.student, given.pair.teacher)
    let teacher = teacher(network)
    let rehearsed = try Loss(parsing: given.text)
      .rehearse(for: given.pair.student, from: teacher, on: examples)
    let loss = try Loss(parsing: given.text)
    try loss.prepare(for: student, from: teacher, on: examples, seed: 4)
    #expect(!loss.awaitsPreparation)
    let taught = network.namedParameters.map(\.parameter.value.copied)
    let before = student.parameters.map(\.value.copied)
    let held = student.parameters.map { loss.heldParameters.contains(ObjectIdentifier($0)) }
    // Projectors are built by the first batch: a rehearsal of the same loss does no more.
    _ = try loss.rehearse(for: student, from: teacher, on: examples)
    let own = loss.modules.flatMap(\.parameters)
    #expect(own.isEmpty == !given.trains)
    let first = own.map(\.value.copied)
    let record = try train(loss, student, teacher)
    #expect(record.steps == 12 && record.losses.means.allSatisfy(\.isFinite))
    let said = record.announcements.joined(separator: "; ")
    for part in given.says { #expect(said.contains(part), "\(said)") }
    #expect(rehearsed.joined(separator: "; ") == said)
    for (parameter, value) in zip(own, first) {
      #expect(parameter.value.largestDifference(from: value) > 0, "\(parameter.shape)")
    }
    for (index, parameter) in student.parameters.enumerated() {
      let moved = parameter.value.largestDifference(from: before[index])
      #expect(held[index] == (moved == 0), "parameter \(index) of shape \(parameter.shape)")
    }
    for (now, then) in zip(network.namedParameters, taught) {
      #expect(now.parameter.value.largestDifference(from: then) == 0)
    }
  }

  /// The student ends in the teacher's head: with the teacher's features it says what the teacher does.
  @Test func theReusedHeadIsTheTeachers() throws {
    let (student, network) = (Pair.perceptrons.student, Pair.perceptrons.teacher)
    let loss = try Loss(parsing: "reusedHead(of: 3)")
    try loss.prepare(for: student, from: teacher(network), on: examples)
    let features = Tensor.normal([5, 8], using: RandomGenerator(seed: 1))
    let heads = try [student, network].map { try #require($0.layers(after: "3")) }
    #expect(heads[0](features).largestDifference(from: heads[1](features)) == 0)
    #expect(heads[0].parameters.count == 2)
  }

  @Test func layersAfterATapAreTheRestOfTheNetwork() throws {
    for pair in Pair.allCases {
      let network = pair.teacher
      let inputs = examples.inputs[0..<4]
      let seen = network.observe(inputs, Request(features: ["3"]))
      let head = try #require(network.layers(after: "3"))
      let again = head(try #require(seen.features["3"]))
      #expect(again.largestDifference(from: seen.values) == 0)
      #expect(network.layers(after: "4.body") == nil && network.layers(after: "99") == nil)
      #expect(network.layers(after: "\(Int.max)") == nil)
      #expect(network.layers(after: seen.passed.last!.name) == nil)
    }
  }

  @Test(
    arguments: [
      (
        Pair.perceptrons, "overhaul(of: 9)",
        "the student has no tap '9': it has 0 (9), 1 (9), 2 (8), 3 (8), 4 (3)"
      ),
      (.perceptrons, "knowledgeReview(of: 1 x)", "the student has no tap 'x': it has 0 (9)"),
      (
        .convolutions, "hints(of: 1 → 11)",
        "the teacher has no tap '11': it has 0 (5×8×8), 1 (5×8×8), 2 (7×4×4), 3 (7×4×4)"
      ),
      (.perceptrons, "factorTransfer(of: 1)", "tap maps [batch, channels, height, width]"),
      (.perceptrons, "solutionFlow(from: 1, to: 3)", "tap maps [batch, channels, height, width]"),
      (
        .perceptrons, "softmaxRegression(of: 4)",
        "uses the teacher's layers after tap '4', and there are none: name one of 0, 1, 2, 3"
      ),
      (
        .perceptrons, "reusedHead(of: 1)",
        "those after the student's tap '1' (8×9, 3×8) are not like those after the teacher's "
          + "tap '1' (8×12, 3×8)"
      ),
      (.convolutions, "factorTransfer(of: 1, rate: 0.1)", "leaves no factors of the 5 channels"),
    ] as [(Pair, String, String)]
  )
  private func whatDoesNotFitIsRefused(_ pair: Pair, _ text: String, _ part: String) throws {
    let error = #expect(throws: DistillationError.self) {
      try Loss(parsing: text).rehearse(
        for: pair.student,
        from: teacher(pair.teacher),
        on: examples
      )
    }
    #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
    #expect(error?.description.contains("\n") == false)
  }

  @Test func aLossThatWasNotPreparedSaysSo() throws {
    let loss = try Loss(parsing: "overhaul(of: 0)")
    let error = #expect(throws: DistillationError.self) {
      try train(loss, Pair.perceptrons.student, teacher(Pair.perceptrons.teacher))
    }
    #expect(error?.description.contains("call prepare(for:from:on:)") == true)
  }
}
