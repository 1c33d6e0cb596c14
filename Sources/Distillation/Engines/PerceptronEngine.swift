import Networks
import Tensors

/// Steps of a plain perceptron by the fused kernel: the same numbers as by differentiation up to
/// rounding, several times sooner.
///
/// Parameters and optimizer state live in the kernel: see ``KernelParameters``.
final class PerceptronEngine: StepEngine {
  let name = "perceptron kernel"
  private let kernel: PerceptronKernel
  private let parameters: [Parameter]
  private let kept: KernelParameters
  private let optimizer: any Optimizer
  private var kernelOptimizer: KernelOptimizer
  private let meaning: Observation.Meaning
  private let form: PerceptronKernel.Loss
  private let needs: Needs
  private var checkedLabels: Tensor?
  private var recorded: (values: Tensor, loss: PerceptronKernel.Loss)?

  /// Nil where the kernel does not do this student, loss or optimizer.
  init?(
    _ student: MLP,
    _ meaning: Observation.Meaning,
    _ loss: Loss,
    _ optimizer: any Optimizer
  ) {
    guard Self.computes(loss, of: meaning, outputs: student.widths.last!),
      let form = PerceptronKernel.Loss(loss), let kernelOptimizer = KernelOptimizer(optimizer),
      let kernel = PerceptronKernel(student)
    else { return nil }
    self.kernel = kernel
    self.optimizer = optimizer
    self.kernelOptimizer = kernelOptimizer
    (self.meaning, self.form) = (meaning, form)
    parameters = student.parameters
    kept = KernelParameters(parameters) {
      kernel.copy(.parameters)
    } load: {
      kernel.load(.parameters, $0)
    }
    needs = loss.needs
    reload()
  }

  /// Whether the kernel's outputs are what the loss compares: logits of two classes and more, or
  /// real numbers.
  private static func computes(
    _ loss: Loss,
    of meaning: Observation.Meaning,
    outputs: Int
  ) -> Bool {
    let forms = loss.terms.filter { $0.weight != 0 }.map(\.kernelForm)
    return switch meaning {
    case .logits: outputs > 1 && !forms.contains(.squaredError)
    case .reals: forms.allSatisfy { $0 == .squaredError }
    default: false
    }
  }

  func step(on batch: Batch, toward target: Target) throws -> Double {
    try evaluate(batch, target, kernelOptimizer.rule)
  }

  func gradient(on batch: Batch, toward target: Target) throws -> Double {
    try evaluate(batch, target, PerceptronKernel.Rule(.none))
  }

  var gradients: [Tensor] { kernel.copy(.gradient) }

  func descend(along gradients: [Tensor]) {
    synchronize()
    kept.publish()
    optimizer.update(parameters, along: gradients)
    reload()
  }

  private func evaluate(
    _ batch: Batch,
    _ target: Target,
    _ rule: PerceptronKernel.Rule
  ) throws -> Double {
    if !needs.teacher, let source = batch.source {
      return try evaluate(form, on: source, rows: batch.indices, rule)
    }
    var loss = form
    if let labels = batch.labels, labels.shape != [batch.count] {
      throw DistillationError("labels of shape \(labels.shape) for \(batch.count) examples")
    }
    if needs.teacher {
      try set(target.observation, target.directions, count: batch.count, in: &loss)
    }
    return try evaluate(loss, on: Examples(batch.inputs, labels: batch.labels), rows: nil, rule)
  }

  /// A step towards a recording, of which the kernel picks the rows that it needs; nil when the
  /// batch is not rows of the data set that was recorded.
  func step(
    on batch: Batch,
    recorded teacher: RecordedTeacher,
    along directions: Tensor?
  ) throws -> Double? {
    guard let source = batch.source, source.count == teacher.count,
      !needs.derivatives && needs.projections == 0 || teacher.observation.derivatives != nil
    else { return nil }
    if recorded?.values.isIdentical(to: teacher.observation.values) != true {
      var loss = form
      try set(teacher.observation, nil, count: teacher.count, in: &loss)
      recorded = (teacher.observation.values, loss)
    }
    var loss = recorded!.loss
    if let directions {
      loss.projections = directions.selecting(0, along: 1).dense
      loss.projectsDerivatives = true
    }
    return try evaluate(loss, on: source, rows: batch.indices, kernelOptimizer.rule)
  }

