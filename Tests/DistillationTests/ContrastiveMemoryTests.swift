import Foundation
import Networks
import Tensors
import Testing

@testable import Distillation

@Suite struct ContrastiveMemoryTests {
  private func memory(
    labels: Tensor? = nil,
    negatives: Int = 5,
    teacher: Int = 4,
    seed: UInt64 = 1
  ) -> ContrastiveMemory {
    ContrastiveMemory(
      student: 3,
      teacher: teacher,
      examples: 50,
      labels: labels,
      width: 6,
      negatives: negatives,
      using: RandomGenerator(seed: seed)
    )
  }

  private func comparison(
    _ indices: Tensor?,
    seed: UInt64 = 2,
    training: RandomGenerator? = nil
  ) -> Comparison {
    let generator = RandomGenerator(seed: seed)
    let count = indices?.count ?? 4
    return Comparison(
      Observation(.normal([count, 3], using: generator), meaning: .logits),
      Observation(.normal([count, 4], using: generator), meaning: .logits),
      inputs: .zeros([count, 1]),
      training: training,
      indices: indices
    )
  }

  /// Over 20,000 draws a share differs from its probability by 4 standard errors at most.
  @Test(arguments: [false, true]) func negativesAreEvenlyDrawnFromOtherExamples(byClass: Bool) {
    let labels = Tensor([0, 1, 2, 1, 0, 1, 1])
    let others = OtherExamples(count: 7, labels: byClass ? labels : nil)
    let draws = 20_000
    let own = [3, 2]
    let drawn = others.draw(draws, for: Tensor(own), using: RandomGenerator(seed: 1))
    let allowed =
      byClass ? [[0, 2, 4], [0, 1, 3, 4, 5, 6]] : [[0, 1, 2, 4, 5, 6], [0, 1, 3, 4, 5, 6]]
    for row in own.indices {
      let counts = drawn[row].occurrences(classes: 7).scalars(Int.self)
      let probability = 1 / Double(allowed[row].count)
      let error = (probability * (1 - probability) / Double(draws)).squareRoot()
      for example in 0..<7 {
        let share = Double(counts[example]) / Double(draws)
        let expected = allowed[row].contains(example) ? probability : 0
        #expect(abs(share - expected) <= 4 * error * (expected == 0 ? 0 : 1))
      }
    }
  }

