import Tensors

/// A step length from the ratio of past steps to past gradients (Zeiler 2012).
///
/// s ← ρ·s + (1 − ρ)·g², Δ = √(d + ε)/√(s + ε)·g, d ← ρ·d + (1 − ρ)·Δ²,
/// θ ← θ − learningRate·Δ; g includes weightDecay·θ.
public final class AdaDelta: Optimizer {
  public var learningRate: Double
  public let rho: Double
  public let epsilon: Double
  public let weightDecay: Double

  private var memory = Memory(["squaredGradient", "squaredStep"])

  /// - Parameters:
  ///   - learningRate: The default 1 is the paper's, which has none.
  ///   - rho: How much of both running means is kept at each step. The default is the paper's.
  ///   - epsilon: Starts the steps and keeps the divisor from zero. The default is the paper's.
  ///   - weightDecay: The factor of ½|θ|² added to the loss. The default is none.
  public init(
    learningRate: Double = 1,
    rho: Double = 0.95,
    epsilon: Double = 1e-6,
    weightDecay: Double = 0
  ) {
    self.learningRate = learningRate
    self.rho = rho
    self.epsilon = epsilon
    self.weightDecay = weightDecay
  }

  public func update(_ parameters: [Parameter], along gradients: [Tensor]) {
    if parameters.isEmpty { return }
    var (values, gradients) = operands("AdaDelta", parameters, gradients)
    let averages = memory.advance(for: values, of: "AdaDelta")
    let (squaredGradient, squaredStep) = (averages[0], averages[1])
    if weightDecay != 0 { gradients = Foreach.sum(gradients, weightDecay, times: values) }

    Foreach.multiply(squaredGradient, by: rho)
    Foreach.add(1 - rho, timesSquared: gradients, to: squaredGradient)

    let step = Foreach.sum(squaredStep, epsilon)
    let divisor = Foreach.sum(squaredGradient, epsilon)
    Foreach.takeRoot(step)
    Foreach.takeRoot(divisor)
    Foreach.divide(step, by: divisor)
    Foreach.multiply(step, by: gradients)

    Foreach.multiply(squaredStep, by: rho)
    Foreach.add(1 - rho, timesSquared: step, to: squaredStep)
    Foreach.add(-learningRate, times: step, to: values)
  }

  public var state: [String: Tensor] { memory.state(learningRate: learningRate) }

  public func restore(_ state: [String: Tensor], of parameters: [Parameter]) throws {
    learningRate = try memory.restore(state, of: parameters)
  }
}
