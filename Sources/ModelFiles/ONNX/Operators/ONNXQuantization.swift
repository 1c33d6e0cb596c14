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

  /// A scale or zero point of each place of an axis, so that it broadcasts.
  private static func along(_ numbers: Tensor, _ call: ONNXCall, _ x: Tensor) throws -> Tensor {
    guard numbers.count > 1 else { return try ONNXShapes.reshaped(numbers, []) }
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

  static func bounds(_ type: ONNXNumber) throws -> ClosedRange<Int> {
    switch type {
    case .own(.uint8): return 0...255
    case .own(.int8): return -128...127
    case .own(.int16): return -32_768...32_767
    case .own(let type): throw TorchError("\(type) holds no quantised numbers")
    case .foreign(let type):
      guard let bounds = type.bounds else {
        throw TorchError("\(type.rawValue) holds no quantised numbers")
      }
      return bounds
    }
  }

  /// Scaled real numbers as whole ones of a type, moved by their zero point.
  static func quantized(_ scaled: Tensor, _ zero: Tensor?, _ type: ONNXNumber) throws -> ModelValue
  {
    let bounds = try bounds(type)
    var moved = try round(.tensor(scaled))
    if let zero {
      moved = try add(.tensor(moved), .tensor(zero.cast(to: scaled.elementType)), .integer(1))
    }
    let kept = try clamp(.tensor(moved), .integer(bounds.lowerBound), .integer(bounds.upperBound))
    return try ONNXCasting.cast(kept, to: type)
  }

  static func type(of value: ModelValue) throws -> ONNXNumber {
    switch value {
    case .tensor(let tensor): return .own(tensor.elementType)
    case .foreign(_, let type): return .foreign(type)
    default: throw TorchError("a tensor is expected where there is none")
    }
  }

  static let all: [String: ONNXValueFunction] = [
    "QuantizeLinear": { call in
      guard let value = call.value(0), let scale = call.value(1) else {
        throw TorchError("an input is missing")
      }
      let zero = call.value(2)
      var type = ONNXNumber.own(.uint8)
      if let zero {
        type = try ONNXQuantization.type(of: zero)
      } else if try call.integer("output_dtype", 0) != 0 {
        type = try ONNXCasting.number(call, "output_dtype")
      }
      var x = try value.tensor()
      var scales = try along(scale.tensor(), call, x)
      if try call.integer("precision", 0) != 0 {
        let precision = try ONNXCasting.number(call, "precision").carrier
        (x, scales) = (x.cast(to: precision), scales.cast(to: precision))
      }
      let scaled = try divide(.tensor(x), .tensor(scales))
      let zeros = try zero.map { try along($0.tensor(), call, x) }
      if case .foreign(let foreign) = type, foreign.isFloatingPoint {
        let saturates = try call.integer("saturate", 1) != 0
        let moved =
          try foreign == .float4e2m1
          ? zeros.map { try add(.tensor(scaled), .tensor($0), .integer(1)) } ?? scaled : scaled
        return [try ONNXCasting.cast(moved, to: type, saturates: saturates)]
      }
      return [try quantized(scaled, zeros, type)]
    },
    "DequantizeLinear": { call in
      guard let value = call.value(0), let scale = try call.value(1)?.tensor() else {
        throw TorchError("an input is missing")
      }
      let x = try value.tensor()
      let isDouble = scale.elementType == .float64
      var numbers = x.cast(to: isDouble ? .float64 : .float32)
      if let zero = try call.value(2)?.tensor() {
        let own = try along(zero, call, x).cast(to: numbers.elementType)
        numbers = try subtract(.tensor(numbers), .tensor(own), .integer(1))
      }
      let scales = try along(scale, call, x).cast(to: numbers.elementType)
      let result = try multiply(.tensor(numbers), .tensor(scales))
      let type =
        try call.integer("output_dtype", 0) == 0
        ? ONNXNumber.own(scale.elementType) : ONNXCasting.number(call, "output_dtype")
      return [try ONNXCasting.cast(result, to: type)]
    },
    "DynamicQuantizeLinear": { call in
      guard case .tensor(let x)? = call.value(0), x.count > 0 else {
        throw TorchError("there is nothing to quantise")
      }
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
      let scaled = try divide(.tensor(x), .tensor(own))
      return [
        try quantized(scaled, zero, .own(.uint8)), .tensor(isFlat ? Tensor(0 as Float) : scale),
        .tensor(zero.cast(to: .uint8)),
      ]
    },
  ]
}
