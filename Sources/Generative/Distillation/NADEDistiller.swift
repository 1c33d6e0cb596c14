import Distillation
import Networks
import Tensors

/// Trains a NADE to be the normalised twin of a teacher that is known up to a constant.
///
/// The same as `Distiller`, with fused kernels instead of recorded operators: tens of
/// times faster, for the losses that the kernels know.
///
/// ```swift
/// let student = NADE(startingAt: rbm, using: RandomGenerator(seed: 1))
/// let distiller = try NADEDistiller(
///   student, minimizing: .conditionalCrossEntropy, using: Adam(), schedule: .cosine(over: 30_000))
/// try distiller.run(
///   on: rbm.gibbsSamples(steps: 30_000, softTargets: 1, seed: 1), observing: rbm)
/// ```
public final class NADEDistiller {
  /// Holds the result (the average, if there is one) after a run; in between its parameters are
  /// those of the last ``synchronize()``.
  public let student: NADE
  public let loss: Loss
  public let schedule: Schedule
  public let averaging: Averaging
  public let seed: UInt64
  /// The number of steps made.
  public internal(set) var stepsDone = 0
  /// The constant of the square error, where it is learnt: E[log p̃ − log q], which is log Z plus the
  /// divergence.
  public internal(set) var learntConstant: Double?
  /// The running mean of log q − log p̃ on the student's samples.
  var baseline: Double?
  let kernel: NADEKernel
  let terms: FusedLoss
  let rule: NADEKernel.Rule

  /// - Parameters:
  ///   - student: Where training begins; on the CPU.
  ///   - optimizer: Adam, AdaDelta or SGD, from its beginning.
  ///   - schedule: A factor of the learning rate for each step.
  ///   - averaging: Over which steps the student's parameters are averaged. The default takes the
  ///     last, which a schedule that ends at zero makes as good.
  ///   - seed: Where the student's own samples come from (reverse KL).
  /// - Throws: ``GenerativeError`` when the kernels do not have the loss, the optimizer or the
  ///   student's device.
  public init(
    _ student: NADE,
    minimizing loss: Loss,
    using optimizer: any Optimizer = Adam(),
    schedule: Schedule = .constant,
    averaging: Averaging = .none,
    seed: UInt64 = 0
  ) throws {
    guard student.weights.value.device == .cpu else {
      throw GenerativeError(
        "the fused NADE kernels run on the CPU, and the NADE is on \(student.weights.value.device): "
          + "move it, or use its distiller(of:minimizing:using:schedule:seed:), which differentiates "
          + "where it is"
      )
    }
    self.student = student
    self.loss = loss
    self.schedule = schedule
    self.averaging = averaging
    self.seed = seed
    terms = try FusedLoss(loss)
    rule = try NADEKernel.Rule(optimizer)
    kernel = student.makeKernel()
    kernel.load(.parameters, student.tensors)
    kernel.load(.average, student.tensors)
  }

  /// One step on samples of the teacher, `[batch, inputs]`.
  ///
  /// - Parameter teacher: Observed where the loss needs it and the batch brings nothing along.
  /// - Returns: The loss before the step.
  /// - Throws: `DistillationError` when the loss is not finite; parameters are then as before.
  @discardableResult
  public func step(on batch: Batch, observing teacher: (any Teacher)? = nil) throws -> Double {
    var rule = rule
    rule.learningRate *= schedule(stepsDone)
    rule.averaging = averaging.factor(stepsDone)
    kernel.follow(rule)
    let value = try makeStep(on: batch, observing: teacher)
    stepsDone += 1
    return value
  }

  /// Puts the parameters, or their average, into the student.
  public func synchronize() {
    let slot: NADEKernel.Slot = averaging == .none ? .parameters : .average
    let boxes = [
      student.weights, student.outputWeights, student.hiddenBias, student.visibleBias,
    ]
    for (box, tensor) in zip(boxes, kernel.copy(slot)) { box.replace(with: tensor) }
  }
}

extension NADEKernel.Rule {
  /// - Throws: ``GenerativeError`` when the kernels have no such rule.
  init(_ optimizer: any Optimizer) throws {
    switch optimizer {
    case let own as Adam where own.weightDecay == 0:
      self.init(
        .adam,
        learningRate: own.learningRate,
        beta1: own.beta1,
        beta2: own.beta2,
        epsilon: own.epsilon
      )
    case let own as AdaDelta where own.weightDecay == 0:
      self.init(
        .adaDelta,
        learningRate: own.learningRate,
        beta1: own.rho,
        epsilon: own.epsilon
      )
    case let own as SGD where own.weightDecay == 0 && !own.isNesterov:
      self.init(.sgd, learningRate: own.learningRate, beta1: own.momentum)
    default:
      throw GenerativeError(
        "the fused NADE kernels follow Adam, AdaDelta and SGD without weight decay, not this "
          + "\(type(of: optimizer))"
      )
    }
  }
}
