import Foundation
import Networks
import Tensors
import Testing

@testable import Distillation

/// The fused steps of perceptrons against the steps by differentiation, whose gradients are proven
/// against finite differences elsewhere.
@Suite struct PerceptronEngineTests {
  static let optimizers: [(name: String, make: @Sendable () -> any Optimizer)] = [
    ("SGD", { SGD(learningRate: 0.05) }),
    ("momentum", { SGD(learningRate: 0.05, momentum: 0.9, weightDecay: 0.01) }),
    ("Nesterov", { SGD(learningRate: 0.05, momentum: 0.9, isNesterov: true) }),
    ("Adam", { Adam(learningRate: 3e-3, weightDecay: 0.01) }),
    ("AdamW", { AdamW(learningRate: 3e-3) }),
    ("RMSprop", { RMSprop(learningRate: 1e-3) }),
    ("RMSprop with momentum", { RMSprop(learningRate: 1e-3, momentum: 0.9) }),
    ("AdaDelta", { AdaDelta() }),
    ("clipped", { ClippedOptimizer(SGD(learningRate: 0.05, momentum: 0.9), norm: 0.1) }),
    ("clipped Adam", { ClippedOptimizer(Adam(learningRate: 3e-3, weightDecay: 0.01), norm: 0.2) }),
  ]

  static var losses: [Loss] {
    [
      .crossEntropy(), .softCrossEntropy(), .softCrossEntropy(temperature: 4),
      .kullbackLeibler(temperature: 2), .derivativeSquaredError,
      .softCrossEntropy() + 0.3 * .derivativeSquaredError,
      0.5 * .crossEntropy() + 0.5 * .softCrossEntropy(temperature: 3),
      .softCrossEntropy() + 0.1 * .projectedDerivativeSquaredError(),
      .squaredErrorOnLogits, 0.3 * .squaredErrorOnLogits + .crossEntropy(),
    ]
  }

  struct Setting {
    let examples: Examples
    let teacher: MLP

    init() {
      let generator = RandomGenerator(seed: 5)
      teacher = MLP([12, 20, 4], activation: .tanh, using: generator)
      examples = Examples(
        .normal([48, 12], using: generator),
        labels: .randomIntegers(0..<4, [48], using: generator)
      )
    }

    func student(_ activation: Activation = .tanh) -> MLP {
      MLP([12, 9, 7, 4], activation: activation, using: RandomGenerator(seed: 6))
    }

    func parameters(
      after steps: Int,
      _ loss: Loss,
      _ optimizer: any Optimizer,
      fused: Bool,
      activation: Activation = .tanh,
      inHalves: Bool = false
    ) throws -> [Tensor] {
      let student = student(activation)
      let bound = try loss.bound(to: student, from: nil, on: examples)
      let engine: any StepEngine =
        fused
        ? try #require(PerceptronEngine(student, .logits, loss, optimizer))
        : AutogradEngine(student, .logits, bound, optimizer, RandomGenerator(seed: 0))
      let batches = examples.batches(of: 16, epochs: nil, shuffled: 3)
      let generator = RandomGenerator(seed: 9)
      for step in 0..<steps {
        let batch = try #require(try batches.batch(step))
        let directions =
          loss.needs.projections > 0 ? Tensor.normal([16, 1, 4], using: generator) : nil
        let target = try ModuleTeacher(teacher).observe(
          batch.inputs,
          loss.needs.teacherRequest(directions)
        )
        let seen = Target(target, directions)
        if inHalves {
          _ = try engine.gradient(on: batch, toward: seen)
          try engine.descend()
        } else {
          _ = try engine.step(on: batch, toward: seen)
        }
      }
      engine.synchronize()
      return student.parameters.map(\.value)
    }
  }

  @Test(arguments: losses.indices, [Activation.tanh, .relu, .sigmoid, .identity])
  func oneStepOfEveryLossMatchesDifferentiation(loss: Int, activation: Activation) throws {
    let setting = Setting()
    func run(_ fused: Bool) throws -> [Tensor] {
      try setting.parameters(
        after: 1,
        Self.losses[loss],
        SGD(learningRate: 1),
        fused: fused,
        activation: activation
      )
    }
    // Float32 rounding of sums of some hundred products of size one.
    for (own, reference) in try zip(run(true), run(false)) {
      #expect(own.largestDifference(from: reference) < 2e-6)
    }
  }

