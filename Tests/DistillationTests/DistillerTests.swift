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

  @Test func stopsAtALossThatIsNotFinite() throws {
    let examples = someExamples()
    let pupil = student()
    var before = pupil.bits
    let distiller = Distiller(pupil, minimizing: .crossEntropy(), using: SGD(learningRate: 0.1))
    let inputs = examples.batches(of: 10, shuffled: nil).mapped { batch, _ in
      before = pupil.bits
      var batch = batch
      if distiller.stepsDone == 3 { batch.inputs = batch.inputs * .infinity }
      return batch
    }
    let text = sentence { try distiller.run(on: inputs) }
    #expect(text.hasPrefix("the loss is nan at step 3: "))
    #expect(pupil.bits == before && distiller.stepsDone == 3)
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
      Observation(.zeros([inputs.shape[0], 3]), meaning: .probabilities)
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

  @Test func labelsOutOfRangeAndInputsOfAnotherWidthThrow() {
    let pupil = student()
    let before = pupil.bits
    let distiller = Distiller(pupil, minimizing: .crossEntropy())
    let strange = Batch(.zeros([2, 6]), labels: Tensor([0, 3] as [Int]))
    #expect(sentence { try distiller.step(on: strange) }.contains("labels must be 0 to 2"))
    let wide = Batch(.zeros([2, 7]), labels: Tensor([0, 1] as [Int]))
    #expect(sentence { try distiller.step(on: wide) }.contains("[2, 7]"))
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
}
