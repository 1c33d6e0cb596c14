import Foundation
import Networks
import Tensors
import Testing

@testable import Distillation

@Suite struct DistillerTests {
  private func student(_ widths: [Int] = [6, 5, 3]) -> MLP {
    MLP(widths, using: RandomGenerator(seed: 1))
  }

  private func sentence(_ body: () throws -> Void) -> String {
    let error = #expect(throws: DistillationError.self) { try body() }
    return error?.description ?? ""
  }

  @Test func learnsWhatTheTeacherDoes() throws {
    let teacher = MLP([6, 8, 3], using: RandomGenerator(seed: 2))
    teacher.parameters[2].replace(with: teacher.parameters[2].value * 5)
    let pupil = student([6, 32, 3])
    let inputs = Noise([6], batchesOf: 50, steps: 400, seed: 3)
    let record = try distill(
      ModuleTeacher(teacher),
      into: pupil,
      on: inputs,
      minimizing: .kullbackLeibler(),
      using: Adam(learningRate: 1e-2)
    )
    let first = try #require(record.losses.means.first)
    let last = try #require(record.losses.latest)
    #expect(record.steps == 400 && last < first / 20)
  }

  /// A single logit takes its steps by differentiation, several outputs by the fused kernel.
  @Test(arguments: [[6, 5, 3], [6, 5, 1]])
  func stopsAtALossThatIsNotFinite(_ widths: [Int]) throws {
    var examples = someExamples()
    examples = Examples(examples.inputs, labels: examples.labels!.clamped(max: 1))
    let (pupil, reference) = (student(widths), student(widths))
    let batches = examples.batches(of: 10, shuffled: nil)
    func distiller(_ student: MLP) -> Distiller<MLP> {
      Distiller(student, minimizing: .crossEntropy(), using: SGD(learningRate: 0.1))
    }
    let failing = distiller(pupil)
    let inputs = batches.mapped { batch, _ in
      var batch = batch
      if failing.stepsDone == 3 { batch.inputs = batch.inputs * .infinity }
      return batch
    }
    let text = sentence { try failing.run(on: inputs) }
    try distiller(reference).run(on: batches.limited(to: 3))
    #expect(text.hasPrefix("the loss is nan at step 3: "))
    #expect(pupil.bits == reference.bits && failing.stepsDone == 3)
  }

