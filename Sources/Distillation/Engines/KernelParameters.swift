import Networks
import Tensors

/// Parameters of a student whose latest values live in a kernel: copied out when somebody looks at
/// them, and taken in again when somebody has changed them.
package final class KernelParameters: ParameterKeeper {
  /// Whether the kernel has moved since they last agreed.
  package var isAhead = false
  private let parameters: [Parameter]
  /// What the parameters were when they and the kernel last agreed.
  private var agreed: [Tensor]
  private let copy: () -> [Tensor]
  private let load: ([Tensor]) -> Void

  /// - Parameters:
  ///   - copy: The kernel's values.
  ///   - load: Gives the kernel others.
  package init(
    _ parameters: [Parameter],
    copy: @escaping () -> [Tensor],
    load: @escaping ([Tensor]) -> Void
  ) {
    self.parameters = parameters
    (self.copy, self.load) = (copy, load)
    agreed = parameters.map(\.value)
    load(agreed)
    for parameter in parameters { parameter.keeper = self }
  }

  deinit { publish() }

  package func publish() {
    guard isAhead else { return }
    isAhead = false
    agreed = copy()
    for (parameter, value) in zip(parameters, agreed) { parameter.accept(value) }
  }

  /// Takes over parameters that somebody changed since they were last published, another engine of
  /// the same student included.
  package func takeOver() {
    for parameter in parameters where parameter.keeper !== self {
      parameter.keeper?.publish()
      parameter.keeper = self
    }
    if zip(parameters, agreed).allSatisfy({ $0.holds($1) }) { return }
    agreed = parameters.map(\.value)
    load(agreed)
  }
}

/// What a kernel keeps of an optimizer beside the parameters, by its names in ``Optimizer/state``.
package struct KernelStates {
  /// Of the first and the second state; nil for one that the rule does not have.
  package let names: [String?]

  package init(_ first: String?, _ second: String? = nil) { names = [first, second] }

  /// Takes over what the optimizer remembers.
  ///
  /// - Parameters:
  ///   - count: How many parameters there are.
  ///   - load: Gives the kernel its first or second state.
  /// - Returns: How many updates were made.
  package func load(
    _ optimizer: any Optimizer,
    count: Int,
    _ load: (_ position: Int, [Tensor]) -> Void
  ) -> Int {
    let state = optimizer.state
    for (position, name) in names.enumerated() {
      guard let name, state["\(name).0"] != nil else { continue }
      load(position, (0..<count).map { state["\(name).\($0)"]! })
    }
    return state["updates"]?.scalar(Int.self) ?? 0
  }

  /// Hands what the kernel remembers to the optimizer.
  package func store(
    to optimizer: any Optimizer,
    of parameters: [Parameter],
    updates: Int,
    _ copy: (_ position: Int) -> [Tensor]
  ) {
    var state = ["learningRate": Tensor(optimizer.learningRate), "updates": Tensor(updates)]
    for (position, name) in names.enumerated() {
      guard let name, updates > 0 else { continue }
      for (index, tensor) in copy(position).enumerated() { state["\(name).\(index)"] = tensor }
    }
    // What a kernel of these parameters remembers fits them.
    try! optimizer.restore(state, of: parameters)
  }
}
