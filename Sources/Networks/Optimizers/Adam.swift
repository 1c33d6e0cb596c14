import Tensors

/// Adaptive moments (Kingma & Ba 2015).
///
/// m ← β₁·m + (1 − β₁)·g, v ← β₂·v + (1 − β₂)·g², and
/// θ ← θ − learningRate·m̂/(√v̂ + ε) with m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ);
/// g includes weightDecay·θ. See ``AdamW`` for weight decay beside the gradient.
public final class Adam: Optimizer {
  public var learningRate: Double
  public let beta1: Double
  public let beta2: Double
  public let epsilon: Double
  public let weightDecay: Double

  private var memory = Memory(["firstMoment", "secondMoment"])

  /// - Parameters:
  ///   - beta1: How much of the mean gradient is kept at each step. The default is the paper's.
  ///   - beta2: How much of the mean squared gradient is kept. The default is the paper's.
  ///   - epsilon: Keeps the divisor from zero. The default is the paper's.
  ///   - weightDecay: The factor of ½|θ|² added to the loss. The default is none.
  public init(
    learningRate: Double = 1e-3,
    beta1: Double = 0.9,
    beta2: Double = 0.999,
    epsilon: Double = 1e-8,
    weightDecay: Double = 0
  ) {
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
  }

  public func update(_ parameters: [Parameter], along gradients: [Tensor]) {
    AdamKernel.coupled.update(
      "Adam",
      parameters,
      gradients,
      &memory,
      learningRate: learningRate,
      betas: (beta1, beta2),
      epsilon: epsilon,
      weightDecay: weightDecay
    )
  }

  public var state: [String: Tensor] { memory.state(learningRate: learningRate) }

  public func restore(_ state: [String: Tensor], of parameters: [Parameter]) throws {
    learningRate = try memory.restore(state, of: parameters)
  }
}

/// Adam with weight decay beside the gradient instead of in it (Loshchilov & Hutter 2019):
/// θ ← θ·(1 − learningRate·weightDecay), then the step of ``Adam``.
public final class AdamW: Optimizer {
  public var learningRate: Double
  public let beta1: Double
  public let beta2: Double
  public let epsilon: Double
  public let weightDecay: Double

  private var memory = Memory(["firstMoment", "secondMoment"])

  /// - Parameter weightDecay: What part of a parameter decays at a learning rate of 1. The default
  ///   is PyTorch's.
  public init(
    learningRate: Double = 1e-3,
    beta1: Double = 0.9,
    beta2: Double = 0.999,
    epsilon: Double = 1e-8,
    weightDecay: Double = 0.01
  ) {
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
  }

  public func update(_ parameters: [Parameter], along gradients: [Tensor]) {
    AdamKernel.decoupled.update(
      "AdamW",
      parameters,
      gradients,
      &memory,
      learningRate: learningRate,
      betas: (beta1, beta2),
      epsilon: epsilon,
      weightDecay: weightDecay
    )
  }

  public var state: [String: Tensor] { memory.state(learningRate: learningRate) }

  public func restore(_ state: [String: Tensor], of parameters: [Parameter]) throws {
    learningRate = try memory.restore(state, of: parameters)
  }
}

/// libtorch's kernel for all parameters at once, in its two kinds.
private struct AdamKernel {
  static let coupled = AdamKernel(fused: Operator("aten::_fused_adam_"))
  static let decoupled = AdamKernel(fused: Operator("aten::_fused_adamw_"))

  let fused: Operator

  func update(
    _ optimizer: String,
    _ parameters: [Parameter],
    _ gradients: [Tensor],
    _ memory: inout Memory,
    learningRate: Double,
    betas: (Double, Double),
    epsilon: Double,
    weightDecay: Double
  ) {
    if parameters.isEmpty { return }
    let (values, gradients) = operands(optimizer, parameters, gradients)
    let moments = memory.advance(for: values, of: optimizer)
    // The kernel reads the number of the update from a tensor beside each parameter.
    let updates = Tensor(Float(memory.updates), on: values[0].device)
    fused.perform(
      .tensors(values),
      .tensors(gradients),
      .tensors(moments[0]),
      .tensors(moments[1]),
      .tensors([]),  // largest second moments, for AMSGrad
      .tensors(Array(repeating: updates, count: values.count)),
      .real(learningRate),
      .real(betas.0),
      .real(betas.1),
      .real(weightDecay),
      .real(epsilon),
      .bool(false),  // AMSGrad
      .bool(false)  // maximize
    )
  }
}