  /// Regressions, of one number too.
  @Test(arguments: [1, 3], [Activation.tanh, .relu, .gelu])
  func stepsTowardRealNumbersMatchDifferentiation(outputs: Int, activation: Activation) throws {
    let setting = Setting()
    let wanted = Tensor.normal([48, outputs], using: RandomGenerator(seed: 4))
    func run(_ fused: Bool) throws -> [Tensor] {
      let generator = RandomGenerator(seed: 6)
      let student = MLP([12, 9, 7, outputs], activation: activation, using: generator)
      let optimizer = ClippedOptimizer(SGD(learningRate: 0.1, weightDecay: 0.01), norm: 0.5)
      let loss = 2 * Loss.squaredError
      let bound = try loss.bound(to: student, from: nil, on: setting.examples)
      let engine: any StepEngine =
        fused
        ? try #require(PerceptronEngine(student, .reals, loss, optimizer))
        : AutogradEngine(student, .reals, bound, optimizer, RandomGenerator(seed: 0))
      for first in stride(from: 0, to: 48, by: 16) {
        let rows = first..<first + 16
        _ = try engine.step(
          on: Batch(setting.examples.inputs[rows]),
          toward: Target(Observation(wanted[rows], meaning: .reals), nil)
        )
      }
      engine.synchronize()
      return student.parameters.map(\.value)
    }
    for (own, reference) in try zip(run(true), run(false)) {
      #expect(own.largestDifference(from: reference) < 2e-6)
    }
  }

