import Networks
import Tensors
import Testing

@testable import Distillation

/// Losses on features, with the networks that are made for one student and one teacher.
@Suite struct BoundLossTests {
  /// A student and a teacher whose taps a loss names.
  private enum Pair: String, Sendable, CaseIterable {
    case perceptrons, convolutions

    var student: any Module {
      network(self == .perceptrons ? "mlp:64-9-8-3" : "cnn:1x8x8-4c3-6c3s2-8c1-gap-3", 1)
    }
    var otherStudent: any Module {
      network(self == .perceptrons ? "mlp:64-11-8-3" : "cnn:1x8x8-6c3-5c3s2-8c1-gap-3", 3)
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

  private func train(
    _ loss: Loss,
    _ student: any Module,
    _ teacher: ModuleTeacher,
    _ policy: CheckpointPolicy? = nil,
    stoppingAfter last: Int? = nil
  ) throws -> (record: TrainingRecord, bound: BoundLoss) {
    func run(_ student: some Module) throws -> (record: TrainingRecord, bound: BoundLoss) {
      // Decay would move even what no gradient reaches.
      let optimizer = AdamW(learningRate: 1e-2, weightDecay: 0.1)
      let distiller = Distiller(student, minimizing: loss, using: optimizer)
      let record = try distiller.run(
        on: examples.batches(of: 20, epochs: 4, shuffled: 1),
        observing: teacher,
        checkpointing: policy
      ) { $0.step == last ? .stop : .proceed }
      return (record, try #require(distiller.bound))
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
    let loss = try Loss(parsing: given.text)
    let validated = try loss.validate(for: given.pair.student, from: teacher, on: examples)
    let first = try loss.bound(to: given.pair.student, from: teacher, on: examples)
    #expect(first.modules.flatMap(\.parameters).isEmpty == !given.trains)
    let taught = network.namedParameters.map(\.parameter.value.copied)
    let before = student.parameters.map(\.value.copied)
    let (record, bound) = try train(loss, student, teacher)
    #expect(record.steps == 12 && record.losses.means.allSatisfy(\.isFinite))
    let said = record.notes.joined(separator: "; ")
    for part in given.says { #expect(said.contains(part), "\(said)") }
    #expect(validated == record.notes)
    let (own, fresh) = (
      bound.modules.flatMap(\.parameters), first.modules.flatMap(\.parameters)
    )
    #expect(own.count == fresh.count)
    for (parameter, other) in zip(own, fresh) {
      let moved = parameter.value.largestDifference(from: other.value)
      #expect(moved > 0, "\(parameter.shape)")
    }
    for (index, parameter) in student.parameters.enumerated() {
      let stays = bound.frozen.contains { $0 === parameter }
      let moved = parameter.value.largestDifference(from: before[index])
      // A head that is reused replaces the student's before the first step.
      let isTeachers = network.parameters.contains {
        $0.shape == parameter.shape && $0.value.largestDifference(from: parameter.value) == 0
      }
      #expect(stays == isTeachers && moved > 0, "parameter \(index) of shape \(parameter.shape)")
    }
    for (now, then) in zip(network.namedParameters, taught) {
      #expect(now.parameter.value.largestDifference(from: then) == 0)
    }
  }

  private static let shared =
    cases.map { ($0.pair, $0.text) } + [
      (.perceptrons, "curriculumKullbackLeibler(steps: 5)"),
      (.perceptrons, "0.5 * successiveDifferences(of: 1) + crossEntropy"),
    ]

  /// One loss serves students of different shapes: to the second it is what a fresh one would be.
  @Test(arguments: shared) private func serves(_ pair: Pair, _ text: String) throws {
    let teacher = teacher(pair.teacher)
    let loss = try Loss(parsing: text)
    _ = try train(loss, pair.student, teacher)
    let (second, alone, byHand) = (pair.otherStudent, pair.otherStudent, pair.otherStudent)
    let after = try train(loss, second, teacher)
    let fresh = try train(Loss(parsing: text), alone, teacher)
    #expect(second.bits == alone.bits)
    #expect(after.record.losses == fresh.record.losses)
    #expect(after.record.notes == fresh.record.notes)
    for (one, other) in zip(after.bound.modules, fresh.bound.modules) {
      #expect(one.bits == other.bits)
    }
    func run(_ student: some Module) throws {
      let bound = try loss.bound(to: student, from: teacher, on: examples)
      let optimizer = AdamW(learningRate: 1e-2, weightDecay: 0.1)
      let batches = examples.batches(of: 20, epochs: 4, shuffled: 1)
      _ = try Distiller(student, minimizing: bound, using: optimizer)
        .run(on: batches, observing: teacher)
    }
    try run(byHand)
    #expect(byHand.bits == alone.bits)
  }

  /// What was made for the student before a run stopped is there when it is resumed.
  @Test(arguments: shared) private func isResumed(_ pair: Pair, _ text: String) throws {
    try withTemporaryFolder { folder in
      let (teacher, loss) = (teacher(pair.teacher), try Loss(parsing: text))
      let (whole, resumed) = (pair.student, pair.student)
      let expected = try train(loss, whole, teacher)
      let policy = CheckpointPolicy(folder.appending(path: "run.safetensors"), everySteps: 3)
      _ = try train(loss, pair.student, teacher, policy, stoppingAfter: 5)
      let found = try train(loss, resumed, teacher, policy)
      #expect(found.record.steps == 12 && resumed.bits == whole.bits)
      for (one, other) in zip(expected.bound.modules, found.bound.modules) {
        #expect(one.bits == other.bits)
      }
    }
  }

  /// The student ends in the teacher's head: with the teacher's features it says what the teacher does.
  @Test func theReusedHeadIsTheTeachers() throws {
    let (student, network) = (Pair.perceptrons.student, Pair.perceptrons.teacher)
    let loss = Loss.reusedHead(student: "3", teacher: "3")
    _ = try loss.bound(to: student, from: teacher(network), on: examples)
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
      try Loss(parsing: text).validate(
        for: pair.student,
        from: teacher(pair.teacher),
        on: examples
      )
    }
    #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
    #expect(error?.description.contains("\n") == false)
  }

  /// What batches do not say is asked for.
  @Test(arguments: [
    ("overhaul(of: 0)", "give it to distill"),
    ("contrastiveRepresentation", "give batches of Examples"),
  ])
  func whatIsNotKnownIsAskedFor(_ text: String, _ part: String) throws {
    let (student, network) = (Pair.perceptrons.student as! MLP, Pair.perceptrons.teacher)
    let inputs = examples.inputs
    let seen = network.observe(inputs, Request(features: ["0"]))
    let error = #expect(throws: DistillationError.self) {
      try Distiller(student, minimizing: Loss(parsing: text)).step(on: Batch(inputs), toward: seen)
    }
    #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
  }
}
