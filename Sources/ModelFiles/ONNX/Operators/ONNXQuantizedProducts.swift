import Tensors

/// Products of quantised numbers, which are exact in doubles.
enum ONNXQuantizedProducts {
  private static let round = Torch("round")
  private static let subtract = Torch("sub", "Tensor")
  private static let multiply = Torch("mul", "Tensor")
  private static let divide = Torch("div", "Tensor")
  private static let matmul = Torch("matmul")

  /// Integers less their zero point.
  private static func centred(_ x: Tensor, _ zero: Tensor?) throws -> Tensor {
    guard let zero else { return x.cast(to: .float64) }
    return try subtract(
      .tensor(x.cast(to: .float64)),
      .tensor(zero.cast(to: .float64)),
      .integer(1)
    )
  }

  /// A number of each filter, so that it broadcasts over weights.
  private static func perFilter(_ numbers: Tensor?, _ rank: Int) throws -> Tensor? {
    guard let numbers, numbers.rank == 1, numbers.count > 1 else { return numbers }
    let ones = Array(repeating: 1, count: max(rank - 1, 0))
    return try ONNXShapes.reshaped(numbers, [numbers.count] + ones)
  }

  /// A number of each row, so that it broadcasts over matrices.
  private static func perRow(_ numbers: Tensor?) throws -> Tensor? {
    guard let numbers, numbers.rank == 1 else { return numbers }
    return try ONNXShapes.reshaped(numbers, [numbers.count, 1])
  }

  /// Exact sums of products, brought to the scale of the output.
  private static func scaled(
    _ sums: Tensor,
    _ scales: [Tensor],
    by output: Tensor,
    _ zero: Tensor?,
    _ type: ElementType
  ) throws -> Tensor {
    let factor = try scales.dropFirst().reduce(scales[0].cast(to: .float64)) {
      try multiply(.tensor($0), .tensor($1.cast(to: .float64)))
    }
    let ratio = try divide(.tensor(factor), .tensor(output.cast(to: .float64)))
    let value = try multiply(.tensor(sums), .tensor(ratio))
    return try ONNXQuantization.quantized(value, zero, .own(type)).tensor()
  }

  static let all: [String: ONNXFunction] = [
    "MatMulInteger": { call in
      // One for each row of the first, or each column of the second.
      let a = try centred(call[0], perRow(call.optional(2)))
      let b = try centred(call[1], call.optional(3))
      return [try round(.tensor(matmul(.tensor(a), .tensor(b)))).cast(to: .int32)]
    },
    "ConvInteger": { call in
      var inner = call
      let weights = try call[1]
      inner.inputs = [
        try centred(call[0], call.optional(2)),
        try centred(weights, perFilter(call.optional(3), weights.rank)),
      ]
      return [try round(.tensor(ONNXWindows.convolved(inner))).cast(to: .int32)]
    },
    "QLinearMatMul": { call in
      let a = try centred(call[0], perRow(call.optional(2)))
      let b = try centred(call[3], call.optional(5))
      let scales = [try perRow(call[1])!, try call[4]]
      let zero = call.optional(7)
      return [
        try scaled(
          matmul(.tensor(a), .tensor(b)),
          scales,
          by: call[6],
          zero,
          zero?.elementType ?? call[0].elementType
        )
      ]
    },
    "QLinearConv": { call in
      var inner = call
      let weights = try call[3]
      inner.inputs = [
        try centred(call[0], call.optional(2)),
        try centred(weights, perFilter(call.optional(5), weights.rank)),
        call.optional(8)?.cast(to: .float64),
      ]
      var scale = try call[4]
      if scale.count > 1 {
        let ones = Array(repeating: 1, count: max(weights.rank - 2, 0))
        scale = try ONNXShapes.reshaped(scale, [1, scale.count] + ones)
      }
      let zero = call.optional(7)
      return [
        try scaled(
          ONNXWindows.convolved(inner),
          [call[1], scale],
          by: call[6],
          zero,
          zero?.elementType ?? call[0].elementType
        )
      ]
    },
  ]
}
