import Tensors

/// Numbers as bytes and scales.
enum ONNXQuantization {
  private static let round = Torch("round")
  private static let clamp = Torch("clamp")
  private static let divide = Torch("div", "Tensor")
  private static let multiply = Torch("mul", "Tensor")
  private static let subtract = Torch("sub", "Tensor")
  private static let add = Torch("add", "Tensor")
  private static let spread = Torch("repeat_interleave", "self_int")
  private static let matmul = Torch("matmul")

  /// A scale or zero point of each place of an axis, so that it broadcasts.
  private static func along(_ numbers: Tensor, _ call: ONNXCall, _ x: Tensor) throws -> Tensor {
    guard numbers.count > 1 else { return numbers.reshaped(to: []) }
    let axis = try x.axis(call.integer("axis", 1))
    let block = try call.integer("block_size", 0)
    if block > 0, numbers.rank == x.rank, numbers.shape[axis] <= x.shape[axis] {
      let each = try spread(.tensor(numbers), .integer(block), .integer(axis), .none)
      return try ONNXShapes.sliced(each, axis, 0..<x.shape[axis])
    }
    guard numbers.rank == 1, numbers.shape[0] == x.shape[axis] else {
      throw TorchError("scales of \(numbers.shape) for shape \(x.shape)")
    }
    return try ONNXShapes.reshaped(
      numbers,
      (0..<x.rank).map { $0 == axis ? numbers.count : 1 }
    )
  }

  private static func bounds(_ type: ElementType) throws -> ClosedRange<Int> {
    switch type {
    case .uint8: 0...255
    case .int8: -128...127
    case .int16: -32_768...32_767
    default: throw TorchError("\(type) holds no quantised numbers")
    }
  }

  private static func quantized(
    _ x: Tensor,
    _ scale: Tensor,
    _ zero: Tensor,
    _ type: ElementType
  ) throws -> Tensor {
    let bounds = try bounds(type)
    let scaled = try round(.tensor(divide(.tensor(x), .tensor(scale))))
    let moved = try add(.tensor(scaled), .tensor(zero.cast(to: x.elementType)), .integer(1))
    return try clamp(.tensor(moved), .integer(bounds.lowerBound), .integer(bounds.upperBound))
      .cast(to: type)
  }

  /// Integers less their zero point, as numbers that products of them are exact in.
  private static func centred(_ x: Tensor, _ zero: Tensor?) throws -> Tensor {
    guard let zero else { return x.cast(to: .float64) }
    return try subtract(
      .tensor(x.cast(to: .float64)),
      .tensor(zero.cast(to: .float64)),
      .integer(1)
    )
  }

  static let all: [String: ONNXFunction] = [
    "QuantizeLinear": { call in
      let x = try call[0]
      let code = try call.integer("output_dtype", 0)
      let type = code == 0 ? .uint8 : ElementType(onnx: code)
      guard let type else { throw TorchError("ONNX's element type \(code) is not known here") }
      let zero = call.optional(2) ?? Tensor(0).cast(to: type)
      return [
        try quantized(x, along(call[1], call, x), along(zero, call, x), zero.elementType)
      ]
    },
    "DequantizeLinear": { call in
      let (x, scale) = (try call[0], try call[1])
      var numbers = x.cast(to: scale.elementType)
      if let zero = call.optional(2) {
        let own = try along(zero, call, x).cast(to: scale.elementType)
        numbers = try subtract(.tensor(numbers), .tensor(own), .integer(1))
      }
      return [try multiply(.tensor(numbers), .tensor(along(scale, call, x)))]
    },
    "DynamicQuantizeLinear": { call in
      let x = try call[0]
      guard x.count > 0 else { throw TorchError("there is nothing to quantise") }
      let low = min(0, x.minimum().doubleValue)
      let high = max(0, x.maximum().doubleValue)
      let scale = Tensor(Float(high - low) / 255)
      let isFlat = high == low
      let own = isFlat ? Tensor(1 as Float) : scale
      let zero = try clamp(
        .tensor(round(.tensor(Tensor(Float(-low)) / own))),
        .integer(0),
        .integer(255)
      )
      return [
        try quantized(x, own, zero, .uint8), isFlat ? Tensor(0 as Float) : scale,
        zero.cast(to: .uint8),
      ]
    },
    "MatMulInteger": { call in
      // One for each row of the first, or each column of the second.
      let rows = call.optional(2).map { $0.rank == 1 ? $0.reshaped(to: [$0.count, 1]) : $0 }
      let (a, b) = (try centred(call[0], rows), try centred(call[1], call.optional(3)))
      return [try round(.tensor(matmul(.tensor(a), .tensor(b)))).cast(to: .int32)]
    },
    "ConvInteger": { call in
      var inner = call
      let ones = Array(repeating: 1, count: max(try call[1].rank - 1, 0))
      let filters = call.optional(3).map { $0.rank == 1 ? $0.reshaped(to: [$0.count] + ones) : $0 }
      inner.inputs = [try centred(call[0], call.optional(2)), try centred(call[1], filters)]
      return [try round(.tensor(ONNXWindows.all["Conv"]!(inner)[0])).cast(to: .int32)]
    },
  ]
}
