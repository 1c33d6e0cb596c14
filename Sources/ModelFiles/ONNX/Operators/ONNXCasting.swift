import Tensors

/// Numbers of one type as those of another.
enum ONNXCasting {
  private static let view = Torch("view", "dtype")

  static let all: [String: ONNXValueFunction] = [
    "Cast": { call in [try cast(call, to: number(call, "to"))] },
    "CastLike": { call in
      switch call.value(1) {
      case .tensor(let like)?: return [try cast(call, to: .own(like.elementType))]
      case .foreign(_, let type)?: return [try cast(call, to: .foreign(type))]
      default: throw TorchError("it is cast to no numbers")
      }
    },
    "BitCast": { call in [try bitCast(call)] },
  ]

  /// The type that an attribute names.
  static func number(_ call: ONNXCall, _ attribute: String) throws -> ONNXNumber {
    let code = try call.integer(attribute, 0)
    guard let type = ONNXNumber(code) else {
      throw TorchError("ONNX's element type \(code) is not known here")
    }
    return type
  }

  private static func cast(_ call: ONNXCall, to type: ONNXNumber) throws -> ModelValue {
    guard let value = call.value(0) else { throw TorchError("there is nothing to cast") }
    let x = try value.tensor()
    if case .foreign(_, .uint64) = value, type != .foreign(.uint64), x.count > 0,
      x.minimum().scalar(Int.self) < 0
    {
      throw TorchError("a number of 64 bits is beyond those with a sign")
    }
    let saturates = try call.integer("saturate", 1) != 0
    guard let rounding = ForeignType.Rounding(rawValue: try call.text("round_mode", "up")) else {
      throw TorchError("its way to round is not known here")
    }
    return try cast(x, to: type, saturates: saturates, rounding)
  }

  static func cast(
    _ x: Tensor,
    to type: ONNXNumber,
    saturates: Bool = true,
    _ rounding: ForeignType.Rounding = .up
  ) throws -> ModelValue {
    switch type {
    case .own(let type): return .tensor(x.cast(to: type))
    case .foreign(let type):
      if type.isFloatingPoint {
        return .foreign(type.rounded(x, saturates: saturates, rounding), type)
      }
      return .foreign(try type.wrapped(x.cast(to: .int64)), type)
    }
  }

  /// The type with a sign of as many bits, which libtorch has.
  private static func signed(_ type: ForeignType) throws -> ElementType {
    switch type {
    case .uint16: .int16
    case .uint32: .int32
    case .uint64: .int64
    default: throw TorchError("the bits of \(type.rawValue) are not at hand")
    }
  }

  private static func bitCast(_ call: ONNXCall) throws -> ModelValue {
    guard let value = call.value(0) else { throw TorchError("there is nothing to cast") }
    var x = try value.tensor()
    if case .foreign(_, let type) = value { x = x.cast(to: try signed(type)) }
    let target = try number(call, "to")
    let bits: ElementType
    switch target {
    case .own(let type): bits = type
    case .foreign(let type): bits = try signed(type)
    }
    guard bits.byteCount == x.elementType.byteCount else {
      throw TorchError("\(x.elementType) has not as many bits as \(bits)")
    }
    let seen = bits == x.elementType ? x : try view(.tensor(x), .type(bits))
    guard case .foreign(let type) = target else { return .tensor(seen) }
    return .foreign(try type.wrapped(seen.cast(to: .int64)), type)
  }
}