  func synchronize() { kernelOptimizer.store(kernel, to: optimizer, of: parameters) }

  func reload() { kernelOptimizer.load(optimizer, into: kernel) }

  private func evaluate(
    _ loss: PerceptronKernel.Loss,
    on examples: Examples,
    rows: Tensor?,
    _ rule: PerceptronKernel.Rule
  ) throws -> Double {
    var (loss, rule) = (loss, rule)
    let inputs = examples.inputs.rank == 2 ? examples.inputs : examples.inputs.flattened(from: 1)
    guard inputs.elementType == .float32, inputs.device == .cpu, inputs.shape[1] == kernel.widths[0]
    else {
      throw DistillationError(
        "the student takes Float32 inputs of shape [batch, \(kernel.widths[0])] on the CPU, not "
          + "\(inputs.elementType.rawValue) of shape \(examples.inputs.shape) on \(inputs.device)"
      )
    }
    guard rows?.count ?? inputs.shape[0] > 0 else {
      throw DistillationError("a batch has no examples")
    }
    if needs.labels {
      loss.labels = try checked(examples.labels, count: inputs.shape[0])
    }
    kept.takeOver()
    rule.learningRate = optimizer.learningRate
    let value = kernel.step(rule, loss, on: inputs, rows: rows)
    guard value.isFinite else { throw NonFiniteLoss(value: value) }
    kept.isAhead = true
    return value
  }

  /// Labels as the kernel wants them, known to be classes.
  private func checked(_ labels: Tensor?, count: Int) throws -> Tensor {
    guard let labels else { throw Comparison.noLabels }
    guard labels.shape == [count] else {
      throw DistillationError("labels of shape \(labels.shape) for \(count) examples")
    }
    if let checkedLabels, checkedLabels.isIdentical(to: labels) { return checkedLabels }
    let classes = kernel.widths.last!
    let wide = try Comparison.classes(of: labels)
    if !((wide .>= 0) .& (wide .< Double(classes))).isAllTrue {
      throw DistillationError(
        "labels must be 0 to \(classes - 1) for a student with \(classes) outputs, but they go "
          + "from \(wide.minimum().scalar(Int.self)) to \(wide.maximum().scalar(Int.self))"
      )
    }
    if wide.isIdentical(to: labels) { checkedLabels = wide }
    return wide
  }

  /// Puts what the teacher did into the kernel's loss.
  private func set(
    _ target: Observation?,
    _ directions: Tensor?,
    count: Int,
    in loss: inout PerceptronKernel.Loss
  ) throws {
    guard let target else { throw Comparison.noTeacher }
    let classes = kernel.widths.last!
    try Comparison.check(target, of: "teacher", count: count)
    try Comparison.check(target, besideClasses: classes, as: meaning)
    if loss.softWeight != 0 {
      loss.softTargets = try target.probabilities(temperature: loss.temperature).dense
    }
    if loss.squareWeight != 0 {
      loss.squareTargets =
        try meaning == .reals
        ? target.squaredErrorReals().dense : target.squaredErrorLogits().dense
    }
    guard loss.derivativeWeight != 0 else { return }
    if let directions {
      loss.projections = directions.selecting(0, along: 1).dense
      loss.derivatives = try target.derivatives(along: directions)
        .selecting(0, along: 1).flattened(from: 1).dense
    } else {
      let all = try target.comparedDerivatives().flattened(from: 2)
      loss.derivatives = all.elementType == .bfloat16 ? all.contiguous : all.dense
    }
  }
}

extension MLP: Accelerated {
  package func engine(
    for loss: BoundLoss,
    observedAs meaning: Observation.Meaning,
    _ optimizer: any Optimizer,
    seed: UInt64
  ) -> (any StepEngine)? {
    PerceptronEngine(self, meaning, loss.loss, optimizer)
  }
}

extension Tensor {
  /// As the kernel wants numbers: Float32 in row-major order.
  fileprivate var dense: Tensor { cast(to: .float32).contiguous }
}
