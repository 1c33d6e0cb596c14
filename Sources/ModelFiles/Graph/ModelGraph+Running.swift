import Distillation
import Networks
import Tensors

private enum Aten {
  static let clone = Operator("aten::clone")
}

extension ModelGraph {
  /// The outputs of the model for its inputs, differentiable in inputs and weights.
  ///
  /// - Parameters:
  ///   - inputs: As many as ``inputs``, of their shapes.
  ///   - weights: The values of ``weights`` in their order. The default is those of the file.
  ///   - pass: Counts multiply–adds.
  ///   - places: Which of ``outputs`` are wanted, of which each has to be a tensor. The default is
  ///     all of them.
  ///   - tap: Is given the value of each tap that is passed, by its name.
  /// - Throws: `DistillationError` with the operator that could not be computed.
  func run(
    _ inputs: [Tensor],
    weights: [Tensor]? = nil,
    outputs places: [Int]? = nil,
    counting pass: Pass? = nil,
    tap: ((String, Tensor) -> Void)? = nil
  ) throws -> [Tensor] {
    guard inputs.count == self.inputs.count else {
      throw DistillationError(
        "the model takes \(self.inputs.count) inputs (\(self.inputs.map(\.name).joined(separator: ", "))), "
          + "not \(inputs.count)"
      )
    }
    let device = inputs.first?.device ?? .cpu
    let given = zip(self.inputs, inputs).map { port, input -> ModelValue in
      let own = writes ? Aten.clone(.tensor(input)) : input
      if case .foreign(let type) = port.kind { return .foreign(own, type) }
      return .tensor(own)
    }
    let outputs = try values(for: given, weights: weights, on: device, counting: pass, tap: tap)
    return try (places ?? Array(outputs.indices)).map { place in
      switch outputs[place] {
      case .tensor(let tensor), .foreign(let tensor, _): return tensor
      default:
        throw DistillationError("the model's output '\(self.outputs[place].name)' is no tensor")
      }
    }
  }

  /// The same for inputs and outputs of any kind, inputs being as many as ``inputs``.
  func values(
    for inputs: [ModelValue],
    weights: [Tensor]? = nil,
    on device: Device,
    counting pass: Pass? = nil,
    tap: ((String, Tensor) -> Void)? = nil
  ) throws -> [ModelValue] {
    var values = [ModelValue](repeating: .none, count: valueCount)
    for (port, input) in zip(self.inputs, inputs) { values[port.value] = input }
    for (index, weight) in self.weights.enumerated() {
      let tensor = weights?[index] ?? weight.tensor
      let own = weight.isWritten ? Aten.clone(.tensor(tensor)) : tensor
      values[weight.value] = weight.foreignType.map { .foreign(own, $0) } ?? .tensor(own)
    }
    var live = 0
    for node in nodes {
      do {
        let results = try node.results(values, on: device, pass)
        for (slot, result) in zip(node.results, results) {
          guard let slot else { continue }
          values[slot] = result
          live += result.count
        }
        try SizeLimit.check(live: live)
      } catch let error as TorchError {
        throw DistillationError(
          "the operator \(node.operationName) of node '\(node.name)' failed: \(error)"
        )
      }
      if let tap {
        for (name, value) in node.taps {
          if case .tensor(let tensor) = values[value] { tap(name, tensor) }
        }
      }
      for value in node.finished {
        live -= values[value].count
        values[value] = .none
      }
    }
    return outputs.map { values[$0.value] }
  }
}

extension ModelGraph.Node {
  fileprivate func results(
    _ values: [ModelValue],
    on device: Device,
    _ pass: Pass?
  ) throws -> [ModelValue] {
    switch operation {
    case .tensors(let found):
      let arguments = try operands.map { try $0.argument(values, on: device) }
      try SizeLimit.check(found, arguments)
      let given = try found.results(arguments, capacity: results.count)
      try SizeLimit.check(given)
      pass?.count(found.multiplyAdds(arguments, given))
      return given.map { ModelValue($0) }
    case .numbers(let operation):
      return [ModelValue(try operation(operands.map { try $0.number(values) }))]
    case .function(let function):
      let arguments = operands.map { operand -> ModelValue in
        if case .value(let slot) = operand { values[slot] } else { .none }
      }
      let given = try withTorchErrors { try function.body(arguments, pass) }
      guard given.count >= results.count else {
        throw TorchError("\(given.count) results where \(results.count) are expected")
      }
      return Array(given.prefix(results.count))
    }
  }
}

extension ModelGraph.Operand {
  fileprivate func argument(_ values: [ModelValue], on device: Device) throws -> Argument {
    switch self {
    case .constant(let argument): return argument
    case .device: return .device(device)
    case .value(let slot):
      switch values[slot] {
      case .none: return .none
      case .tensor(let tensor): return .tensor(tensor)
      case .integer(let integer): return .integer(integer)
      case .real(let real): return .real(real)
      case .bool(let bool): return .bool(bool)
      default: throw TorchError("a value is of a kind that libtorch does not take")
      }
    case .integers(let parts):
      return .integers(
        try parts.map { part in
          guard case .integer(let integer) = try part.number(values) else {
            throw TorchError("a list of integers holds something else")
          }
          return integer
        }
      )
    case .tensors(let slots):
      let tensors = try slots.map { slot -> Tensor? in
        guard let slot else { return nil }
        guard case .tensor(let tensor) = values[slot] else {
          throw TorchError("a list of tensors holds something else")
        }
        return tensor
      }
      return .optionalTensors(tensors)
    }
  }

  fileprivate func number(_ values: [ModelValue]) throws -> NamedOperator.Result {
    switch self {
    case .value(let slot): return try values[slot].number()
    case .constant(.integer(let integer)): return .integer(integer)
    case .constant(.real(let real)): return .real(real)
    case .constant(.bool(let bool)): return .bool(bool)
    default: throw TorchError("a number is expected where there is none")
    }
  }
}
