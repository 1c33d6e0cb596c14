import Networks
import Tensors

/// The steps of a distillation, one at a time: what ``distill(_:into:observedAs:on:minimizing:using:schedule:seed:checkpointing:progress:)`` does, by hand.
///
/// ```swift
/// let distiller = Distiller(student, minimizing: .softCrossEntropy(), using: Adam())
/// for step in 0..<1_000 {
///   let batch = Batch(.normal([20, 784], using: generator))
///   let loss = try distiller.step(on: batch, toward: teacher.observe(batch.inputs))
///   if step % 100 == 0 { print(loss) }
/// }
/// ```
public final class Distiller<Student: Module> {
  public let student: Student
  /// What the student's outputs are.
  public let meaning: Observation.Meaning
  public let loss: Loss
  public let optimizer: any Optimizer
  public let schedule: Schedule
  /// How many steps were made.
  public internal(set) var stepsDone = 0
  /// How long the gradients of the loss's terms were at the first step, when there are several.
  public internal(set) var gradientNorms: [TermGradient] = []
  /// The terms at the first step, when there are several.
  private(set) var firstTerms: [TermSample] = []
  /// How long it took to look at the terms last; 0 where that was not done.
  private(set) var secondsOfTerms = 0.0
  /// Whether the next step is kept for a look at its terms.
  var keepsStep = false
  private var keptStep: (batch: Batch, target: Target)?
  /// What dropout and random projections draw from.
  let generator: RandomGenerator
  let baseLearningRate: Double
  /// The loss with what was made for this student; nil before the first step.
  public private(set) var bound: BoundLoss?
  /// What makes the steps; there once the loss is bound.
  private(set) var engine: (any StepEngine)?
  let seed: UInt64
  let needs: Needs
  /// How steps are shared with other processes; nil for those of whole batches.
  public let shards: MicroShards?
  /// How long shared steps took.
  public internal(set) var sharedSeconds = SharedSeconds()
  /// Of what the engine moves, in its order; empty before the first shared step.
  var trainedShapes: [[Int]] = []
  /// A gradient of nothing, in one row.
  var noGradient = Tensor(0.0)
  /// Whether the next shared step says that this process wants to stop.
  var isStopping = false
  private var studentClasses: Int?

  /// - Parameters:
  ///   - meaning: What the student's outputs are. The default is what the student says, else logits, as
  ///     classifiers give them.
  ///   - loss: What is minimised.
  ///   - optimizer: How parameters move; its learning rate is what the schedule multiplies.
  ///   - schedule: A factor of the learning rate for each step. The default is 1 throughout.
  ///   - seed: Where the numbers of dropout and random projections come from.
  ///   - shards: Parts that batches are computed in, by one process or several. The default computes
  ///     batches as a whole.
  public init(
    _ student: Student,
    observedAs meaning: Observation.Meaning? = nil,
    minimizing loss: Loss,
    using optimizer: any Optimizer = Adam(),
    schedule: Schedule = .constant,
    seed: UInt64 = 0,
    sharing shards: MicroShards? = nil
  ) {
    self.student = student
    self.shards = shards
    self.meaning = meaning ?? student.usualMeaning
    self.loss = loss
    self.optimizer = optimizer
    self.schedule = schedule
    needs = loss.needs
    baseLearningRate = optimizer.learningRate
    generator = RandomGenerator(seed: seed)
    self.seed = seed
  }

  /// The same for a loss that is bound to the student already.
  public convenience init(
    _ student: Student,
    observedAs meaning: Observation.Meaning? = nil,
    minimizing bound: BoundLoss,
    using optimizer: any Optimizer = Adam(),
    schedule: Schedule = .constant,
    seed: UInt64 = 0,
    sharing shards: MicroShards? = nil
  ) {
    self.init(
      student,
      observedAs: meaning,
      minimizing: bound.loss,
      using: optimizer,
      schedule: schedule,
      seed: seed,
      sharing: shards
    )
    take(bound)
  }

  /// What makes the steps, such as `differentiation` or `perceptron kernel`; nil before the first.
  public var engineName: String? { engine?.name }

