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

  /// Takes over a state, and gives back its learning rate.
  mutating func restore(_ state: [String: Tensor], of parameters: [Parameter]) throws -> Double {
    guard let rate = state["learningRate"], rate.count == 1, rate.elementType == .float64,
      rate.doubleValue.isFinite
    else { throw WeightsError("the optimizer's 'learningRate' is missing or not a number") }
    guard let updates = state["updates"]?.savedCount else {
      throw WeightsError("the optimizer's 'updates' is missing or not a count")
    }
    let isNew = updates == 0 && state.count == 2
    let found = try names.map { name in
      try (isNew ? [] : parameters).enumerated().map { index, parameter in
        guard let tensor = state["\(name).\(index)"], tensor.shape == parameter.shape,
          tensor.elementType.isFloatingPoint
        else {
          throw WeightsError(
            "the optimizer's '\(name).\(index)' is missing, or not numbers of shape "
              + "\(parameter.shape)"
          )
        }
        return tensor
      }
    }
    let expected = found.reduce(2) { $0 + $1.count }
    guard state.count == expected else {
      throw WeightsError("the optimizer has \(state.count) tensors instead of \(expected)")
    }
    self.updates = updates
    tensors = found
    return rate.doubleValue
  }
}
