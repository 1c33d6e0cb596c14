import Tensors

/// What is computed number by number, with broadcasting.
enum ONNXElementwise {
  static let all: [String: ONNXFunction] = unary.merging(binary) { one, _ in one }
    .merging(others) { one, _ in one }

  static let names = [
    "Abs": "abs", "Acos": "acos", "Acosh": "acosh", "Asin": "asin", "Asinh": "asinh",
    "Atan": "atan", "Atanh": "atanh", "BitwiseNot": "bitwise_not", "Ceil": "ceil", "Cos": "cos",
    "Cosh": "cosh", "Erf": "erf", "Exp": "exp", "Floor": "floor", "IsNaN": "isnan", "Log": "log",
    "Neg": "neg", "Not": "logical_not", "Reciprocal": "reciprocal", "Round": "round",
    "Sign": "sign", "Sin": "sin", "Sinh": "sinh", "Sqrt": "sqrt", "Tan": "tan", "Tanh": "tanh",
  ]

  private static let unary: [String: ONNXFunction] = names.mapValues { name in
    let function = Torch(name)
    return { call in [try function(.tensor(call[0]))] }
  }

  private static let pairs = [
    "And": "logical_and", "Or": "logical_or", "Xor": "logical_xor", "BitwiseAnd": "bitwise_and",
    "BitwiseOr": "bitwise_or", "BitwiseXor": "bitwise_xor", "Greater": "gt",
    "GreaterOrEqual": "ge", "Less": "lt", "LessOrEqual": "le",
  ]

  private static let binary: [String: ONNXFunction] = pairs.mapValues { name in
    let function = Torch(name, name.hasPrefix("logical") ? "" : "Tensor")
    return { call in [try function(.tensor(call[0]), .tensor(call[1]))] }
  }

  private static let equals = Torch("eq", "Tensor")

  /// Of numbers.
  static let equal: ONNXFunction = { call in [try equals(.tensor(call[0]), .tensor(call[1]))] }

  private static let add = Torch("add", "Tensor")
  private static let subtract = Torch("sub", "Tensor")
  private static let multiply = Torch("mul", "Tensor")
  private static let divide = Torch("div", "Tensor")
  private static let divideWith = Torch("div", "Tensor_mode")
  private static let power = Torch("pow", "Tensor_Tensor")
  private static let remainder = Torch("remainder", "Tensor")
  private static let fmod = Torch("fmod", "Tensor")
  private static let maximum = Torch("maximum")
  private static let minimum = Torch("minimum")
  private static let shiftLeft = Torch("bitwise_left_shift", "Tensor")
  private static let shiftRight = Torch("bitwise_right_shift", "Tensor")
  private static let choose = Torch("where", "self")
  private static let isInfinite = Torch("isinf")
  private static let isPositive = Torch("isposinf")
  private static let isNegative = Torch("isneginf")

  private static func folded(_ function: Torch, _ call: ONNXCall) throws -> Tensor {
    let all = try call.all()
    return try all.dropFirst().reduce(all[0]) { try function(.tensor($0), .tensor($1)) }
  }

  static func sum(_ call: ONNXCall) throws -> Tensor {
    let all = try call.all()
    return try all.dropFirst().reduce(all[0]) { try add(.tensor($0), .tensor($1), .integer(1)) }
  }

  /// Dividing integers by zero, or the least of them by −1, would end the program.
  private static func requireQuotients(_ a: Tensor, _ b: Tensor) throws {
    guard a.count > 0, b.count > 0 else { return }
    let divisors = b.moved(to: .cpu).cast(to: .int64).scalars(Int.self)
    let least = Int.min >> (64 - 8 * a.elementType.byteCount)
    guard !divisors.contains(0) else { throw TorchError("an integer is divided by zero") }
    guard !divisors.contains(-1) || a.cast(to: .int64).minimum().scalar(Int.self) > least else {
      throw TorchError("the least integer has no negative")
    }
  }

  private static let others: [String: ONNXFunction] = [
    "Add": { call in [try add(.tensor(call[0]), .tensor(call[1]), .integer(1))] },
    "Sub": { call in [try subtract(.tensor(call[0]), .tensor(call[1]), .integer(1))] },
    "Mul": { call in [try multiply(.tensor(call[0]), .tensor(call[1]))] },
    "Div": { call in
      let (a, b) = (try call[0], try call[1])
      if a.elementType.isFloatingPoint { return [try divide(.tensor(a), .tensor(b))] }
      try requireQuotients(a, b)
      return [try divideWith(.tensor(a), .tensor(b), .string("trunc"))]
    },
    "Pow": { call in
      let base = try call[0]
      return [try power(.tensor(base), .tensor(call[1])).cast(to: base.elementType)]
    },
    "Mod": { call in
      let (a, b) = (try call[0], try call[1])
      if !a.elementType.isFloatingPoint { try requireQuotients(a, b) }
      let isC = try call.integer("fmod", 0) == 1
      return [try (isC ? fmod : remainder)(.tensor(a), .tensor(b))]
    },
    "BitShift": { call in
      let isLeft = try call.text("direction", "") == "LEFT"
      return [try (isLeft ? shiftLeft : shiftRight)(.tensor(call[0]), .tensor(call[1]))]
    },
    "Max": { call in [try folded(maximum, call)] },
    "Min": { call in [try folded(minimum, call)] },
    "Sum": { call in [try sum(call)] },
    "Mean": { call in [try sum(call) / Double(call.inputs.count)] },
    "Where": { call in [try choose(.tensor(call[0]), .tensor(call[1]), .tensor(call[2]))] },
    "IsInf": { call in
      let positive = try call.integer("detect_positive", 1) != 0
      let negative = try call.integer("detect_negative", 1) != 0
      let x = try call[0]
      switch (positive, negative) {
      case (true, true): return [try isInfinite(.tensor(x))]
      case (true, false): return [try isPositive(.tensor(x))]
      case (false, true): return [try isNegative(.tensor(x))]
      case (false, false): return [Tensor.zeros(x.shape, .bool)]
      }
    },
  ]
}
