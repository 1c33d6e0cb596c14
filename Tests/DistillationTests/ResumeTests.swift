import Foundation
import Networks
import Tensors
import Testing

@testable import Distillation

/// A run that is killed and resumed gives the same student to the bit.
@Suite struct ResumeTests {
  enum Rule: CaseIterable {
    case sgd, nesterov, adam, adamW, rmsprop, adaDelta

    var optimizer: any Optimizer {
      switch self {
      case .sgd: SGD(learningRate: 0.1)
      case .nesterov: SGD(learningRate: 0.1, momentum: 0.9, isNesterov: true)
      case .adam: Adam(learningRate: 0.01)
      case .adamW: AdamW(learningRate: 0.01)
      case .rmsprop: RMSprop(learningRate: 0.01)
      case .adaDelta: AdaDelta()
      }
    }
  }

  enum Source: CaseIterable {
    case shuffled, noise, mixture, augmented, sequence

    var inputs: any Inputs {
      let shuffled = someExamples().batches(of: 8, epochs: nil, shuffled: 4)
      let noise = Noise([6], batchesOf: 8, seed: 5)
      return switch self {
      case .shuffled: shuffled.limited(to: 20)
      case .noise: noise.limited(to: 20)
      case .mixture: Mixture([(shuffled, 1), (noise, 2)], seed: 6).limited(to: 20)
      case .augmented:
        shuffled.mapped(seed: 7) { batch, generator in
          var batch = batch
          batch.inputs += .normal(batch.inputs.shape, using: generator)
          return batch
        }.limited(to: 20)
      case .sequence: SequenceInputs((0..<20).lazy.map { noise.batch($0)! })
      }
    }
  }

  private func run(
    _ student: Restless,
    _ rule: Rule,
    _ source: Source,
    seed: UInt64,
    _ policy: CheckpointPolicy?,
    stoppingAfter last: Int? = nil
  ) throws -> TrainingRecord {
    try distill(
      ModuleTeacher(Restless(seed: 1)),
      into: student,
      on: source.inputs,
      minimizing: .softCrossEntropy(temperature: 2) + 0.1 * .projectedDerivativeSquaredError(),
      using: rule.optimizer,
      schedule: .linear(over: 20),
      seed: seed,
      checkpointing: policy
    ) { $0.step == last ? .stop : .proceed }
  }

  private func compare(_ rule: Rule, _ source: Source) throws {
    try withTemporaryFolder { folder in
      let whole = Restless(seed: 2)
      let expected = try run(whole, rule, source, seed: 8, nil)
      let policy = CheckpointPolicy(folder.appending(path: "run.safetensors"), everySteps: 3)
      let stopped = try run(Restless(seed: 2), rule, source, seed: 8, policy, stoppingAfter: 7)
      // Another student and another seed: everything must come out of the file.
      let resumed = Restless(seed: 99)
      let record = try run(resumed, rule, source, seed: 77, policy)
      #expect(stopped.ending == .stopped && stopped.steps == 7)
      #expect(record.ending == .finished && record.steps == 20)
      #expect(resumed.bits == whole.bits)
      #expect(record.losses == expected.losses)
      #expect(record.gradientNorms == expected.gradientNorms)
    }
  }

  /// What was to be measured after a step and could not be is measured when the run goes on.
  @Test func aStepWhoseProgressFailsIsMadeAgain() throws {
    struct Full: Error {}
    try withTemporaryFolder { folder in
      let policy = CheckpointPolicy(folder.appending(path: "run.safetensors"), everySteps: 3)
      func run(_ progress: @escaping (TrainingProgress) throws -> Continuation) throws {
        try distill(
          ModuleTeacher(Restless(seed: 1)),
          into: Restless(seed: 2),
          on: Source.noise.inputs,
          minimizing: .softCrossEntropy(),
          using: SGD(learningRate: 0.1),
          checkpointing: policy,
          progress: progress
        )
      }
      var steps: [Int] = []
      #expect(throws: Full.self) {
        try run { now in
          if now.step == 8 { throw Full() }
          steps.append(now.step)
          return .proceed
        }
      }
      steps.removeAll { $0 > 6 }  // The last checkpoint.
      try run { now in
        steps.append(now.step)
        return .proceed
      }
      #expect(steps == Array(1...20))
    }
  }

  @Test(arguments: Rule.allCases) func withAnyOptimizer(_ rule: Rule) throws {
    try compare(rule, .shuffled)
  }

  @Test(arguments: Source.allCases) func withAnyInputs(_ source: Source) throws {
    try compare(.adam, source)
  }

  /// A run that is over is not trained further.
  @Test func aFinishedRunStaysAsItIs() throws {
    try withTemporaryFolder { folder in
      let policy = CheckpointPolicy(folder.appending(path: "run.safetensors"))
      let student = Restless(seed: 2)
      _ = try run(student, .adam, .shuffled, seed: 8, policy)
      let again = Restless(seed: 3)
      let record = try run(again, .adam, .shuffled, seed: 8, policy)
      #expect(again.bits == student.bits)
      #expect(record.steps == 20)
    }
  }
}
