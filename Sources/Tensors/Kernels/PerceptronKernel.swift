import CTorch

/// The fused kernel of multilayer perceptrons: training steps, evaluation and derivatives of plain
/// networks in Float32 on the CPU, without an operator call in between.
///
/// It keeps parameters and optimizer state in a layout of its own; they are copied in and out in
/// PyTorch's layout. What it computes is documented in `distill_mlp.h`.
package final class PerceptronKernel {
  package enum Activation: UInt32, Sendable {
    case identity = 0
    case relu, tanh, sigmoid, elu, leakyReLU, gelu, silu, softplus, hardSwish
  }

  /// What the kernel remembers of every parameter.
  package enum Slot: UInt32, Sendable {
    case parameters = 0
    case firstState, secondState, gradient
  }

  package let widths: [Int]
  fileprivate let raw: OpaquePointer
  fileprivate let parameterCount: Int

  /// Nil when the kernel does not do networks of this many layers.
  package init?(_ widths: [Int], _ activation: Activation) {
    let sizes = widths.map(Int64.init)
    guard widths.count >= 2,
      let raw = distill_mlp_create(
        Int32(widths.count - 1),
        sizes,
        distill_mlp_activation(activation.rawValue)
      )
    else { return nil }
    self.widths = widths
    self.raw = raw
    parameterCount = zip(widths, widths.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 }
  }

  deinit { distill_mlp_destroy(raw) }

  private var shapes: [[Int]] {
    zip(widths, widths.dropFirst()).flatMap { [[$1, $0], [$1]] }
  }

  /// Copies in a weight and a bias for each layer.
  package func load(_ slot: Slot, _ tensors: [Tensor]) {
    precondition(tensors.map(\.shape) == shapes, "PerceptronKernel.load: shapes do not fit")
    let dense = tensors.map { $0.cast(to: .float32).contiguous }
    withExtendedLifetime(dense) {
      let pointers = dense.map { UnsafePointer($0.floats) }
      distill_mlp_import(
        raw,
        distill_mlp_slot(slot.rawValue),
        pointers.everySecond(from: 0),
        pointers.everySecond(from: 1)
      )
    }
  }

  /// A copy of a weight and a bias for each layer.
  package func copy(_ slot: Slot) -> [Tensor] {
    let tensors = shapes.map { Tensor.zeros($0) }
    let pointers = tensors.map(\.floats)
    distill_mlp_export(
      raw,
      distill_mlp_slot(slot.rawValue),
      pointers.everySecond(from: 0),
      pointers.everySecond(from: 1)
    )
    return tensors
  }

  /// How many updates were made.
  package var updates: Int {
    get { Int(distill_mlp_updates(raw)) }
    set { distill_mlp_set_updates(raw, Int64(newValue)) }
  }
}

extension PerceptronKernel {
  /// How parameters move; fields that a rule does not have are ignored.
  package struct Rule {
    package enum Kind: UInt32, Sendable {
      case none = 0
      case sgd, adam, adamW, rmsProp, adaDelta
    }

    var raw = distill_mlp_optimizer()

    package init(_ kind: Kind, learningRate: Double = 0, weightDecay: Double = 0) {
      raw.rule = distill_mlp_rule(kind.rawValue)
      raw.learning_rate = learningRate
      raw.weight_decay = weightDecay
    }

    package var learningRate: Double {
      get { raw.learning_rate }
      set { raw.learning_rate = newValue }
    }
    package var momentum: (value: Double, isNesterov: Bool) {
      get { (raw.momentum, raw.nesterov) }
      set { (raw.momentum, raw.nesterov) = newValue }
    }
    package var betas: (Double, Double) {
      get { (raw.beta1, raw.beta2) }
      set { (raw.beta1, raw.beta2) = newValue }
    }
    package var decay: Double {
      get { raw.decay }
      set { raw.decay = newValue }
    }
    package var epsilon: Double {
      get { raw.epsilon }
      set { raw.epsilon = newValue }
    }
    /// A longer gradient is scaled to this Euclidean length before the rule sees it; 0 for any length.
    package var longestGradient: Double {
      get { raw.longest_gradient }
      set { raw.longest_gradient = newValue }
    }
  }

  /// The loss of a step: weights of its terms, and what the teacher did at every example of the data
  /// set (rows are picked by the batch's indices).
  package struct Loss {
    package var softWeight = 0.0
    package var temperature = 1.0
    /// `[examples, classes]`: probabilities, or logits to be softened by the temperature.
    package var softTargets: Tensor?
    package var softTargetsAreLogits = false
    /// Leaves the teacher's entropy out of the value.
    package var isCrossEntropy = true
    package var hardWeight = 0.0
    /// `[examples]`, Int64.
    package var labels: Tensor?
    /// Of half the squared distance between the outputs and their targets.
    package var squareWeight = 0.0
    /// `[examples, outputs]`.
    package var squareTargets: Tensor?
    package var derivativeWeight = 0.0
    /// `[examples, classes, inputs]`, or with projections `[examples, inputs]`; Float32 or BFloat16.
    package var derivatives: Tensor?
    /// `[examples, classes]`.
    package var projections: Tensor?
    /// Whether `derivatives` are of all classes and `projections` of the batch, `[batch, classes]`:
    /// the kernel projects the rows that it needs.
    package var projectsDerivatives = false

    package init() {}
  }