  /// One step towards what the teacher was seen to do at the batch.
  ///
  /// - Parameter target: The teacher's observation. The default is the one that the batch brings
  ///   along, if any; a loss on labels needs none.
  /// - Returns: The loss before the step.
  /// - Throws: ``DistillationError`` when the loss is not finite, or student, teacher and loss do not
  ///   fit together. The parameters are then as before.
  @discardableResult
  public func step(on batch: Batch, toward target: Observation? = nil) throws -> Double {
    let batch = prepared(batch)
    if let shards {
      let target = target ?? batch.observation
      return try step(on: batch, sharing: shards, toward: target, observing: nil)
    }
    return try step(on: batch, toward: target ?? batch.observation, asking: nil)
  }

  /// One step towards a teacher, which is observed for it as the loss needs.
  ///
  /// - Throws: As ``step(on:toward:)``, and what the teacher throws.
  @discardableResult
  public func step(on batch: Batch, observing teacher: (any Teacher)?) throws -> Double {
    let batch = prepared(batch)
    if let shards {
      return try step(on: batch, sharing: shards, toward: nil, observing: teacher)
    }
    guard needs.teacher, let teacher, batch.observation == nil else {
      var observation = batch.observation
      if needs.derivatives, let teacher, observation != nil, observation?.derivatives == nil {
        let seen = try located { try teacher.observe(batch.inputs, Request(derivatives: .all)) }
        observation?.derivatives = seen.derivatives
      }
      return try step(on: batch, toward: observation, asking: teacher)
    }
    let directions = try drawDirections(for: batch)
    if let recorded = teacher as? RecordedTeacher, stepsDone > 0 || loss.terms.count == 1 {
      let engine = try boundEngine(seeing: batch, directions, asking: teacher) { [needs] in
        try teacher.observe(batch, needs.teacherRequest(directions))
      }
      let value = try counted {
        try engine.step(on: batch, recorded: recorded, along: directions)
      }
      if let value {
        if keepsStep {
          let seen = try recorded.observe(batch, needs.teacherRequest(directions))
          keptStep = (batch, Target(seen, directions, teacher))
        }
        return value
      }
    }
    let observation = try located {
      try teacher.observe(batch, needs.teacherRequest(directions))
    }
    let engine = try boundEngine(seeing: batch, directions, asking: teacher) { observation }
    return try step(on: batch, toward: Target(observation, directions, teacher), by: engine)
  }

  private func step(
    on batch: Batch,
    toward observation: Observation?,
    asking teacher: (any Teacher)?
  ) throws -> Double {
    let directions = try observation?.projection?.directions ?? drawDirections(for: batch)
    let engine = try boundEngine(seeing: batch, directions, asking: teacher) { observation }
    return try step(on: batch, toward: Target(observation, directions, teacher), by: engine)
  }

  private func step(
    on batch: Batch,
    toward target: Target,
    by engine: any StepEngine
  ) throws -> Double {
    try loss.requireUnbiased(for: target.observation)
    try lookAtTerms(on: batch, toward: target, by: engine)
    return try counted { try engine.step(on: batch, toward: target) }!
  }

  /// Measures the terms at the first step, and keeps a step whose terms are asked for after it.
  func lookAtTerms(on batch: Batch, toward target: Target, by engine: any StepEngine) throws {
    if stepsDone == 0 && loss.terms.count > 1 && engine.measuresTerms {
      firstTerms = try located { try terms(on: batch, toward: target) }
      gradientNorms = firstTerms.map { TermGradient(term: $0.term, norm: $0.gradientNorm) }
    }
    if keepsStep { keptStep = (batch, target) }
  }

  /// Densities are functions of real numbers, whatever samples are stored as; a student's own engine
  /// may take them as they are.
  private func prepared(_ batch: Batch) -> Batch {
    student is any Accelerated ? batch : batch.continuous(for: meaning)
  }

  /// The engine, for which the loss is bound to student and teacher as they are seen at the first
  /// batch.
  func boundEngine(
    seeing batch: Batch,
    _ directions: Tensor?,
    asking teacher: (any Teacher)?,
    _ observe: @escaping () throws -> Observation?
  ) throws -> any StepEngine {
    if let engine { return engine }
    let sight = FirstSight { [self] in try look(at: batch, directions, observe()) }
    return try located { take(try loss.bound(to: sides(teacher, sight))) }
  }

