import Distillation
import Networks
import Tensors

/// Steps of a NADE by the fused kernels: tens of times faster than recorded operators, for the losses
/// and optimizers that the kernels know.
final class NADEEngine: StepEngine {
  let name = "NADE kernel"
  /// Recorded operators would take memory of batch × inputs × hidden for it.
  let measuresTerms = false
  let kernel: NADEKernel
  let terms: FusedLoss
  let loss: BoundLoss
  let seed: UInt64
  private let parameters: [Parameter]
  private let kept: KernelParameters
  private let optimizer: any Optimizer
  private var rule: NADEKernel.Rule
  private let states: KernelStates
  private static let slots = [NADEKernel.Slot.firstState, .secondState]
  private(set) var gradients: [Tensor] = []

  /// Nil where the kernels do not have the student's device, the loss or the optimizer.
  init?(_ student: NADE, _ loss: BoundLoss, _ optimizer: any Optimizer, seed: UInt64) {
    guard student.tensors.allSatisfy({ $0.device == .cpu && $0.elementType == .float32 }),
      let terms = FusedLoss(loss.loss), let (rule, states) = NADEKernel.rule(optimizer)
    else { return nil }
    let kernel = student.makeKernel()
    (self.kernel, self.terms, self.loss, self.optimizer) = (kernel, terms, loss, optimizer)
    (self.rule, self.states, self.seed) = (rule, states, seed)
    parameters = student.parameters
    kept = KernelParameters(parameters) {
      kernel.copy(.parameters)
    } load: {
      kernel.load(.parameters, $0)
    }
    reload()
  }

  func step(on batch: Batch, toward target: Target) throws -> Double {
    // Nothing moves before the loss is known to be finite.
    let (value, weights) = try evaluate(batch, target, fusing: terms.parts.count == 1)
    if let weights {
      kernel.descend(weights.tensor)
      kept.isAhead = true
    } else {
      descend(along: gradients)
    }
    return value
  }

  func gradient(on batch: Batch, toward target: Target) throws -> Double {
    try evaluate(batch, target, fusing: false).value
  }

  func descend(along gradients: [Tensor]) {
    if !gradients.isEmpty { kernel.apply(gradients) }
    (self.gradients, kept.isAhead) = ([], true)
  }

  func synchronize() {
    states.store(to: optimizer, of: parameters, updates: kernel.steps) {
      kernel.copy(Self.slots[$0])
    }
  }

  func reload() {
    kernel.steps = states.load(optimizer, count: 4) { kernel.load(Self.slots[$0], $1) }
  }

  /// Of images; nil for their mean.
  private struct Weights { let tensor: Tensor? }

  /// The loss, whose gradient is kept; or, fused, the weights of the images that a step down it has.
  private func evaluate(
    _ batch: Batch,
    _ target: Target,
    fusing: Bool
  ) throws -> (value: Double, weights: Weights?) {
    let images = batch.inputs.flattened(from: 1)
    guard images.shape[1] == kernel.inputs else {
      throw DistillationError(
        "a batch of shape \(batch.inputs.shape) for a NADE of \(kernel.inputs) inputs"
      )
    }
    guard images.shape[0] > 0 else { throw DistillationError("a batch has no examples") }
    kept.takeOver()
    rule.learningRate = optimizer.learningRate
    kernel.follow(rule)
    var value = 0.0
    var sum: [Tensor] = []
    var fused: Weights?
    func add(_ tensors: [Tensor]) {
      sum = sum.isEmpty ? tensors : zip(sum, tensors).map { $0 + $1 }
    }
    for part in terms.parts {
      let (loss, gradient) = try evaluate(part, images, target)
      value += loss
      switch gradient {
      case .made(let tensors): add(tensors)
      case .weighting(let weights) where fusing: fused = Weights(tensor: weights)
      case .weighting(let weights): add(kernel.gradient(weights))
      }
    }
    guard value.isFinite else { throw NonFiniteLoss(value: value) }
    gradients = sum
    return (value, fused)
  }
}

extension NADE: Accelerated {
  package func engine(
    for loss: BoundLoss,
    observedAs meaning: Observation.Meaning,
    _ optimizer: any Optimizer,
    seed: UInt64
  ) -> (any StepEngine)? {
    meaning == .logDensities ? NADEEngine(self, loss, optimizer, seed: seed) : nil
  }
}

extension NADEKernel {
  /// How the kernels follow an optimizer, and what they keep of it; nil where they do not.
  static func rule(_ optimizer: any Optimizer) -> (Rule, KernelStates)? {
    let rate = optimizer.learningRate
    switch optimizer {
    case let own as Adam where own.weightDecay == 0:
      return (
        Rule(
          .adam,
          learningRate: rate,
          beta1: own.beta1,
          beta2: own.beta2,
          epsilon: own.epsilon
        ),
        KernelStates("firstMoment", "secondMoment")
      )
    case let own as AdaDelta where own.weightDecay == 0:
      return (
        Rule(.adaDelta, learningRate: rate, beta1: own.rho, epsilon: own.epsilon),
        KernelStates("squaredGradient", "squaredStep")
      )
    case let own as SGD where own.weightDecay == 0 && !own.isNesterov:
      return (
        Rule(.sgd, learningRate: rate, beta1: own.momentum),
        KernelStates(own.momentum == 0 ? nil : "momentum")
      )
    default: return nil
    }
  }
}
