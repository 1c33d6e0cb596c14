import Distillation
import Foundation
import Networks
import Tensors
import Testing

@testable import Generative

@Suite struct NADEDistillationTests {
  static var rbm: RBM { randomRBM(visible: 8, hidden: 5, scale: 1, seed: 4) }

  static func student(_ seed: UInt64 = 1) -> NADE {
    NADE(inputs: 8, hidden: 20, using: RandomGenerator(seed: seed))
  }

  /// KL(p‖q) by enumeration.
  static func divergence(_ nade: NADE) -> Double {
    let p = enumerated(rbm).probabilities
    let q = nade.logProbability(allStates(8)).scalars(Double.self)
    return zip(p, q).reduce(0) { $0 + $1.0 * (log($1.0) - $1.1) }
  }

  /// Every loss leads to the teacher: 400,000 samples place 256 states' mean of KL at about 3e−4, and
  /// the schedule ends at zero.
  @Test(arguments: ["likelihood", "conditionals", "square error", "scores", "reverse"])
  func reachesTheTeacher(_ name: String) throws {
    let loss: Loss =
      switch name {
      case "likelihood": .negativeLogLikelihood
      case "conditionals": .conditionalCrossEntropy
      case "square error": .squaredLogDensityError(constant: enumerated(Self.rbm).logZ)
      // States are bits, so that derivatives in between are the formulas' own: they pull a little
      // away from the distribution, and weigh little here.
      case "scores": .negativeLogLikelihood + 0.02 * .derivativeSquaredError
      default: .negativeLogLikelihood + 0.1 * .reverseKullbackLeibler(samples: 50)
      }
    let student = Self.student()
    #expect(Self.divergence(student) > 0.3)
    let steps = 4_000
    let inputs = Self.rbm.gibbsSamples(
      chains: 500,
      batchSize: { _ in 100 },
      steps: steps,
      burnIn: 100,
      thinning: 5,
      softTargets: 1,
      seed: 2
    )
    try distill(
      Self.rbm,
      into: student,
      on: inputs,
      minimizing: loss,
      using: Adam(learningRate: 0.02),
      schedule: .cosine(over: steps)
    )
    #expect(Self.divergence(student) < 0.01, "\(loss): \(Self.divergence(student))")
  }

  /// The kernels' gradient against that of recorded operators, for every term both have.
  @Test(arguments: ["likelihood", "conditionals", "square error", "scores", "sum"])
  func fusedStepsAreThoseOfOperators(_ name: String) throws {
    let loss: Loss =
      switch name {
      case "likelihood": 0.5 * .negativeLogLikelihood
      case "conditionals": 2 * .conditionalCrossEntropy
      case "square error": .squaredLogDensityError(constant: 3)
      case "scores": 0.3 * .derivativeSquaredError
      default:
        .negativeLogLikelihood + 0.5 * .conditionalCrossEntropy
          + 0.2 * .squaredLogDensityError(constant: 1) + 0.1 * .derivativeSquaredError
      }
    let student = NADE(
      inputs: 8,
      hidden: 20,
      order: [3, 0, 7, 5, 1, 6, 4, 2],
      using: RandomGenerator(seed: 5)
    )
    let batch = try Self.rbm.gibbsSamples(
      chains: 12,
      batchSize: { _ in 12 },
      burnIn: 20,
      softTargets: 1,
      seed: 1
    ).batch(0)!
    let images = batch.inputs.cast(to: .float32)
    var teacher = batch.observation!
    teacher.derivatives = Self.rbm.inputDerivative(images).insertingAxis(1)
    let boxes = [
      student.weights, student.outputWeights, student.hiddenBias, student.visibleBias,
    ]
    let (value, gradients) = try valueWithGradients(of: boxes) {
      let request = Request(
        derivatives: loss.needs.derivatives ? .all : .none,
        features: ["logits"]
      )
      let own = student.observe(images, request, as: .logDensities)
      return try loss(Comparison(own, teacher, inputs: images))
    }
    let distiller = Distiller(student, minimizing: loss, using: SGD(learningRate: 1))
    let before = student.tensors
    let fused = try distiller.step(on: batch, observing: Self.rbm)
    #expect(distiller.engineName == "NADE kernel")
    #expect(abs(fused - value.doubleValue) < 1e-4 * abs(fused) + 1e-4)
    for (index, gradient) in gradients.enumerated() {
      let step = before[index] - student.tensors[index]
      let scale = gradient.magnitude.maximum().doubleValue
      #expect(step.largestDifference(from: gradient) < 1e-4 * scale + 1e-5, "\(name), \(index)")
    }
  }

