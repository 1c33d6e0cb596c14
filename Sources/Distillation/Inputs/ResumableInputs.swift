import Tensors

/// Inputs whose place can be saved and found again without going through what came before: checkpoints
/// keep it.
public protocol ResumableInputs: Inputs {
  /// Everything that later batches depend on, by name.
  var state: [String: Tensor] { get }
  /// Goes back to a state.
  ///
  /// - Throws: One sentence when it is not a state of such inputs.
  func restore(_ state: [String: Tensor]) throws
  /// The step that is next, where later ones can only be had through all between; nil where any can
  /// be asked for, as by default.
  var nextStep: Int? { get }
}

extension ResumableInputs {
  public var nextStep: Int? { nil }
}

/// The place of inputs in checkpoints, under names that begin with `inputs.`.
package enum InputsPlace {
  private static let prefix = "inputs."

  /// What a checkpoint keeps; nothing of inputs that are reached by the number of their step.
  package static func tensors(of inputs: (any Inputs)?) -> [String: Tensor] {
    let state = (inputs as? any ResumableInputs)?.state ?? [:]
    return Dictionary(uniqueKeysWithValues: state.map { (prefix + $0, $1) })
  }

  /// Takes inputs to the place that a checkpoint of `step` kept.
  package static func restore(
    _ inputs: (any Inputs)?,
    from checkpoint: [String: Tensor],
    at step: Int
  ) throws {
    guard let inputs = inputs as? any ResumableInputs else { return }
    let own = checkpoint.filter { $0.key.hasPrefix(prefix) }
      .map { (String($0.key.dropFirst(prefix.count)), $0.value) }
    try inputs.restore(Dictionary(uniqueKeysWithValues: own))
    if let next = inputs.nextStep, next < step {
      throw DistillationError(
        "the checkpoint is of step \(step), but its inputs had only come to step \(next)"
      )
    }
  }
}