  @Test(arguments: [true, false])
  func aSingleLogitIsNoneOfTwo(fused: Bool) throws {
    let student = MLP([12, 9, 2], activation: .tanh, using: RandomGenerator(seed: 6))
    let (loss, optimizer) = (Loss.squaredErrorOnLogits, SGD(learningRate: 1))
    let bound = try loss.bound(to: student, from: nil, on: Setting().examples)
    let engine: any StepEngine =
      fused
      ? try #require(PerceptronEngine(student, .logits, loss, optimizer))
      : AutogradEngine(student, .logits, bound, optimizer, RandomGenerator(seed: 0))
    let seen = Observation(Tensor.zeros([8, 1]), meaning: .logits)
    #expect(throws: DistillationError.self) {
      _ = try engine.step(on: Batch(Tensor.zeros([8, 12])), toward: Target(seen, nil))
    }
  }

  @Test func realNumbersAreNotTakenForLogits() throws {
    let student = Setting().student()
    #expect(PerceptronEngine(student, .logits, .squaredError, SGD(learningRate: 1)) == nil)
    #expect(PerceptronEngine(student, .reals, .squaredErrorOnLogits, SGD(learningRate: 1)) == nil)
    let engine = try #require(
      PerceptronEngine(student, .reals, .squaredError, SGD(learningRate: 1))
    )
    let seen = Observation(Tensor.zeros([8, 4]), meaning: .logits)
    #expect(throws: DistillationError.self) {
      try engine.step(on: Batch(Tensor.zeros([8, 12])), toward: Target(seen, nil))
    }
  }

  /// A gradient and a move apart are a step, as several machines need them.
  @Test(arguments: optimizers.indices, [true, false])
  func halvesAreAStep(index: Int, fused: Bool) throws {
    func run(_ inHalves: Bool) throws -> [Tensor] {
      try Setting().parameters(
        after: 5,
        .softCrossEntropy(temperature: 2) + 0.5 * .crossEntropy(),
        Self.optimizers[index].make(),
        fused: fused,
        inHalves: inHalves
      )
    }
    for (own, reference) in try zip(run(true), run(false)) {
      #expect(own.largestDifference(from: reference) < 1e-5)
    }
  }

  @Test(arguments: optimizers.indices)
  func twentyStepsOfEveryOptimizerMatch(index: Int) throws {
    let setting = Setting()
    let make = Self.optimizers[index].make
    let loss: Loss = .softCrossEntropy(temperature: 2) + 0.1 * .derivativeSquaredError
    let own = try setting.parameters(after: 20, loss, make(), fused: true)
    let reference = try setting.parameters(after: 20, loss, make(), fused: false)
    // Rounding grows with the steps; a wrong rule differs by about the size of a step, over 1e-3.
    for (own, reference) in zip(own, reference) {
      #expect(own.largestDifference(from: reference) < 1e-4)
    }
  }

  @Test(arguments: [false, true])
  func recordedTeacherIsPickedFromWithoutGathering(projected: Bool) throws {
    let setting = Setting()
    let loss: Loss =
      .softCrossEntropy() + 0.1
      * (projected ? .projectedDerivativeSquaredError() : .derivativeSquaredError)
      + 0.2 * .crossEntropy()
    let recorded = try RecordedTeacher(
      of: ModuleTeacher(setting.teacher),
      on: setting.examples.inputs,
      derivatives: true
    )
    func train(with teacher: any Teacher) throws -> [Tensor] {
      let student = setting.student()
      try distill(
        teacher,
        into: student,
        on: setting.examples.batches(of: 16, epochs: 4, shuffled: 1),
        minimizing: loss,
        using: Adam()
      )
      return student.parameters.map(\.value)
    }
    let own = try train(with: recorded)
    let reference = try train(with: ModuleTeacher(setting.teacher))
    for (own, reference) in zip(own, reference) {
      #expect(own.largestDifference(from: reference) < 1e-5)
    }
  }

  @Test func optimizerStateMovesBetweenTheKernelAndItsOwner() throws {
    let setting = Setting()
    let optimizer = Adam()
    _ = try setting.parameters(after: 3, .crossEntropy(), optimizer, fused: true)
    let reference = Adam()
    _ = try setting.parameters(after: 3, .crossEntropy(), reference, fused: false)
    #expect(Set(optimizer.state.keys) == Set(reference.state.keys))
    for (name, tensor) in reference.state {
      #expect(optimizer.state[name]!.largestDifference(from: tensor) < 1e-6, "\(name)")
    }
  }

  @Test func labelsOutOfRangeAreRefused() throws {
    let setting = Setting()
    let student = setting.student()
    let wrong = Examples(setting.examples.inputs, labels: .full(4, [48], .int64))
    let error = #expect(throws: DistillationError.self) {
      try train(
        student,
        on: wrong.batches(of: 16, shuffled: 1),
        minimizing: .crossEntropy(),
        using: Adam()
      )
    }
    #expect(error?.description.contains("labels must be 0 to 3") == true)
  }

  @Test func notANumberStopsBeforeParametersChange() throws {
    let setting = Setting()
    var inputs = setting.examples.inputs.scalars(Float.self)
    inputs[40 * 12] = .nan
    let poisoned = Examples(Tensor(inputs, shape: [48, 12]), labels: setting.examples.labels)
    func student(on examples: Examples, steps: Int) -> (MLP, Error?) {
      let student = setting.student()
      let distiller = Distiller(student, minimizing: .crossEntropy(), using: Adam())
      do {
        try distiller.run(on: examples[0..<steps * 8].batches(of: 8, shuffled: nil))
      } catch {
        return (student, error)
      }
      return (student, nil)
    }
    // The poisoned example is in the sixth batch of eight.
    let (stopped, error) = student(on: poisoned, steps: 6)
    #expect("\(try #require(error))".contains("step 5"))
    let (reference, none) = student(on: setting.examples, steps: 5)
    #expect(none == nil)
    for (own, reference) in zip(stopped.parameters, reference.parameters) {
      #expect(own.value.largestDifference(from: reference.value) == 0)
    }
  }

  @Test func stepsByHandShowInTheStudent() throws {
    let setting = Setting()
    let student = setting.student()
    let before = student.parameters.map(\.value)
    let distiller = Distiller(student, minimizing: .crossEntropy(), using: Adam())
    try distiller.step(
      on: Batch(setting.examples.inputs, labels: setting.examples.labels)
    )
    #expect(student.parameters[0].value.largestDifference(from: before[0]) > 0)
  }
}