  /// Binds the loss to what a checkpoint remembers of it, and, where that is not enough, to what is
  /// seen at the first batch.
  func bind(
    to teacher: (any Teacher)?,
    _ inputs: (any Inputs)?,
    remembering shapes: [String: [[Int]]]
  ) throws {
    guard bound == nil else { return }
    let sight = FirstSight { [self] in
      guard let batch = try inputs is any ResumableInputs ? nil : inputs?.batch(0) else {
        throw DistillationError(
          "the loss has networks that are made from the inputs: give them, or bind the loss first"
        )
      }
      let seen = try batch.observation ?? teacher?.observe(batch, needs.teacherRequest(nil))
      return try look(at: batch, nil, seen)
    }
    var sides = sides(teacher, sight)
    // What was learnt is in the checkpoint.
    sides.isLearning = false
    take(try loss.bound(to: sides, remembering: shapes))
  }

  private func look(
    at batch: Batch,
    _ directions: Tensor?,
    _ observation: Observation?
  ) throws -> (comparison: Comparison, examples: Examples?) {
    let comparison = Comparison(
      student.observe(batch.inputs, needs.studentRequest(directions), as: meaning),
      observation,
      labels: batch.labels,
      inputs: batch.inputs,
      directions: directions,
      indices: batch.indices
    )
    try comparison.check()
    return (comparison, batch.source)
  }

  private func sides(_ teacher: (any Teacher)?, _ sight: FirstSight) -> Binding.Sides {
    Binding.Sides(student: student, teacher: teacher, seed: seed, sight: sight)
  }

  @discardableResult
  private func take(_ bound: BoundLoss) -> any StepEngine {
    let engine =
      (student as? any Accelerated)?.engine(for: bound, observedAs: meaning, optimizer, seed: seed)
      ?? differentiating(bound)
    (self.bound, self.engine) = (bound, engine)
    return engine
  }

  private func differentiating(_ bound: BoundLoss) -> AutogradEngine {
    AutogradEngine(student, meaning, bound, optimizer, generator)
  }

  /// Makes a step at the learning rate of its turn, and counts it if it was made.
  func counted(_ step: () throws -> Double?) throws -> Double? {
    try located {
      let rate = baseLearningRate * schedule(stepsDone)
      guard rate.isFinite else {
        throw DistillationError("step \(stepsDone): the schedule gives a learning rate of \(rate)")
      }
      optimizer.learningRate = rate
      let value = try step()
      if value != nil { stepsDone += 1 }
      return value
    }
  }

  /// The optimizer as it is after the last step.
  func synchronize() { engine?.synchronize() }

  /// Takes over an optimizer that was restored.
  func reload() { engine?.reload() }

  /// The terms of the loss at the step that was kept, with the student as it is after it; empty where
  /// there is but one, or the engine knows none.
  func termsOfKeptStep() throws -> [TermSample] {
    defer { keptStep = nil }
    guard let (batch, target) = keptStep, samplesTerms else { return [] }
    return try located { try terms(on: batch, toward: target) }
  }

  /// Whether there are terms to look at one by one.
  var samplesTerms: Bool { loss.terms.count > 1 && engine?.measuresTerms ?? true }

  private func terms(on batch: Batch, toward target: Target) throws -> [TermSample] {
    let clock = ContinuousClock()
    let start = clock.now
    defer { secondsOfTerms = (clock.now - start) / .seconds(1) }
    let measuring = engine as? AutogradEngine ?? differentiating(bound!)
    return try measuring.terms(on: batch, toward: target)
  }

  /// Standard normal directions for a loss that projects, `[batch, projections, classes]`.
  func drawDirections(for batch: Batch) throws -> Tensor? {
    guard needs.projections > 0 else { return nil }
    let like = student.parameters.first?.value ?? batch.inputs
    let classes =
      try studentClasses
      ?? located {
        try withTorchErrors {
          withoutGradient { student.observe(batch.inputs[0..<1], as: meaning).classCount }
        }
      }
    studentClasses = classes
    return Tensor.normal(
      [batch.count, needs.projections, classes],
      like.elementType,
      using: generator
    ).moved(to: like.device)
  }

  /// Runs part of a step; errors say at which it was.
  func located<Result>(_ part: () throws -> Result) throws -> Result {
    do {
      return try part()
    } catch let error as NonFiniteLoss {
      throw DistillationError.nonFiniteLoss(step: stepsDone, value: error.value)
    } catch let error as TorchError {
      throw DistillationError("step \(stepsDone) failed: \(error.description)")
    }
  }
}

/// How much a term of a loss pulls at the parameters.
public struct TermGradient: Sendable, Equatable, Codable {
  /// The term with its weight, such as `0.1 * derivativeSquaredError`.
  public let term: String
  /// ‖∂(weight × term)/∂parameters‖ at the first step.
  public let norm: Double
}
