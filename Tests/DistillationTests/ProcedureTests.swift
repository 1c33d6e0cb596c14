import Foundation
import Networks
import Tensors
import Testing

@testable import Distillation

private func network(_ seed: UInt64, _ width: Int = 5) -> MLP {
  MLP([6, width, 3], activation: .tanh, .float64, using: RandomGenerator(seed: seed))
}

private func examples() -> Examples {
  let plain = someExamples()
  return Examples(plain.inputs.cast(to: .float64), labels: plain.labels)
}

private func batches() -> any Inputs { examples().batches(of: 10, epochs: 2, shuffled: 1) }

@Suite struct MutualLearningTests {
  /// One step of gradient descent beside the paper's formula written out.
  @Test(arguments: [2, 3]) func aStepGoesDownLabelsAndTheDivergencesFromTheOthers(_ count: Int)
    throws
  {
    let students = (0..<count).map { network(UInt64($0), 4 + $0) }
    let copies = (0..<count).map { network(UInt64($0), 4 + $0) }
    let batch = examples().batches(of: 50, shuffled: nil)
    let record = try learnMutually(
      students,
      on: batch,
      towardOthers: 0.7,
      temperature: 2,
      using: SGD(learningRate: 0.1)
    )
    let (inputs, labels) = (examples().inputs, examples().labels!)
    let said = copies.map { ($0(inputs) / 2).softmax() }
    var sum = 0.0
    for (index, copy) in copies.enumerated() {
      let (value, gradients) = valueWithGradients(of: copy.parameters) {
        let logits = copy(inputs)
        let chosen = logits.logSoftmax().gathering(labels.insertingAxis(1), along: 1)
        var loss = -chosen.mean()
        for other in said.indices where other != index {
          let ratio = said[other].logarithm - (logits / 2).logSoftmax()
          loss += (said[other] * ratio).sum(along: 1).mean() * (4 * 0.7 / Double(count - 1))
        }
        return loss
      }
      sum += value.doubleValue
      for (parameter, gradient) in zip(copy.parameters, gradients) {
        parameter.replace(with: parameter.value - gradient * 0.1)
      }
      for (own, expected) in zip(students[index].parameters, copy.parameters) {
        #expect(own.value.largestDifference(from: expected.value) < 1e-13)
      }
    }
    #expect(record.steps == 1)
    #expect(try abs(#require(record.losses.latest) - sum) < 1e-12)
  }

  @Test func aRunTakenUpAgainEndsWithTheSameStudents() throws {
    func run(_ students: [any Module], _ policy: CheckpointPolicy?, stop: Int? = nil) throws {
      try learnMutually(
        students,
        on: someExamples().batches(of: 10, epochs: 2, shuffled: 1),
        seed: 3,
        checkpointing: policy
      ) { $0.step == stop ? .stop : .proceed }
    }
    try withTemporaryFolder { folder in
      let whole = [Restless(seed: 1), Restless(seed: 2)]
      try run(whole, nil)
      let policy = CheckpointPolicy(folder.appending(path: "pair.safetensors"), everySteps: 2)
      try run([Restless(seed: 1), Restless(seed: 2)], policy, stop: 5)
      let resumed = [Restless(seed: 8), Restless(seed: 9)]
      try run(resumed, policy)
      #expect(resumed.map(\.bits) == whole.map(\.bits))
    }
  }

  @Test func whatCannotBeLearntMutuallyIsRefused() {
    func message(_ students: [any Module], _ loss: Loss) -> String {
      #expect(throws: DistillationError.self) {
        try learnMutually(students, on: batches(), minimizing: loss)
      }?.description ?? ""
    }
    #expect(message([network(1)], .crossEntropy()).contains("two students or more, not 1"))
    #expect(message([network(1), network(2)], .kullbackLeibler()).contains("no other teacher"))
    let odd = MLP([6, 4], .float64, using: RandomGenerator(seed: 1))
    #expect(message([network(1), odd], .crossEntropy()).contains("7 outputs together"))
  }
}

