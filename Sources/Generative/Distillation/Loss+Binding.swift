import Distillation
import Networks
import Tensors

/// Terms that look at more than a batch are bound to student and teacher. What they remember lies in
/// buffers, which checkpoints keep.
extension BoundLoss {
  /// The constant of ``Distillation/Loss/squaredLogDensityErrorWithLearntConstant`` as it is now:
  /// E[log p̃ − log q], which is log Z plus the divergence; nil where none is learnt.
  public var learntConstant: Double? { constantMemory?.mean.value.doubleValue }

  var constantMemory: TermMemory? { memory { $0 == .squared(constant: nil) } }

  var reverseMemory: TermMemory? {
    memory { if case .reverse = $0 { true } else { false } }
  }

  private func memory(of isIt: (DensityTerm) -> Bool) -> TermMemory? {
    let index = loss.terms.firstIndex { $0.densityTerm.map(isIt) ?? false }
    return index.flatMap { terms[$0].modules.first as? TermMemory }
  }
}

/// Numbers that a term keeps from step to step.
struct TermMemory: Module {
  let mean = Parameter(Tensor(0.0), role: .buffer)
  let steps = Parameter(Tensor(0.0), role: .buffer)

  func forward(_ input: Tensor, _ pass: Pass) -> Tensor { input }

  /// The optimum of the constant for differences log q − log p̃, tracked as a running mean.
  func followConstant(_ difference: Tensor) {
    move(to: -difference.mean().doubleValue) { max(0.01, 1 / ($0 + 1)) }
  }

  /// Moves the baseline towards the mean of the latest samples.
  ///
  /// - Returns: That of earlier steps: one from these samples would bias the gradient.
  func followBaseline(_ latest: Double) -> Double {
    let earlier = steps.value.doubleValue == 0 ? latest : mean.value.doubleValue
    move(to: latest) { _ in 0.05 }
    return earlier
  }

  /// Moves the running mean a part of the way to a value, all of it at first.
  private func move(to value: Double, rate: (_ step: Double) -> Double) {
    let (mean, step) = (self.mean.value.doubleValue, steps.value.doubleValue)
    self.mean.replace(with: Tensor(step == 0 ? value : mean + rate(step) * (value - mean)))
    steps.replace(with: Tensor(step + 1))
  }
}

extension BoundTerm {
  /// E_q[log q − log p̃] on the student's own samples, whose gradient is the score function's.
  static func reverse(
    _ count: Int,
    _ student: any NormalizedModel,
    _ teacher: any UnnormalizedModel,
    seed: UInt64
  ) -> BoundTerm {
    let memory = TermMemory()
    return BoundTerm([memory]) { _ in
      let step = Int(memory.steps.value.doubleValue)
      let samples = student.samples(count, seed: seed, stream: step)
      let logProbability = student(samples).flattened()
      let reward = logProbability.detached - teacher.logUnnormalized(samples).detached
      let mean = reward.mean().doubleValue
      let baseline = memory.followBaseline(mean)
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
      memory.followConstant(difference)
      return (difference + memory.mean.value.doubleValue).squared.mean() * 0.5
    }
  }

  /// −Σ_i w_i(t_i log y_i + (1 − t_i) log(1 − y_i)) with y the conditionals and t the teacher's. w is 1,
  /// or for a student that sees a random part of the inputs at each step what makes the sum over the
  /// others an unbiased estimate over orders.
  static func conditionals(_ student: (any Module)?) -> BoundTerm {
    BoundTerm { comparison in
      guard let logits = comparison.student.features["logits"] else {
        throw DistillationError(
          "conditionalCrossEntropy needs a student with logits: NADE, MADE or DeepNADE"
        )
      }
      let targets = try comparison.conditionals()
      let losses = logits.softplus - targets * logits
      guard student is DeepNADE else { return losses.sum(along: 1).mean() }
      guard let weights = comparison.student.features["weights"] else {
        throw DistillationError("conditionalCrossEntropy of a deep NADE needs a step of training")
      }
      return (weights * losses).sum(along: 1).mean()
    }
  }
}
