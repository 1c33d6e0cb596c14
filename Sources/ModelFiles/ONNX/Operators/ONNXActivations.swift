import Tensors

/// Activation functions.
enum ONNXActivations {
  private static let clamp = Torch("clamp", "Tensor")
  private static let relu = Torch("relu")
  private static let sigmoid = Torch("sigmoid")
  private static let softplus = Torch("softplus")
  private static let mish = Torch("mish")
  private static let hardSwish = Torch("hardswish")
  private static let leaky = Torch("leaky_relu")
  private static let elu = Torch("elu")
  private static let celu = Torch("celu")
  private static let gelu = Torch("gelu")
  private static let threshold = Torch("threshold")
  private static let choose = Torch("where", "self")
  private static let less = Torch("lt", "Scalar")
  private static let greater = Torch("gt", "Scalar")
  private static let softmax = Torch("softmax", "int")
  private static let logSoftmax = Torch("log_softmax", "int")
  private static let scaled = Torch("mul", "Scalar")
  private static let shifted = Torch("add", "Scalar")

  /// Along one axis; earlier versions laid all axes from it on flat.
  private static func alongAxis(_ function: Torch, _ call: ONNXCall) throws -> Tensor {
    let x = try call[0]
    if call.opset >= 13 {
      let axis = try x.axis(call.integer("axis", -1))
      return try function(.tensor(x), .integer(axis), .none)
    }
    let flat = try ONNXShapes.flattened(x, try call.integer("axis", 1))
    return try function(.tensor(flat), .integer(1), .none).reshaped(to: x.shape)
  }

  private static func number(_ value: Double, like x: Tensor) -> Tensor {
    Tensor(value).cast(to: x.elementType)
  }

  static let all: [String: ONNXFunction] = [
    "Relu": { call in [try relu(.tensor(call[0]))] },
    "Sigmoid": { call in [try sigmoid(.tensor(call[0]))] },
    "Softplus": { call in [try softplus(.tensor(call[0]), .real(1), .real(40))] },
    "Softsign": { call in
      let x = try call[0]
      return [x / (x.magnitude + 1)]
    },
    "Mish": { call in [try mish(.tensor(call[0]))] },
    "HardSwish": { call in [try hardSwish(.tensor(call[0]))] },
    "Swish": { call in
      let x = try call[0]
      let scaled = try scaled(.tensor(x), .real(call.real("alpha", 1)))
      return [x * (try sigmoid(.tensor(scaled)))]
    },
    "LeakyRelu": { call in [try leaky(.tensor(call[0]), .real(call.real("alpha", 0.01)))] },
    "Elu": { call in
      [try elu(.tensor(call[0]), .real(call.real("alpha", 1)), .real(1), .real(1))]
    },
    "Selu": { call in
      let alpha = try call.real("alpha", 1.6732632423543772)
      let gamma = try call.real("gamma", 1.0507009873554805)
      return [try elu(.tensor(call[0]), .real(alpha), .real(gamma), .real(1))]
    },
    "Celu": { call in [try celu(.tensor(call[0]), .real(call.real("alpha", 1)))] },
    "Gelu": { call in [try gelu(.tensor(call[0]), .string(call.text("approximate", "none")))] },
    "ThresholdedRelu": { call in
      [try threshold(.tensor(call[0]), .real(call.real("alpha", 1)), .real(0))]
    },
    "HardSigmoid": { call in
      let scaled = try scaled(.tensor(call[0]), .real(call.real("alpha", 0.2)))
      let x = try shifted(.tensor(scaled), .real(call.real("beta", 0.5)), .integer(1))
      return [try clamp(.tensor(x), .tensor(number(0, like: x)), .tensor(number(1, like: x)))]
    },
    "Shrink": { call in
      let x = try call[0]
      let (bound, bias) = (try call.real("lambd", 0.5), try call.real("bias", 0))
      let above = try shifted(.tensor(x), .real(-bias), .integer(1))
      let below = try shifted(.tensor(x), .real(bias), .integer(1))
      let low = try choose(
        .tensor(less(.tensor(x), .real(-bound))),
        .tensor(below),
        .tensor(x.zerosLike)
      )
      return [try choose(.tensor(greater(.tensor(x), .real(bound))), .tensor(above), .tensor(low))]
    },
    "PRelu": { call in
      let (x, slope) = (try call[0], try call[1])
      return [try choose(.tensor(less(.tensor(x), .integer(0))), .tensor(x * slope), .tensor(x))]
    },
    "Clip": { call in
      let x = try call[0]
      var (low, high) = (call.optional(1), call.optional(2))
      if call.opset < 11 {
        low = number(try call.real("min", -.infinity), like: x)
        high = number(try call.real("max", .infinity), like: x)
      }
      if low == nil, high == nil { return [x] }
      return [try clamp(.tensor(x), .tensor(low), .tensor(high))]
    },
    "Softmax": { call in [try alongAxis(softmax, call)] },
    "LogSoftmax": { call in [try alongAxis(logSoftmax, call)] },
    "Hardmax": { call in
      let x = try call[0]
      let axis = try x.axis(call.integer("axis", call.opset >= 13 ? -1 : 1))
      let flat = call.opset >= 13 ? x : try ONNXShapes.flattened(x, axis)
      let along = call.opset >= 13 ? axis : 1
      let best = flat.indexOfMaximum(along: along, keepingAxes: true)
      let places = Tensor(Array(0..<flat.shape[along])).reshaped(
        to: (0..<flat.rank).map { $0 == along ? flat.shape[along] : 1 }
      )
      let isBest = try equal(.tensor(best), .tensor(places))
      return [isBest.cast(to: x.elementType).reshaped(to: x.shape)]
    },
  ]

  private static let equal = Torch("eq", "Tensor")
}
