import Tensors

private let fused = Operator("aten::_fused_sgd_")

/// Stochastic gradient descent with momentum (Robbins & Monro 1951; Polyak 1964; Nesterov 1983).
///
/// v ← momentum·v + g, then θ ← θ − learningRate·v, or with Nesterov's look-ahead
/// θ ← θ − learningRate·(g + momentum·v); g includes weightDecay·θ.
public final class SGD: Optimizer {
  public var learningRate: Double
  public let momentum: Double
  public let isNesterov: Bool
  public let weightDecay: Double

  private var memory: Memory

  /// - Parameters:
  ///   - momentum: How much of the last step is kept. The default 0 is plain descent.
  ///   - isNesterov: Whether the gradient is taken to be at the point momentum leads to.
  ///   - weightDecay: The factor of ½|θ|² added to the loss. The default is none.
  public init(
    learningRate: Double,
    momentum: Double = 0,
    isNesterov: Bool = false,
    weightDecay: Double = 0
  ) {
    precondition(!isNesterov || momentum > 0, "SGD: Nesterov's method needs momentum")
    self.learningRate = learningRate
    self.momentum = momentum
    self.isNesterov = isNesterov
    self.weightDecay = weightDecay
    memory = Memory(momentum == 0 ? [] : ["momentum"])
  }

  public func update(_ parameters: [Parameter], along gradients: [Tensor]) {
    if parameters.isEmpty { return }
    let (values, gradients) = operands("SGD", parameters, gradients)
    fused.perform(
      .tensors(values),
      .tensors(gradients),
      .tensors(memory.advance(for: values, of: "SGD").first ?? []),
      .real(weightDecay),
      .real(momentum),
      .real(learningRate),
      .real(0),  // dampening
      .bool(isNesterov),
      .bool(false),  // maximize
      .bool(false)  // first step: the same as starting from a velocity of zero
    )
  }

  public var state: [String: Tensor] { memory.state(learningRate: learningRate) }

  public func restore(_ state: [String: Tensor], of parameters: [Parameter]) throws {
    learningRate = try memory.restore(state, of: parameters)
  }
}
