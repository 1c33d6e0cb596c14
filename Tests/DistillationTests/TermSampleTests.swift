import Foundation
import Networks
import Tensors
import Testing

@testable import Distillation

/// The terms of a loss, looked at now and then while a student is trained.
@Suite struct TermSampleTests {
  private let loss: Loss = 0.25 * .crossEntropy() + 2 * .softCrossEntropy()

  /// By hand, of a linear student: the gradient in its weights is the mean of (p − t)xᵀ over the
  /// examples, in its biases that of p − t.
  @Test func valuesAndLengthsAreThoseOfTheFormulas() throws {
    let examples = someExamples()
    let teacher = MLP([6, 3], using: RandomGenerator(seed: 2))
    let student = MLP([6, 3], using: RandomGenerator(seed: 1))
    var seen: [TermSample] = []
    try Distiller(student, minimizing: loss, using: SGD(learningRate: 0)).run(
      on: examples.batches(of: 50, epochs: 20, shuffled: nil),
      observing: ModuleTeacher(teacher),
      measuringTerms: 1
    ) { progress in
      if !progress.terms.isEmpty { seen = progress.terms }
      return .proceed
    }
    func outputs(_ network: MLP) -> [[Double]] {
      let values = network(examples.inputs).scalars(Float.self).map(Double.init)
      return stride(from: 0, to: values.count, by: 3).map { start in
        let row = values[start..<start + 3].map { exp($0) }
        return row.map { $0 / row.reduce(0, +) }
      }
    }
    let inputs = examples.inputs.scalars(Float.self).map(Double.init)
    let labels = examples.labels!.scalars(Int.self)
    let own = outputs(student)
    func term(_ targets: [[Double]], _ weight: Double) -> (value: Double, norm: Double) {
      var (value, squares) = (0.0, 0.0)
      for output in 0..<3 {
        for input in 0...6 {
          let slope = (0..<50).reduce(0.0) { sum, row in
            let x = input < 6 ? inputs[6 * row + input] : 1
            return sum + (own[row][output] - targets[row][output]) * x / 50
          }
          squares += slope * slope
        }
        value -= (0..<50).reduce(0.0) { $0 + targets[$1][output] * log(own[$1][output]) / 50 }
      }
      return (weight * value, weight * squares.squareRoot())
    }
    let hard = term(labels.map { label in (0..<3).map { $0 == label ? 1 : 0 } }, 0.25)
    let soft = term(outputs(teacher), 2)
    try #require(seen.count == 2)
    for (sample, right) in zip(seen, [hard, soft]) {
      #expect(abs(sample.value - right.value) < 1e-5 * right.value)
      #expect(abs(sample.gradientNorm - right.norm) < 1e-4 * right.norm)
    }
    #expect(seen.map(\.term) == ["0.25 * crossEntropy", "2 * softCrossEntropy"])
  }

  enum Kind: CaseIterable {
    case kernel, recorded, dropout, memory
  }

  /// To the bit, whatever makes the steps, draws numbers or remembers examples.
  @Test(arguments: Kind.allCases)
  func lookingChangesNothing(kind: Kind) throws {
    let examples = someExamples()
    func trained(_ share: Double) throws -> (bits: Bits, samples: Int) {
      var samples = 0
      func run<Student: Module>(
        _ student: Student,
        _ loss: Loss,
        _ teacher: any Teacher
      ) throws -> Bits {
        try Distiller(student, minimizing: loss, using: Adam(learningRate: 0.01), seed: 9).run(
          on: examples.batches(of: 10, epochs: 12, shuffled: 4),
          observing: teacher,
          measuringTerms: share
        ) { progress in
          samples += progress.terms.isEmpty ? 0 : 1
          return .proceed
        }
        return student.bits
      }
      let teacher = MLP([6, 8, 3], using: RandomGenerator(seed: 2))
      let student = MLP([6, 5, 3], using: RandomGenerator(seed: 1))
      let bits =
        switch kind {
        case .kernel: try run(student, loss, ModuleTeacher(teacher))
        case .recorded:
          try run(student, loss, RecordedTeacher(of: ModuleTeacher(teacher), on: examples.inputs))
        case .dropout:
          try run(
            Restless(seed: 1),
            loss + 0.1 * .projectedDerivativeSquaredError(),
            ModuleTeacher(Restless(seed: 2))
          )
        case .memory:
          try run(
            student,
            loss + (try Loss(parsing: "contrastiveRepresentation(of: 1, negatives: 8)")),
            ModuleTeacher(teacher)
          )
        }
      return (bits, samples)
    }
    let (plain, watched) = (try trained(0), try trained(1))
    #expect(plain.samples == 0 && watched.samples > 5)
    #expect(plain.bits == watched.bits)
  }

  @Test func aSingleTermIsTheLoss() throws {
    let student = MLP([6, 5, 3], using: RandomGenerator(seed: 1))
    try Distiller(student, minimizing: .crossEntropy(), using: Adam()).run(
      on: someExamples().batches(of: 10, epochs: 3, shuffled: nil),
      measuringTerms: 1
    ) { progress in
      #expect(progress.terms.isEmpty && progress.learningRate == 1e-3)
      return .proceed
    }
  }

  /// Steps of a millisecond and looks of fifty: never more than the share, and not much less.
  @Test func looksTakeTheirShareAndNoMore() {
    var sampler = TermSampler(share: 0.005, every: 10, cost: 0.05)
    var (seconds, spent, looks) = (0.0, 0.0, [Int]())
    for step in 0..<100_000 {
      seconds += 0.001
      guard sampler.isDue(at: step, after: seconds) else { continue }
      sampler.took(0.05, at: step)
      (seconds, spent) = (seconds + 0.05, spent + 0.05)
      looks.append(step)
      #expect(spent <= 0.005 * seconds + 1e-12)
    }
    #expect(spent > 0.0045 * seconds && looks[0] >= 9_000)
    #expect(!TermSampler(share: 0, every: 0, cost: 0).isDue(at: 5, after: 100))
  }
}
