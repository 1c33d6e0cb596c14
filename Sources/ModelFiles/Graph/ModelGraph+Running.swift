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
  ///   - tap: Is given the value of each tap that is passed, by its name.
  /// - Throws: `DistillationError` with the operator that could not be computed.
  func run(
    _ inputs: [Tensor],
    weights: [Tensor]? = nil,
    counting pass: Pass? = nil,
    tap: ((String, Tensor) -> Void)? = nil
  ) throws -> [Tensor] {
    guard inputs.count == self.inputs.count else {
      throw DistillationError(
        "the model takes \(self.inputs.count) inputs (\(self.inputs.map(\.name).joined(separator: ", "))), "
          + "not \(inputs.count)"
      )
    }
    var values = [NamedOperator.Result](repeating: .none, count: valueCount)
    for (port, input) in zip(self.inputs, inputs) {
      values[port.value] = .tensor(writes ? Aten.clone(.tensor(input)) : input)
    }
    for (index, weight) in self.weights.enumerated() {
      let tensor = weights?[index] ?? weight.tensor
      values[weight.value] = .tensor(weight.isWritten ? Aten.clone(.tensor(tensor)) : tensor)
    }
    let device = inputs.first?.device ?? .cpu
    for node in nodes {
      do {
        let results = try node.results(values, on: device, pass)
        for (slot, result) in zip(node.results, results) { if let slot { values[slot] = result } }
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
      for value in node.finished { values[value] = .none }
    }
    return try outputs.map { port in
      guard case .tensor(let tensor) = values[port.value] else {
        throw DistillationError("the model's output '\(port.name)' is no tensor")
      }
      return tensor
    }
  }
}

extension ModelGraph.Node {
  fileprivate func results(
    _ values: [NamedOperator.Result],
    on device: Device,
    _ pass: Pass?
  ) throws -> [NamedOperator.Result] {
    switch operation {
    case .tensors(let found):
      let arguments = try operands.map { try $0.argument(values, on: device) }
      try SizeLimit.check(found, arguments)
      let given = try found.results(arguments, capacity: results.count)
      try SizeLimit.check(given)
      pass?.count(found.multiplyAdds(arguments, given))
      return given
    case .numbers(let operation):
      return [try operation(operands.map { try $0.number(values) })]
    case .function(let function):
      let arguments = try operands.map { try $0.tensor(values) }
      let given = try withTorchErrors { try function.body(arguments) }
      guard given.count >= results.count else {
        throw TorchError("\(given.count) results where \(results.count) are expected")
      }
      pass?.count(function.multiplyAdds(arguments, given))
      return given.prefix(results.count).map { $0.map { .tensor($0) } ?? .none }
    }
  }
}

extension ModelGraph.Operand {
  fileprivate func argument(_ values: [NamedOperator.Result], on device: Device) throws -> Argument
  {
    switch self {
    case .constant(let argument): return argument
    case .device: return .device(device)
    case .value(let slot):
      return switch values[slot] {
      case .none: .none
      case .tensor(let tensor): .tensor(tensor)
      case .integer(let integer): .integer(integer)
      case .real(let real): .real(real)
      case .bool(let bool): .bool(bool)
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

  /// The tensor of an operator's argument; nil where it is left out.
  fileprivate func tensor(_ values: [NamedOperator.Result]) throws -> Tensor? {
    switch self {
    case .constant(.none): return nil
    case .value(let slot):
      guard case .tensor(let tensor) = values[slot] else {
        throw TorchError("a tensor is expected where there is none")
      }
      return tensor
    default: throw TorchError("a tensor is expected where there is none")
    }
  }

  fileprivate func number(_ values: [NamedOperator.Result]) throws -> NamedOperator.Result {
    switch self {
    case .value(let slot): return values[slot]
    case .constant(.integer(let integer)): return .integer(integer)
    case .constant(.real(let real)): return .real(real)
    case .constant(.bool(let bool)): return .bool(bool)
    default: throw TorchError("a number is expected where there is none")
    }
  }
}
