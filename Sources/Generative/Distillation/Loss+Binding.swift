import Distillation
import Networks
import Tensors

/// Terms that look at more than a batch are bound to student and teacher. What they remember lies in
/// buffers, which checkpoints keep.
extension BoundLoss {
  /// The constant of ``Distillation/Loss/squaredLogDensityErrorWithLearntConstant`` as it is now.
  var learntConstant: Double? {
    let index = loss.terms.firstIndex { $0.densityTerm == .squared(constant: nil) }
    return (index.flatMap { terms[$0].modules.first } as? TermMemory)?.mean.value.doubleValue
  }
}

/// Numbers that a term keeps from step to step.
private struct TermMemory: Module {
  let mean = Parameter(Tensor(0.0), role: .buffer)
  let steps = Parameter(Tensor(0.0), role: .buffer)

  func forward(_ input: Tensor, _ pass: Pass) -> Tensor { input }

  /// Moves the running mean a part of the way to a value, all of it at first.
  func move(to value: Double, rate: (_ step: Double) -> Double) {
    let (mean, step) = (self.mean.value.doubleValue, steps.value.doubleValue)
    self.mean.replace(with: Tensor(step == 0 ? value : mean + rate(step) * (value - mean)))
    steps.replace(with: Tensor(step + 1))
  }
}

extension BoundTerm {
  /// E_q[log q − log p̃] on the student's own samples, whose gradient is the score function's with
  /// the mean of earlier steps as the baseline: one from these samples would bias it.
  static func reverse(
    _ count: Int,
    _ student: any NormalizedModel,
    _ teacher: any UnnormalizedModel,
    seed: UInt64
  ) -> BoundTerm {
    let memory = TermMemory()
    return BoundTerm([memory]) { _ in
      let step = memory.steps.value.doubleValue
      let samples = student.samples(count, seed: seed, stream: Int(step))
      let logProbability = student(samples).flattened()
      let reward = logProbability.detached - teacher.logUnnormalized(samples).detached
      let mean = reward.mean().doubleValue
      let baseline = step == 0 ? mean : memory.mean.value.doubleValue
      memory.move(to: mean) { _ in 0.05 }
      // The value of the mean, and the derivative of the surrogate.
      let surrogate = ((reward - baseline) * logProbability).mean()
      return surrogate - surrogate.detached + mean
    }
  }

  /// ½(log q − log p̃ + c)² with c the running mean of log p̃ − log q.
  static func learningConstant() -> BoundTerm {
    let memory = TermMemory()
    return BoundTerm([memory]) { comparison in
      let difference = try comparison.student.values - comparison.taught().values
      memory.move(to: -difference.mean().doubleValue) { max(0.01, 1 / ($0 + 1)) }
      return (difference + memory.mean.value.doubleValue).squared.mean() * 0.5
    }
  }
}

extension Loss {
  /// The same loss with ``conditionalCrossEntropy`` over the inputs that a step of a deep NADE does
  /// not observe: −Σ_i w_i(t_i log y_i + (1 − t_i) log(1 − y_i)) with y the conditionals given a
  /// random part of the inputs, and w what makes the sum over the others an unbiased estimate over
  /// orders.
  func ofMissingInputs() -> Loss {
    let needs = Needs(
      teacher: true,
      studentFeatures: ["logits", "weights"],
      teacherFeatures: ["conditionals"]
    )
    let missing = Loss("conditionalCrossEntropy", needs: needs) { comparison in
      let seen = comparison.student.features
      guard let logits = seen["logits"], let weights = seen["weights"] else {
        throw DistillationError("conditionalCrossEntropy of a deep NADE needs a step of training")
      }
      let targets = try comparison.conditionals()
      return (weights * (logits.softplus - targets * logits)).sum(along: 1).mean()
    }.identified(as: DensityTerm.conditional)
    return Loss(
      terms.flatMap { $0.densityTerm == .conditional ? ($0.weight * missing).terms : [$0] }
    )
  }
}
