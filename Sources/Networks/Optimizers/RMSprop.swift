import Tensors

/// Steps divided by the running root mean square of the gradient (Tieleman & Hinton 2012, lecture
/// 6.5; centered: Graves 2013).
///
/// s ← α·s + (1 − α)·g², b ← momentum·b + g/(√s + ε), θ ← θ − learningRate·b, where α is the
/// smoothing and g includes weightDecay·θ. Centered, √(s − ḡ²) takes the place of √s.
public final class RMSprop: Optimizer {
  public var learningRate: Double
  public let smoothing: Double
  public let epsilon: Double
  public let weightDecay: Double
  public let momentum: Double
  public let isCentered: Bool

  private var memory: Memory

  /// - Parameters:
  ///   - smoothing: How much of the running mean is kept at each step. The default is PyTorch's.
  ///   - epsilon: Keeps the divisor from zero.
  ///   - weightDecay: The factor of ½|θ|² added to the loss. The default is none.
  ///   - momentum: How much of the last step is kept. The default is none.
  ///   - isCentered: Whether to divide by the standard deviation instead of the root mean square.
  public init(
    learningRate: Double = 1e-2,
    smoothing: Double = 0.99,
    epsilon: Double = 1e-8,
    weightDecay: Double = 0,
    momentum: Double = 0,
    isCentered: Bool = false
  ) {
    self.learningRate = learningRate
    self.smoothing = smoothing
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.momentum = momentum
    self.isCentered = isCentered
    memory = Memory(
      ["squaredGradient"] + (isCentered ? ["meanGradient"] : [])
        + (momentum > 0 ? ["momentum"] : [])
    )
  }

  public func update(_ parameters: [Parameter], along gradients: [Tensor]) {
    if parameters.isEmpty { return }
    var (values, gradients) = operands("RMSprop", parameters, gradients)
    let averages = memory.advance(for: values, of: "RMSprop")
    let squaredGradient = averages[0]
    if weightDecay != 0 { gradients = Foreach.sum(gradients, weightDecay, times: values) }

    Foreach.multiply(squaredGradient, by: smoothing)
    Foreach.add(1 - smoothing, timesSquared: gradients, to: squaredGradient)

    let divisor = Foreach.sum(squaredGradient, 0)
    if isCentered {
      let meanGradient = averages[1]
      Foreach.interpolate(meanGradient, toward: gradients, by: 1 - smoothing)
      Foreach.add(-1, timesSquared: meanGradient, to: divisor)
    }
    Foreach.takeRoot(divisor)
    Foreach.add(epsilon, to: divisor)

    if momentum > 0 {
      let velocity = averages[averages.count - 1]
      Foreach.multiply(velocity, by: momentum)
      Foreach.add(1, times: gradients, over: divisor, to: velocity)
      Foreach.add(-learningRate, times: velocity, to: values)
    } else {
      Foreach.add(-learningRate, times: gradients, over: divisor, to: values)
    }
  }

  public var state: [String: Tensor] { memory.state(learningRate: learningRate) }

  public func restore(_ state: [String: Tensor], of parameters: [Parameter]) throws {
    learningRate = try memory.restore(state, of: parameters)
  }
}
