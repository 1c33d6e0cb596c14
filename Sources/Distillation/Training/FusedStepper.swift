import Networks
import Tensors

/// Steps of a plain perceptron by the fused kernel: the same numbers as by differentiation up to
/// rounding, several times sooner.
///
/// Parameters and optimizer state live in the kernel between synchronisations.
final class FusedStepper: Stepper {
  private let kernel: PerceptronKernel
  private let parameters: [Parameter]
  private let optimizer: any Optimizer
  private var kernelOptimizer: KernelOptimizer
  private let form: PerceptronKernel.Loss
  private let needs: Needs
  private var tables: RecordedTables?

  /// Nil where the kernel does not do this student, loss or optimizer.
  init?(
    _ student: any Module,
    _ meaning: Observation.Meaning,
    _ loss: Loss,
    _ optimizer: any Optimizer
  ) {
    guard meaning == .logits, let network = student as? MLP, network.widths.last! > 1,
      let form = PerceptronKernel.Loss(loss), let kernelOptimizer = KernelOptimizer(optimizer),
      let kernel = PerceptronKernel(network)
    else { return nil }
    self.kernel = kernel
    self.optimizer = optimizer
    self.kernelOptimizer = kernelOptimizer
    self.form = form
    parameters = network.parameters
    needs = loss.needs
    reload()
  }

  func step(on batch: Batch, toward target: Observation?, directions: Tensor?) throws -> Double {
    var loss = form
    if needs.labels { loss.labels = try checkedLabels(batch.labels, count: batch.count) }
    if needs.teacher {
      guard let target else { _ = try Comparison.missingTeacher() }
      try check(target, count: batch.count)
      try loss.setTargets(target, directions)
    }
    return try step(loss, on: batch.inputs, rows: nil)
  }

  /// A step whose targets are picked from a recording by the kernel, without gathering them first;
  /// nil when the batch does not say where its examples are.
  func step(on batch: Batch, recorded teacher: RecordedTeacher) throws -> Double? {
    guard needs.projections == 0, let (examples, rows) = batch.source,
      examples.shape[0] == teacher.count
    else { return nil }
    if tables?.isOf(teacher) != true {
      try check(teacher.observation, count: teacher.count)
      tables = try RecordedTables(teacher, form)
    }
    var loss = tables!.loss
    if needs.labels { loss.labels = try checkedLabels(batch.sourceLabels, count: teacher.count) }
    return try step(loss, on: examples, rows: rows)
  }

  private func step(
    _ loss: PerceptronKernel.Loss,
    on examples: Tensor,
    rows: Tensor?
  ) throws -> Double {
    let inputs = examples.rank == 2 ? examples : examples.flattened(from: 1)
    guard inputs.elementType == .float32, inputs.device == .cpu, inputs.shape[1] == kernel.widths[0]
    else {
      throw DistillationError(
        "the student takes \(kernel.widths[0]) Float32 numbers on the CPU for each example, not "
          + "\(inputs.elementType.rawValue) of shape \(examples.shape.dropFirst()) on \(inputs.device)"
      )
    }
    kernelOptimizer.rule.learningRate = optimizer.learningRate
    let value = kernel.step(kernelOptimizer.rule, loss, on: inputs, rows: rows)
    guard value.isFinite else { throw NonFiniteLoss(value: value) }
    return value
  }

  private var checkedLabelsOf: ObjectIdentifier?

  func synchronize() {
    for (parameter, value) in zip(parameters, kernel.copy(.parameters)) {
      parameter.replace(with: value)
    }
    kernelOptimizer.store(kernel, to: optimizer)
  }

  func reload() {
    kernel.load(.parameters, parameters.map(\.value))
    kernelOptimizer.load(optimizer, into: kernel)
  }
}
