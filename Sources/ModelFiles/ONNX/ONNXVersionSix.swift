import Tensors

/// What operators of version 6 say in other ways than since version 7.
enum ONNXVersionSix {
  /// Those whose second input is laid along axes of the first by attributes, not by NumPy's rules.
  private static let laid: Set = [
    "Add", "Sub", "Mul", "Div", "Pow", "And", "Or", "Xor", "Equal", "Greater", "Less",
  ]

  /// The call as version 7 would say it.
  ///
  /// - Throws: ``TorchError`` where it cannot.
  static func renewed(_ call: ONNXCall) throws -> ONNXCall {
    var call = call
    switch call.name {
    case "BatchNormalization":
      guard try call.integer("is_test", 0) != 0 else {
        throw TorchError("it was written in training mode: export the model in evaluation mode")
      }
    case "PRelu": try call.lay(from: 1)
    case let name where laid.contains(name):
      guard try call.integer("broadcast", 0) != 0, let axis = try call.optionalInteger("axis")
      else { break }
      try call.lay(from: axis)
    default: break
    }
    return call
  }
}

extension ONNXCall {
  /// Lays the second input along the axes of the first that begin with one; a single number is of all.
  fileprivate mutating func lay(from axis: Int) throws {
    guard values.count > 1, case .tensor(let x) = values[0], case .tensor(let y) = values[1],
      y.count > 1
    else { return }
    let behind = try x.rank - x.axis(axis) - y.rank
    guard behind > 0 else { return }
    values[1] = .tensor(
      try ONNXShapes.reshaped(y, y.shape + Array(repeating: 1, count: behind))
    )
  }
}