  @Test func refusesWhatItCannotCompare() throws {
    let batch = try someExamples().batches(of: 10, shuffled: nil).batch(0)!
    let bare = Batch(batch.inputs)
    func step(
      _ loss: Loss,
      _ teacher: (any Teacher)?,
      _ batch: Batch,
      as meaning: Observation.Meaning = .logits
    ) -> String {
      sentence {
        try Distiller(student(), observedAs: meaning, minimizing: loss)
          .step(on: batch, observing: teacher)
      }
    }
    let reals = ClosureTeacher { inputs, _ in
      Observation(.zeros([inputs.shape[0], 3]), meaning: .reals)
    }
    let short = ClosureTeacher { _, _ in Observation(.zeros([1, 3]), meaning: .logits) }
    let plain = ClosureTeacher { inputs, _ in
      Observation(.full(1.0 / 3, [inputs.shape[0], 3]), meaning: .probabilities)
    }
    #expect(step(.softCrossEntropy(), nil, batch).contains("there is none: give a teacher"))
    #expect(step(.crossEntropy(), nil, bare).contains("the inputs have none"))
    #expect(
      step(.softCrossEntropy(), ModuleTeacher(student([6, 4])), batch)
        .contains("the student has 3 classes and the teacher 4")
    )
    #expect(step(.softCrossEntropy(), reals, batch).contains("logits and the teacher real numbers"))
    #expect(step(.softCrossEntropy(), reals, batch, as: .reals).contains("cannot be had from real"))
    #expect(step(.softCrossEntropy(), short, batch).contains("[1, 3] for 10 examples"))
    #expect(step(.squaredErrorOnLogits, plain, batch).contains("not probabilities: use"))
    #expect(step(.squaredError, plain, batch).contains("compares real numbers, not logits"))
    #expect(step(.derivativeSquaredError, plain, batch).contains("were not observed"))
    #expect(step(.projectedDerivativeSquaredError(), plain, batch).contains("were not observed"))
  }

  @Test(arguments: [[6, 5, 3], [6, 5, 1]])
  func labelsOutOfRangeAndInputsOfAnotherWidthThrow(_ widths: [Int]) {
    let pupil = student(widths)
    let before = pupil.bits
    let distiller = Distiller(pupil, minimizing: .crossEntropy())
    let strange = Batch(.zeros([2, 6]), labels: Tensor([0, 3] as [Int]))
    #expect(sentence { try distiller.step(on: strange) }.contains("3"))
    let wide = Batch(.zeros([2, 7]), labels: Tensor([0, 1] as [Int]))
    #expect(sentence { try distiller.step(on: wide) }.contains("7]"))
    #expect(pupil.bits == before && distiller.stepsDone == 0)
  }

  /// The norm of each term's gradient is that of a run with this term alone, and measuring it
  /// leaves no trace in the run.
  @Test func reportsHowHardEachTermPulls() throws {
    let teacher = ModuleTeacher(Restless(seed: 1))
    let batch = try someExamples().batches(of: 10, shuffled: nil).batch(0)!
    func pull(_ loss: Loss) throws -> Double {
      let pupil = Restless(seed: 2)
      let before = pupil.parameters.map(\.value)
      try Distiller(pupil, minimizing: loss, using: SGD(learningRate: 1), seed: 4)
        .step(on: batch, observing: teacher)
      let squares = zip(before, pupil.parameters).map { ($0 - $1.value).squared.sum().doubleValue }
      return squares.reduce(0, +).squareRoot()
    }
    let pupil = Restless(seed: 2)
    let distiller = Distiller(
      pupil,
      minimizing: 2 * .softCrossEntropy() + .derivativeSquaredError,
      using: SGD(learningRate: 0),
      seed: 4
    )
    let state = distiller.generator.state
    try distiller.step(on: batch, observing: teacher)
    let norms = distiller.gradientNorms
    #expect(norms.map(\.term) == ["2 * softCrossEntropy", "derivativeSquaredError"])
    let expected = try [pull(2 * .softCrossEntropy()), pull(.derivativeSquaredError)]
    for (norm, expected) in zip(norms.map(\.norm), expected) {
      // Float32 parameters of size 1 lose 1e−7 when the step is read off them.
      #expect(abs(norm - expected) < 1e-5)
    }
    let other = Restless(seed: 2)
    let replay = RandomGenerator(seed: 4)
    replay.state = state
    _ = other(batch.inputs, Pass(training: replay))
    #expect(other.runningMean.value.largestDifference(from: pupil.runningMean.value) == 0)
    #expect(replay.state.scalars(UInt8.self) == distiller.generator.state.scalars(UInt8.self))
  }

  /// Whoever makes the steps, the student can be looked at and changed between them.
  @Test(arguments: [[6, 5, 3], [6, 5, 1]])
  func parametersChangedBetweenStepsAreTrainedOn(_ widths: [Int]) throws {
    let batch = Batch(.zeros([2, 6]), labels: Tensor([0, 1] as [Int]))
    let pupil = student(widths)
    let distiller = Distiller(pupil, minimizing: .crossEntropy(), using: SGD(learningRate: 0.5))
    try distiller.step(on: batch)
    for parameter in pupil.parameters { parameter.replace(with: parameter.value.zerosLike) }
    let loss = try distiller.step(on: batch)
    // All logits are zero: every class has the same probability.
    #expect(abs(loss - log(Double(max(widths[2], 2)))) < 1e-6)
  }

  @Test(arguments: [[6, 5, 3], [6, 5, 1]])
  func theStudentCanBeLookedAtInTheMiddleOfARun(_ widths: [Int]) throws {
    let batches = someExamples().batches(of: 10, shuffled: nil)
    let inputs = batches.mapped { batch, _ in
      Batch(batch.inputs, labels: batch.labels!.clamped(max: 1))
    }
    let (pupil, reference) = (student(widths), student(widths))
    var seen = Bits()
    try train(pupil, on: inputs, minimizing: .crossEntropy()) { progress in
      if progress.step == 2 { seen = pupil.bits }
      return .proceed
    }
    try train(reference, on: inputs.limited(to: 2), minimizing: .crossEntropy())
    #expect(seen == reference.bits)
  }

  /// Without momentum a step depends on the parameters alone, whoever made the one before.
  @Test(arguments: [[6, 5, 3], [6, 5, 1]])
  func distillersOfOneStudentCanTakeTurns(_ widths: [Int]) throws {
    let batch = Batch(
      .normal([4, 6], using: RandomGenerator(seed: 2)),
      labels: Tensor([0, 1, 1, 0] as [Int])
    )
    func distiller(_ student: MLP) -> Distiller<MLP> {
      Distiller(student, minimizing: .crossEntropy(), using: SGD(learningRate: 0.5))
    }
    let (shared, reference) = (student(widths), student(widths))
    let pair = [distiller(shared), distiller(shared)]
    let alone = distiller(reference)
    for step in 0..<6 {
      try pair[step % 2].step(on: batch)
      try alone.step(on: batch)
    }
    #expect(shared.bits == reference.bits)
  }

  @Test func theRatioIsReadable() {
    var record = TrainingRecord()
    record.gradientNorms = [.init(term: "a", norm: 4), .init(term: "0.1 * b", norm: 1.0345)]
    #expect(record.gradientRatio == "a : 0.1 * b = 1 : 0.259")
  }

  @Test func batchesMayBringTheirOwnTeacher() throws {
    let teacher = ModuleTeacher(student([6, 4, 3]))
    let noise = Noise([6], batchesOf: 5, steps: 4, seed: 3)
    let (live, online) = (student(), student())
    try distill(teacher, into: live, on: noise, minimizing: .softCrossEntropy())
    let carrying = noise.mapped { batch, _ in
      var batch = batch
      batch.observation = try teacher.observe(batch.inputs)
      return batch
    }
    try train(online, on: carrying, minimizing: .softCrossEntropy())
    #expect(live.bits == online.bits)
  }

  @Test func theHistoryKeepsTheMeanOfAnyLength() {
    var history = LossHistory()
    let count = 5_000
    for step in 0..<count { history.append(Double(step)) }
    #expect(history.means.count < LossHistory.capacity && history.stride == 8)
    let blocks = history.means.enumerated().map { Double($0.offset * 8) + 3.5 }
    #expect(history.means == blocks)
    #expect(history.means.count == count / 8)
  }

  /// A schedule of one's own may divide by zero: one sentence, also where a kernel would keep the rate.
  @Test(arguments: [Double.nan, .infinity])
  func aLearningRateThatIsNoNumberIsRefused(factor: Double) throws {
    let setting = PerceptronEngineTests.Setting()
    let student = MLP([12, 8, 4], using: RandomGenerator(seed: 1))
    let distiller = Distiller(
      student,
      minimizing: .crossEntropy(),
      using: Adam(learningRate: 1e-3),
      schedule: Schedule { step in step < 2 ? 1 : factor },
      seed: 1
    )
    let error = #expect(throws: DistillationError.self) {
      try distiller.run(on: setting.examples.batches(of: 8, epochs: 1, shuffled: 1))
    }
    #expect(error?.description.contains("step 2: the schedule gives a learning rate of") == true)
    #expect(student.parameters.allSatisfy { $0.value.isAllFinite })
  }
}
