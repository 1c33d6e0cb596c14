import Networks
import Tensors
import Testing

@testable import Distillation

/// What the terms of a loss come to, one by one.
@Suite struct TermValueTests {
  @Test func weightedTermsAddUpToTheLoss() throws {
    let examples = someExamples()
    let teacher = ModuleTeacher(MLP([6, 8, 3], using: RandomGenerator(seed: 2)))
    let student = MLP([6, 5, 3], using: RandomGenerator(seed: 1))
    let loss: Loss =
      .crossEntropy() + 0.5 * .softCrossEntropy(temperature: 2)
      + 3 * .hints(of: .tap("1"), through: Projector(always: true))
    let distiller = Distiller(student, minimizing: loss, using: SGD(learningRate: 0.1))
    let batch = try examples.batches(of: 10, shuffled: nil).batch(0)!
    #expect(throws: DistillationError.self) {
      try distiller.termValues(on: batch, observing: teacher)
    }
    try distiller.step(on: batch, observing: teacher)
    let values = try distiller.termValues(on: batch, observing: teacher)
    #expect(values.map(\.term) == loss.terms.map(\.description))
    let sum = zip(loss.terms, values).reduce(0) { $0 + $1.0.weight * $1.1.value }
    // The loss before a step is that of the terms after the last one.
    let next = try distiller.step(on: batch, observing: teacher)
    #expect(abs(sum - next) < 1e-5 * abs(next), "\(sum), \(next)")
  }

  @Test func projectionsHaveNone() throws {
    let student = MLP([6, 5, 3], using: RandomGenerator(seed: 1))
    let teacher = ModuleTeacher(MLP([6, 8, 3], using: RandomGenerator(seed: 2)))
    let distiller = Distiller(
      student,
      minimizing: .softCrossEntropy() + .projectedDerivativeSquaredError(projections: 2)
    )
    let batch = try someExamples().batches(of: 10, shuffled: nil).batch(0)!
    try distiller.step(on: batch, observing: teacher)
    let error = #expect(throws: DistillationError.self) {
      try distiller.termValues(on: batch, observing: teacher)
    }
    #expect(error?.description.contains("random projections") == true)
  }
}