@Suite struct AssistantChainTests {
  private func chain(
    _ students: [MLP],
    _ policy: CheckpointPolicy? = nil,
    stop: (stage: Int, step: Int)? = nil
  ) throws -> [TrainingRecord] {
    try distill(
      ModuleTeacher(network(1, 20)),
      through: Array(students.dropLast()),
      into: students.last!,
      on: batches(),
      minimizing: .kullbackLeibler(temperature: 4),
      checkpointing: policy
    ) { stage, at in
      stop.map { $0 == (stage, at.step) } == true ? .stop : .proceed
    }
  }

  private func line(_ seed: UInt64) -> [MLP] { [12, 8, 4].map { network(seed, $0) } }

  @Test func eachLearnsFromTheOneBefore() throws {
    let students = line(2)
    let records = try chain(students)
    #expect(records.map(\.steps) == [10, 10, 10])
    var teacher = network(1, 20)
    for (student, own) in zip(line(2), students) {
      try distill(
        ModuleTeacher(teacher),
        into: student,
        on: batches(),
        minimizing: .kullbackLeibler(temperature: 4)
      )
      #expect(own.bits == student.bits)
      teacher = student
    }
  }

  @Test func aChainTakenUpAgainEndsWithTheSameStudents() throws {
    try withTemporaryFolder { folder in
      let whole = line(2)
      _ = try chain(whole)
      let policy = CheckpointPolicy(folder.appending(path: "chain.safetensors"), everySteps: 2)
      let stopped = try chain(line(2), policy, stop: (2, 5))
      #expect(stopped.map(\.ending) == [.finished, .finished, .stopped])
      let resumed = line(7)
      let records = try chain(resumed, policy)
      #expect(records.map(\.steps) == [10, 10, 10])
      #expect(resumed.map(\.bits) == whole.map(\.bits))
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 3)
    }
  }
}

@Suite struct BornAgainTests {
  private func makes(_ seed: UInt64) -> (Int) -> MLP { { network(seed + UInt64($0)) } }

  private func line(
    _ policy: CheckpointPolicy? = nil,
    seed: UInt64 = 1,
    stop: (generation: Int, step: Int)? = nil
  ) throws -> Generations<MLP> {
    try trainBornAgain(
      generations: 3,
      of: makes(seed),
      on: batches(),
      checkpointing: policy
    ) { generation, at in
      stop.map { $0 == (generation, at.step) } == true ? .stop : .proceed
    }
  }

  @Test func theFirstLearnsFromLabelsAndEachLaterFromTheOneBefore() throws {
    let line = try line()
    let first = network(1)
    try train(first, on: batches(), minimizing: .crossEntropy())
    #expect(line.students[0].bits == first.bits)
    var teacher = first
    for generation in 1..<3 {
      let student = network(1 + UInt64(generation))
      try distill(
        ModuleTeacher(teacher),
        into: student,
        on: batches(),
        minimizing: .crossEntropy() + .softCrossEntropy()
      )
      #expect(line.students[generation].bits == student.bits)
      teacher = student
    }
    let inputs = examples().inputs
    let mean = line.students.map { $0(inputs).softmax() }.reduce(Tensor(0.0), +) / 3
    #expect(try line.ensemble.observe(inputs).probabilities().largestDifference(from: mean) < 1e-14)
  }

  @Test func aLineTakenUpAgainEndsWithTheSameStudents() throws {
    try withTemporaryFolder { folder in
      let whole = try line()
      let policy = CheckpointPolicy(folder.appending(path: "line.safetensors"), everySteps: 2)
      let stopped = try line(policy, stop: (2, 5))
      #expect(stopped.records.map(\.steps) == [10, 10, 5])
      let resumed = try line(policy, seed: 30)
      #expect(resumed.students.map(\.bits) == whole.students.map(\.bits))
      #expect(resumed.records.map(\.steps) == [10, 10, 10])
    }
  }
}