  /// m ← the unit vector along ½m + ½v for the examples of the batch; other rows stay.
  @Test func trainingRemembersTheBatchAndEvaluationDoesNot() throws {
    let memory = memory()
    let loss = Loss.contrastiveRepresentation(memory)
    let before = (memory.studentBank.value.copied, memory.teacherBank.value.copied)
    let seen = comparison(Tensor([7, 0, 33, 49]))
    _ = try loss(seen)
    #expect(memory.studentBank.value.largestDifference(from: before.0) == 0)
    #expect(memory.normalizers.value.scalars() == [0, 0])
    let trained = Comparison(
      seen.student,
      seen.teacher,
      inputs: seen.inputs,
      training: RandomGenerator(seed: 3),
      indices: seen.indices
    )
    _ = try loss(trained)
    let teacher = try #require(seen.teacher)
    for (bank, old, head, values) in [
      (memory.studentBank, before.0, memory.student, seen.student.values),
      (memory.teacherBank, before.1, memory.teacher, teacher.values),
    ] {
      let (rows, embedded) = (bank.value.unbound(), head(values).unbound())
      for (position, example) in [7, 0, 33, 49].enumerated() {
        let unit = embedded[position] / embedded[position].norm().doubleValue
        let sum = old[example] * 0.5 + unit * 0.5
        #expect(rows[example].largestDifference(from: sum / sum.norm().doubleValue) < 1e-6)
      }
      for example in 1..<7 { #expect(rows[example].largestDifference(from: old[example]) == 0) }
    }
  }

  /// K times the mean of exp(v·m/τ) over the first batch, and no other.
  @Test func theNormalizerIsThatOfTheFirstBatch() throws {
    let memory = memory(negatives: 40_000)
    let loss = Loss.contrastiveRepresentation(memory)
    let generator = RandomGenerator(seed: 3)
    let first = comparison(Tensor([7]), training: generator)
    let unit = memory(first.student.values)
    let scores = (unit.matmul(memory.teacherBank.value.transposed()) / 0.07).exponential
    _ = try loss(first)
    let kept = memory.normalizers.value.scalars(Double.self)
    // 40,000 of 50 examples are their mean, within four standard errors.
    let mean = scores.mean().doubleValue
    let error = scores.standardDeviation().doubleValue / 200
    #expect(abs(kept[0] / 40_000 - mean) < 4 * error + mean / 49)
    _ = try loss(comparison(Tensor([8]), seed: 9, training: generator))
    #expect(memory.normalizers.value.scalars() == kept)
  }

  @Test func whatDoesNotFitIsRefusedInOneSentence() throws {
    let memory = memory()
    let loss = Loss.contrastiveRepresentation(memory)
    func message(_ comparison: Comparison) -> String {
      #expect(throws: DistillationError.self) { try loss(comparison) }?.description ?? ""
    }
    #expect(message(comparison(nil)).contains("the batch has none"))
    #expect(message(comparison(Tensor([0, 50]))).contains("remembers 50 examples"))
    let narrow = Observation(.zeros([2, 2]), meaning: .logits)
    let other = Observation(.zeros([2, 4]), meaning: .logits)
    let unlike = Comparison(narrow, other, inputs: .zeros([2, 1]), indices: Tensor([0, 1]))
    #expect(message(unlike).contains("embeds 3 numbers of the student, which shows 2"))
  }

  private func run(
    _ memory: ContrastiveMemory,
    _ student: Restless,
    seed: UInt64,
    _ policy: CheckpointPolicy? = nil,
    stoppingAfter last: Int? = nil
  ) throws -> TrainingRecord {
    try distill(
      ModuleTeacher(MLP([6, 3], using: RandomGenerator(seed: 5))),
      into: student,
      on: someExamples().batches(of: 8, epochs: 3, shuffled: 4),
      minimizing: .crossEntropy() + 0.8 * .contrastiveRepresentation(memory, of: .values),
      using: Adam(learningRate: 0.01),
      seed: seed,
      checkpointing: policy
    ) { $0.step == last ? .stop : .proceed }
  }

  @Test func aRunTakenUpAgainEndsWithTheSameStudentAndMemory() throws {
    try withTemporaryFolder { folder in
      let (whole, banks) = (Restless(seed: 2), memory(teacher: 3))
      let expected = try run(banks, whole, seed: 8)
      let policy = CheckpointPolicy(folder.appending(path: "run.safetensors"), everySteps: 3)
      _ = try run(memory(teacher: 3), Restless(seed: 2), seed: 8, policy, stoppingAfter: 7)
      let (resumed, others) = (Restless(seed: 99), memory(teacher: 3, seed: 98))
      let record = try run(others, resumed, seed: 77, policy)
      #expect(resumed.bits == whole.bits)
      #expect(others.bits == banks.bits)
      #expect(record.losses == expected.losses)
    }
  }

  /// The student's embedding comes to be nearest to the teacher's of the same example.
  @Test func theStudentIsToldApartByTheTeachersEmbeddings() throws {
    let examples = Examples(.normal([40, 6], using: RandomGenerator(seed: 3)))
    let teacher = MLP([6, 20, 8], activation: .tanh, using: RandomGenerator(seed: 5))
    let student = MLP([6, 12, 8], activation: .tanh, using: RandomGenerator(seed: 6))
    let memory = ContrastiveMemory(
      student: 8,
      teacher: 8,
      examples: 40,
      width: 8,
      negatives: 30,
      using: RandomGenerator(seed: 7)
    )
    func found() -> Int {
      let own = memory(student(examples.inputs))
      let nearest = own.matmul(memory.teacherBank.value.transposed()).indexOfMaximum()
      return zip(nearest.scalars(Int.self), 0..<40).count { $0 == $1 }
    }
    #expect(found() < 10)
    try distill(
      ModuleTeacher(teacher),
      into: student,
      on: examples.batches(of: 20, epochs: 100, shuffled: 1),
      minimizing: .contrastiveRepresentation(memory),
      using: Adam(learningRate: 0.01)
    )
    #expect(found() > 30)
  }
}
