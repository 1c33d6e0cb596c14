import Networks
import Tensors

/// The terms of a loss on observations that fused kernels, or students by hand, compute.
package enum KernelForm: TermIdentity {
  case labels
  case softTargets(temperature: Double, isCrossEntropy: Bool)
  case derivatives
  case averageScoreMatching
  case projectedDerivatives
  case squaredError
  case squaredErrorOnLogits
}

extension Loss.Term {
  /// What the kernels compute the term as, where they do.
  package var kernelForm: KernelForm? { identity as? KernelForm }
}

extension PerceptronKernel.Loss {
  /// The loss as the kernel wants it, without its targets; nil when a term is not among those it
  /// computes, or there are two of a kind.
  init?(_ loss: Loss) {
    self.init()
    for term in loss.terms where term.weight != 0 {
      switch term.kernelForm {
      case .labels where hardWeight == 0: hardWeight = term.weight
      case .softTargets(let temperature, let isCrossEntropy) where softWeight == 0:
        softWeight = term.weight
        self.temperature = temperature
        self.isCrossEntropy = isCrossEntropy
      case .squaredError where squareWeight == 0, .squaredErrorOnLogits where squareWeight == 0:
        squareWeight = term.weight
      case .derivatives where derivativeWeight == 0,
        .projectedDerivatives where derivativeWeight == 0:
        derivativeWeight = term.weight
      default: return nil
      }
    }
  }
}

/// An optimizer as the kernel carries it out.
struct KernelOptimizer {
  var rule: PerceptronKernel.Rule
  private let states: KernelStates

  /// Nil when the kernel has no rule for the optimizer.
  init?(_ optimizer: any Optimizer) {
    let rate = optimizer.learningRate
    let clipped = optimizer as? ClippedOptimizer
    switch clipped?.optimizer ?? optimizer {
    case let own as SGD:
      rule = .init(.sgd, learningRate: rate, weightDecay: own.weightDecay)
      rule.momentum = (own.momentum, own.isNesterov)
      states = KernelStates(own.momentum == 0 ? nil : "momentum")
    case let own as Adam:
      rule = .init(.adam, learningRate: rate, weightDecay: own.weightDecay)
      (rule.betas, rule.epsilon) = ((own.beta1, own.beta2), own.epsilon)
      states = KernelStates("firstMoment", "secondMoment")
    case let own as AdamW:
      rule = .init(.adamW, learningRate: rate, weightDecay: own.weightDecay)
      (rule.betas, rule.epsilon) = ((own.beta1, own.beta2), own.epsilon)
      states = KernelStates("firstMoment", "secondMoment")
    case let own as RMSprop where !own.isCentered:
      rule = .init(.rmsProp, learningRate: rate, weightDecay: own.weightDecay)
      rule.momentum = (own.momentum, false)
      (rule.decay, rule.epsilon) = (own.smoothing, own.epsilon)
      states = KernelStates(own.momentum == 0 ? nil : "momentum", "squaredGradient")
    case let own as AdaDelta:
      rule = .init(.adaDelta, learningRate: rate, weightDecay: own.weightDecay)
      (rule.decay, rule.epsilon) = (own.rho, own.epsilon)
      states = KernelStates("squaredStep", "squaredGradient")
    default: return nil
    }
    if let clipped { rule.longestGradient = clipped.norm }
  }

  private static let slots = [PerceptronKernel.Slot.firstState, .secondState]

  /// Takes over what the optimizer remembers.
  func load(_ optimizer: any Optimizer, into kernel: PerceptronKernel) {
    kernel.updates = states.load(optimizer, count: 2 * (kernel.widths.count - 1)) {
      kernel.load(Self.slots[$0], $1)
    }
  }

  /// Hands what the kernel remembers to the optimizer.
  func store(
    _ kernel: PerceptronKernel,
    to optimizer: any Optimizer,
    of parameters: [Parameter]
  ) {
    states.store(to: optimizer, of: parameters, updates: kernel.updates) {
      kernel.copy(Self.slots[$0])
    }
  }
}

extension PerceptronKernel {
  /// A kernel for a network, with its parameters; nil when it is not one the kernel does: a plain
  /// perceptron in Float32 on the CPU.
  convenience init?(_ module: any Module) {
    guard let network = module as? MLP,
      network.parameters.allSatisfy({
        $0.value.elementType == .float32 && $0.value.device == .cpu
      }), network.layers.allSatisfy({ $0.bias != nil })
    else { return nil }
    self.init(network.widths, Activation(network.activation))
    load(.parameters, network.parameters.map(\.value))
  }
}

extension PerceptronKernel.Activation {
  package init(_ activation: Networks.Activation) {
    self =
      switch activation {
      case .identity: .identity
      case .relu: .relu
      case .tanh: .tanh
      case .sigmoid: .sigmoid
      case .elu: .elu
      case .leakyReLU: .leakyReLU
      case .gelu: .gelu
      case .silu: .silu
      case .softplus: .softplus
      case .hardSwish: .hardSwish
      }
  }
}