  @Test func learnsTheConstant() throws {
    let distiller = Distiller(
      Self.student(),
      minimizing: .negativeLogLikelihood + .squaredLogDensityErrorWithLearntConstant,
      using: Adam(learningRate: 0.02),
      schedule: .cosine(over: 3_000)
    )
    let inputs = Self.rbm.gibbsSamples(
      chains: 500,
      batchSize: { _ in 100 },
      steps: 3_000,
      burnIn: 100,
      thinning: 5,
      seed: 2
    )
    try distiller.run(on: inputs, observing: Self.rbm)
    // The constant is log Z + KL, and the divergence is small.
    #expect(abs(distiller.bound!.learntConstant! - enumerated(Self.rbm).logZ) < 0.02)
  }

  /// c < log Z adds KL, c > log Z subtracts it: the gradient is linear in c, with slope ∇E[log q].
  @Test func constantAddsOrSubtractsTheDivergence() throws {
    let states = allStates(8)
    let logZ = enumerated(Self.rbm).logZ
    func gradient(_ loss: Loss) throws -> Tensor {
      let student = Self.student()
      let before = student.tensors
      try Distiller(student, minimizing: loss, using: SGD(learningRate: 1))
        .step(on: Batch(states), observing: Self.rbm)
      return .concatenated(zip(before, student.tensors).map { ($0 - $1).flattened() })
    }
    let pure = try gradient(.squaredLogDensityError(constant: logZ))
    let low = try gradient(.squaredLogDensityError(constant: logZ - 2))
    let high = try gradient(.squaredLogDensityError(constant: logZ + 2))
    let likelihood = try gradient(.negativeLogLikelihood)
    let scale = pure.magnitude.maximum().doubleValue
    #expect((low - pure).largestDifference(from: likelihood * 2) < 1e-4 * scale)
    #expect((high - pure).largestDifference(from: likelihood * -2) < 1e-4 * scale)
  }

  /// Loss 7's gradient against central differences of its own value.
  @Test func squareErrorHasTheGradientOfItsValue() throws {
    let student = Self.student()
    let states = Self.rbm.gibbsSamples(
      chains: 20,
      batchSize: { _ in 20 },
      burnIn: 20,
      seed: 1
    )
    let batch = try states.batch(0)!
    let loss = Loss.squaredLogDensityError(constant: 1.5)
    func value(_ nade: NADE) throws -> Double {
      try Distiller(nade, minimizing: loss, using: SGD(learningRate: 0))
        .step(on: batch, observing: Self.rbm)
    }
    let start = student.tensors
    try Distiller(student, minimizing: loss, using: SGD(learningRate: 1))
      .step(on: batch, observing: Self.rbm)
    let moved = student.tensors
    let generator = RandomGenerator(seed: 9)
    let direction = student.tensors.map { Tensor.normal($0.shape, using: generator) }
    let slope = (0..<4).reduce(0.0) {
      $0 + ((start[$1] - moved[$1]) * direction[$1]).sum().doubleValue
    }
    let step = 1e-2
    func shifted(_ sign: Double) -> NADE {
      let t = (0..<4).map { start[$0] + direction[$0] * (sign * step) }
      return NADE(
        weights: t[0],
        outputWeights: t[1],
        hiddenBias: t[2],
        visibleBias: t[3]
      )
    }
    let difference = try (value(shifted(1)) - value(shifted(-1))) / (2 * step)
    #expect(abs(difference - slope) < 1e-2 * abs(slope) + 1e-3)
  }

  @Test func resumingIsTheSameToTheBit() throws {
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("student.safetensors")
    func inputs() -> GibbsSamples<RBM> {
      Self.rbm.gibbsSamples(
        chains: 30,
        batchSize: { $0 < 20 ? 7 : 13 },
        steps: 60,
        burnIn: 5,
        thinning: 2,
        softTargets: 2,
        seed: 6
      )
    }
    func distiller() -> Distiller<NADE> {
      Distiller(
        Self.student(),
        minimizing: .conditionalCrossEntropy + 0.1 * .squaredLogDensityErrorWithLearntConstant
          + 0.1 * .reverseKullbackLeibler(samples: 10),
        schedule: .cosine(over: 60),
        seed: 3
      )
    }
    let whole = distiller()
    try whole.run(on: inputs(), observing: Self.rbm)
    let first = distiller()
    let record = try first.run(
      on: inputs(),
      observing: Self.rbm,
      checkpointing: CheckpointPolicy(file)
    ) { $0.step == 33 ? .stop : .proceed }
    #expect(record.ending == .stopped && record.steps == 33)
    let second = distiller()
    let all = try second.run(
      on: inputs(),
      observing: Self.rbm,
      checkpointing: CheckpointPolicy(file)
    )
    #expect(all.steps == 60)
    for (a, b) in zip(whole.student.tensors, second.student.tensors) {
      #expect(a.scalars(Float.self) == b.scalars(Float.self))
    }
  }

