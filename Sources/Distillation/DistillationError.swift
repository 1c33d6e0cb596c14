/// What a distillation could not do, in one sentence: what, where, and what to do about it.
public enum DistillationError: Error, CustomStringConvertible, Sendable {
  /// A loss that is infinite or not a number, at a step (the first is 0) before which training
  /// stopped: the parameters are those of the step before.
  case nonFiniteLoss(step: Int, value: Double)
  /// Anything else that a program cannot mend by itself.
  case refusal(String)

  public init(_ description: String) { self = .refusal(description) }

  public var description: String {
    switch self {
    case .nonFiniteLoss(let step, let value):
      // The sign of a NaN differs between kernels and says nothing.
      "the loss is \(value.isNaN ? "nan" : "\(value)") at step \(step): stopped before the "
        + "parameters changed; look at the inputs of that step or lower the learning rate"
    case .refusal(let sentence): sentence
    }
  }
}
