import Tensors

/// What an optimizer remembers between updates: how many there were, and some tensors shaped like
/// each parameter, which start at zero.
struct Memory {
  private(set) var updates = 0

  private let names: [String]
  private var tensors: [[Tensor]]

  /// - Parameter names: What is remembered of each parameter.
  init(_ names: [String]) {
    self.names = names
    tensors = names.map { _ in [] }
  }

  /// Counts an update and gives the tensors to change in place: one list for each name.
  mutating func advance(for values: [Tensor], of optimizer: String) -> [[Tensor]] {
    updates += 1
    for kind in tensors.indices {
      if tensors[kind].isEmpty { tensors[kind] = values.map(\.zerosLike) }
      precondition(
        tensors[kind].count == values.count,
        "\(optimizer): \(values.count) parameters, but its state is of \(tensors[kind].count)"
      )
      for (index, value) in values.enumerated() {
        precondition(
          tensors[kind][index].shape == value.shape,
          """
          \(optimizer): parameter \(index) has shape \(value.shape), but the state's \
          '\(names[kind]).\(index)' has \(tensors[kind][index].shape)
          """
        )
        match(value, at: index, of: kind)
      }
    }
    return tensors
  }

  /// Makes a tensor one that nobody else sees, of the type and on the device of its parameter.
  private mutating func match(_ value: Tensor, at index: Int, of kind: Int) {
    if tensors[kind][index].elementType != value.elementType {
      tensors[kind][index] = tensors[kind][index].cast(to: value.elementType)
    }
    if tensors[kind][index].device != value.device {
      tensors[kind][index] = tensors[kind][index].moved(to: value.device)
    }
    if !tensors[kind][index].isUniquelyReferenced {
      tensors[kind][index] = tensors[kind][index].copied
    }
  }

  /// By name, with the learning rate beside it.
  func state(learningRate: Double) -> [String: Tensor] {
    var state = ["learningRate": Tensor(learningRate), "updates": Tensor(updates)]
    for (name, list) in zip(names, tensors) {
      for (index, tensor) in list.enumerated() { state["\(name).\(index)"] = tensor }
    }
    return state
  }

  /// What keeps a state from being one of these parameters, in words; nil when nothing does.
  func fault(in state: [String: Tensor], for parameters: [Parameter]) -> String? {
    guard let rate = state["learningRate"], rate.count == 1, rate.elementType == .float64,
      rate.doubleValue.isFinite
    else { return "the optimizer's 'learningRate' is missing or not a number" }
    guard let updates = state["updates"], updates.count == 1, updates.elementType == .int64,
      (0...1 << 53).contains(updates.scalar(Int.self))
    else { return "the optimizer's 'updates' is missing or not a count" }
    let isNew = updates.scalar(Int.self) == 0 && state.count == 2
    for name in names where !isNew {
      for (index, parameter) in parameters.enumerated() {
        let tensor = state["\(name).\(index)"]
        guard let tensor, tensor.shape == parameter.shape, tensor.elementType.isFloatingPoint else {
          return
            "the optimizer's '\(name).\(index)' is missing, or not numbers of shape "
            + "\(parameter.shape)"
        }
      }
    }
    guard isNew || state.count == 2 + names.count * parameters.count else {
      return "the optimizer has \(state.count) tensors instead of "
        + "\(2 + names.count * parameters.count)"
    }
    return nil
  }

  /// Takes over a state, and gives back its learning rate.
  mutating func restore(_ state: [String: Tensor], of optimizer: String) -> Double {
    guard let learningRate = state["learningRate"], let updates = state["updates"] else {
      preconditionFailure("\(optimizer): a state without 'learningRate' and 'updates'")
    }
    self.updates = updates.scalar()
    tensors = names.map { name in
      (0..<state.count).lazy.map { state["\(name).\($0)"] }.prefix { $0 != nil }.map { $0! }
    }
    let expected = tensors.reduce(2) { $0 + $1.count }
    precondition(
      state.count == expected && Set(tensors.map(\.count)).count <= 1,
      "\(optimizer): a state of another optimizer, with \(state.keys.sorted().prefix(6))"
    )
    return learningRate.doubleValue
  }
}