  /// One step on the rows `indices` (`[batch]`, Int64; nil for all rows) of `inputs`
  /// (`[examples, width]`, Float32).
  ///
  /// - Returns: The loss before the step.
  package func step(
    _ rule: Rule,
    _ loss: Loss,
    on inputs: Tensor,
    rows indices: Tensor?
  ) -> Double {
    var rule = rule.raw
    var raw = distill_mlp_loss()
    // Kept until the call has returned.
    let operands = [
      loss.softTargets, loss.labels, loss.derivatives, loss.projections, inputs, indices,
      loss.squareTargets,
    ].map { $0?.contiguous }
    raw.soft_weight = Float(loss.softWeight)
    raw.temperature = Float(loss.temperature)
    raw.soft_targets = operands[0].map { UnsafePointer($0.floats) }
    raw.soft_targets_are_logits = loss.softTargetsAreLogits
    raw.cross_entropy = loss.isCrossEntropy
    raw.hard_weight = Float(loss.hardWeight)
    raw.labels = operands[1].map { UnsafePointer($0.integers) }
    raw.square_weight = Float(loss.squareWeight)
    raw.square_targets = operands[6].map { UnsafePointer($0.floats) }
    raw.derivative_weight = Float(loss.derivativeWeight)
    raw.derivatives = operands[2].map { UnsafeRawPointer(dt_tensor_data($0.raw)) }
    raw.derivative_storage =
      operands[2]?.elementType == .bfloat16 ? DISTILL_MLP_BFLOAT16 : DISTILL_MLP_FLOAT32
    raw.projections = operands[3].map { UnsafePointer($0.floats) }
    raw.projects_derivatives = loss.projectsDerivatives
    let batch = operands[5]?.count ?? inputs.shape[0]
    return withExtendedLifetime(operands) {
      withTeam(
        loss.derivativeWeight == 0 ? DISTILL_TEAM_STEP : DISTILL_TEAM_DERIVATIVE_STEP,
        work: parameterCount * batch * (loss.projections == nil ? widths.last! : 1)
      ) { threads in
        distill_mlp_train(
          self.raw,
          &rule,
          &raw,
          operands[4]!.floats,
          operands[5].map { UnsafePointer($0.integers) },
          Int64(batch),
          1,
          nil,
          threads
        )
      }
    }
  }
}

extension PerceptronKernel {
  package enum Output: UInt32, Sendable {
    case logits = 0
    case logProbabilities, probabilities, geometricLogProbabilities
  }

  /// The values of an ensemble of one or more networks at `inputs` (`[batch, width]`, Float32):
  /// `[batch, outputs]`.
  ///
  /// - Parameter rounded: Whether the factors of products are rounded to BFloat16.
  package static func evaluate(
    _ members: [PerceptronKernel],
    at inputs: Tensor,
    _ output: Output,
    rounded: Bool
  ) -> Tensor {
    let inputs = inputs.contiguous
    let result = Tensor.zeros([inputs.shape[0], members[0].widths.last!])
    let work = members.reduce(0) { $0 + $1.parameterCount } * inputs.shape[0]
    withExtendedLifetime((members, inputs)) {
      withTeam(DISTILL_TEAM_EVALUATION, work: work) { threads in
        distill_mlp_evaluate(
          members.map(\.raw),
          Int32(members.count),
          inputs.floats,
          nil,
          Int64(inputs.shape[0]),
          distill_mlp_output(output.rawValue),
          rounded ? DISTILL_MLP_BFLOAT16 : DISTILL_MLP_FLOAT32,
          result.floats,
          threads
        )
      }
    }
    return result
  }

  /// The log-probabilities of an ensemble (arithmetic mean) and their derivatives with respect to
  /// the inputs: `[batch, classes]` and `[batch, classes, width]`, or along `directions`
  /// (`[batch, classes]`) `[batch, width]`.
  package static func derivatives(
    _ members: [PerceptronKernel],
    at inputs: Tensor,
    along directions: Tensor? = nil,
    storage: ElementType = .float32
  ) -> (logProbabilities: Tensor, derivatives: Tensor) {
    let inputs = inputs.contiguous
    let directions = directions?.contiguous
    let (count, classes, width) = (inputs.shape[0], members[0].widths.last!, inputs.shape[1])
    let values = Tensor.zeros([count, classes])
    let slopes = Tensor.zeros(
      directions == nil ? [count, classes, width] : [count, width],
      storage
    )
    let work =
      members.reduce(0) { $0 + $1.parameterCount } * count * (directions == nil ? classes : 1)
    withExtendedLifetime((members, inputs, directions)) {
      withTeam(DISTILL_TEAM_DERIVATIVES, work: work) { threads in
        distill_mlp_derivatives(
          members.map(\.raw),
          Int32(members.count),
          inputs.floats,
          nil,
          Int64(count),
          directions.map { UnsafePointer($0.floats) },
          dt_tensor_data(slopes.raw),
          storage == .bfloat16 ? DISTILL_MLP_BFLOAT16 : DISTILL_MLP_FLOAT32,
          values.floats,
          threads
        )
      }
    }
    return (values, slopes)
  }
}

extension Array {
  /// Elements 0, 2, 4, … or 1, 3, 5, ….
  fileprivate func everySecond(from first: Int) -> [Element] {
    stride(from: first, to: count, by: 2).map { self[$0] }
  }
}
