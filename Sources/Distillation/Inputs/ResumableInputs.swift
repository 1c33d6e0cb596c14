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
}

/// The place of inputs in checkpoints, under names that begin with `inputs.`.
package enum InputsPlace {
  private static let prefix = "inputs."

  /// What a checkpoint keeps; nothing of inputs that are reached by the number of their step.
  package static func tensors(of inputs: (any Inputs)?) -> [String: Tensor] {
    let state = (inputs as? any ResumableInputs)?.state ?? [:]
    return Dictionary(uniqueKeysWithValues: state.map { (prefix + $0, $1) })
  }

  /// Takes inputs to the place that a checkpoint kept.
  package static func restore(
    _ inputs: (any Inputs)?,
    from checkpoint: [String: Tensor]
  ) throws {
    let own = checkpoint.filter { $0.key.hasPrefix(prefix) }
      .map { (String($0.key.dropFirst(prefix.count)), $0.value) }
    try (inputs as? any ResumableInputs)?.restore(Dictionary(uniqueKeysWithValues: own))
  }
}