  @Test func refusesWhatDoesNotFit() throws {
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("student.safetensors")
    let distiller = Distiller(Self.student(), minimizing: .negativeLogLikelihood)
    try distiller.save(to: file)
    let other = Distiller(Self.student(), minimizing: 2 * .negativeLogLikelihood)
    let error = #expect(throws: DistillationError.self) { try other.restore(from: file) }
    #expect(error?.description.contains("its loss is negativeLogLikelihood") == true)
    #expect(throws: DistillationError.self) { try distiller.step(on: Batch(allStates(5))) }
    let conditional = Distiller(Self.student(), minimizing: .conditionalCrossEntropy)
    for teacher in [nil, Self.rbm] {
      let missing = #expect(throws: DistillationError.self) {
        try conditional.step(on: Batch(allStates(8)), observing: teacher)
      }
      #expect(missing?.description.contains("softTargets of at least 1") == true || teacher == nil)
    }
  }

  /// What the kernels do not know is differentiated: any optimizer, any loss.
  @Test func anythingElseIsDifferentiated() throws {
    let samples = Self.rbm.gibbsSamples(
      chains: 500,
      batchSize: { _ in 100 },
      steps: 1_500,
      burnIn: 100,
      thinning: 5,
      seed: 2
    )
    let student = Self.student()
    let record = try distill(
      Self.rbm,
      into: student,
      on: samples,
      minimizing: .negativeLogLikelihood,
      using: AdamW(learningRate: 0.03, weightDecay: 1e-4),
      schedule: .cosine(over: 1_500)
    )
    #expect(record.engine == "differentiation")
    #expect(Self.divergence(student) < 0.03, "\(Self.divergence(student))")

    let own = Loss("rounded", needs: Needs()) { -$0.student.values.tanh.mean() }
    let other = Self.student()
    let before = other.tensors
    let distiller = Distiller(other, minimizing: own, using: SGD(learningRate: 0.1))
    try distiller.step(on: Batch(allStates(8)))
    #expect(distiller.engineName == "differentiation")
    #expect(zip(before, other.tensors).contains { $0.largestDifference(from: $1) > 0 })
  }

  /// A gradient and a move apart are a step, as several machines need them.
  @Test func halvesAreAStep() throws {
    let loss: Loss = .negativeLogLikelihood
    let (whole, halved) = (Self.student(), Self.student())
    let teacher = Self.rbm
    func engine(_ student: NADE) throws -> NADEEngine {
      let states = Comparison(
        student.observe(allStates(8), as: .logDensities),
        inputs: allStates(8)
      )
      let bound = try loss.bound(seeing: states)
      return try #require(NADEEngine(student, bound, SGD(learningRate: 0.1), seed: 1))
    }
    let (first, second) = try (engine(whole), engine(halved))
    for step in 0..<5 {
      let batch = Batch(allStates(8)[step..<step + 40])
      let target = Target(try teacher.observe(batch.inputs), nil)
      let value = try first.step(on: batch, toward: target)
      #expect(try second.gradient(on: batch, toward: target) == value)
      try second.descend()
    }
    for (one, other) in zip(whole.tensors, halved.tensors) {
      #expect(one.largestDifference(from: other) < 1e-5)
    }
  }

  @Test func refusesALossThatIsNotFinite() throws {
    let broken = UnnormalizedFunction(inputs: 8) { $0.cast(to: .float32).sum(along: 1) / 0 }
    let student = Self.student()
    let before = student.tensors
    let distiller = Distiller(student, minimizing: .squaredLogDensityError(constant: 0))
    let error = #expect(throws: DistillationError.self) {
      try distiller.step(on: Batch(allStates(8)), observing: broken)
    }
    guard case .nonFiniteLoss(step: 0, let value) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(!value.isFinite)
    for (a, b) in zip(student.tensors, before) { #expect(a.largestDifference(from: b) == 0) }
  }

  /// The conditionals a batch brings along have the mean of the samples, and less variance.
  @Test func softTargetsAreUnbiased() throws {
    let inputs = Self.rbm.gibbsSamples(
      chains: 5_000,
      batchSize: { _ in 5_000 },
      burnIn: 50,
      softTargets: 2,
      seed: 8
    )
    let batch = try inputs.batch(0)!
    let targets = batch.observation!.features["conditionals"]!
    let p = enumerated(Self.rbm).probabilities
    let exact = (Tensor(p, shape: [1, 256]).matmul(allStates(8).cast(to: .float64)))
      .flattened().scalars(Double.self)
    let means = targets.cast(to: .float64).mean(along: 0).scalars(Double.self)
    for (mean, expected) in zip(means, exact) {
      #expect(abs(mean - expected) < 5 * (expected * (1 - expected) / 5_000).squareRoot())
    }
    let spread = targets.variance(along: 0).mean().doubleValue
    #expect(spread < batch.inputs.cast(to: .float32).variance(along: 0).mean().doubleValue)
  }
}
