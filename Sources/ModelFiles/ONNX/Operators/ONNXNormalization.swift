import Tensors

/// What brings numbers to a common scale.
enum ONNXNormalization {
  private static let batchNorm = Torch("batch_norm")
  private static let instanceNorm = Torch("instance_norm")
  private static let groupNorm = Torch("group_norm")
  private static let meanOver = Torch("mean", "dim")
  private static let shifted = Torch("add", "Scalar")
  private static let reciprocalRoot = Torch("rsqrt")
  private static let multiply = Torch("mul", "Tensor")
  private static let add = Torch("add", "Tensor")
  private static let norm = Torch("linalg_vector_norm")

  private static func mean(_ x: Tensor, _ axes: [Int]) throws -> Tensor {
    try meanOver(.tensor(x), .integers(axes), .bool(true), .none)
  }

  private static func scaled(_ x: Tensor, _ call: ONNXCall) throws -> Tensor {
    let y = try multiply(.tensor(x), .tensor(call[1]))
    guard let bias = call.optional(2) else { return y }
    return try add(.tensor(y), .tensor(bias), .integer(1))
  }

  static let all: [String: ONNXFunction] = [
    "BatchNormalization": { call in
      try call.refuse("spatial", unless: call.integer("spatial", 1) == 1)
      let x = try call[0]
      var (mean, variance) = (try call[3], try call[4])
      var kept: [Tensor] = []
      if try call.integer("training_mode", 0) != 0 {
        guard x.rank >= 2 else { throw TorchError("shape \(x.shape) has no channels") }
        let momentum = try call.real("momentum", 0.9)
        let axes = [0] + Array(2..<x.rank)
        let seenMean = try ONNXNormalization.mean(x, axes)
        let seenVariance = try ONNXNormalization.mean((x - seenMean).squared, axes)
        let (oldMean, oldVariance) = (mean, variance)
        mean = try ONNXShapes.reshaped(seenMean, oldMean.shape)
        variance = try ONNXShapes.reshaped(seenVariance, oldVariance.shape)
        kept = [
          oldMean * momentum + mean * (1 - momentum),
          oldVariance * momentum + variance * (1 - momentum),
        ]
      }
      return [
        try batchNorm(
          .tensor(x),
          .tensor(call[1]),
          .tensor(call[2]),
          .tensor(mean),
          .tensor(variance),
          .bool(false),
          .real(0),
          .real(call.real("epsilon", 1e-5)),
          .bool(false)
        )
      ] + kept
    },
    "InstanceNormalization": { call in
      [
        try instanceNorm(
          .tensor(call[0]),
          .tensor(call[1]),
          .tensor(call[2]),
          .none,
          .none,
          .bool(true),
          .real(0),
          .real(call.real("epsilon", 1e-5)),
          .bool(false)
        )
      ]
    },
    "GroupNormalization": { call in
      let (x, groups) = (try call[0], try call.integer("num_groups", 1))
      guard x.rank >= 2, groups > 0, x.shape[1] % groups == 0 else {
        throw TorchError("shape \(x.shape) has no \(groups) groups of channels")
      }
      func perChannel(_ index: Int) throws -> Tensor {
        let numbers = try call[index]
        guard numbers.shape == [groups], groups != x.shape[1] else { return numbers }
        let columns = try ONNXShapes.reshaped(numbers, [groups, 1])
        let each = columns + Tensor.zeros([1, x.shape[1] / groups], numbers.elementType)
        return try ONNXShapes.reshaped(each, [x.shape[1]])
      }
      return [
        try groupNorm(
          .tensor(x),
          .integer(groups),
          .tensor(perChannel(1)),
          .tensor(perChannel(2)),
          .real(call.real("epsilon", 1e-5)),
          .bool(false)
        )
      ]
    },
    "LayerNormalization": { call in
      let x = try call[0]
      let first = try x.axis(call.integer("axis", -1))
      let axes = Array(first..<x.rank)
      let mean = try mean(x, axes)
      let centred = x - mean
      let variance = try ONNXNormalization.mean(centred.squared, axes)
      let inverse = try reciprocalRoot(
        .tensor(shifted(.tensor(variance), .real(call.real("epsilon", 1e-5)), .integer(1)))
      )
      return [try scaled(centred * inverse, call), mean, inverse]
    },
    "RMSNormalization": { call in
      let x = try call[0]
      let first = try x.axis(call.integer("axis", -1))
      let square = try mean(x.squared, Array(first..<x.rank))
      let inverse = try reciprocalRoot(
        .tensor(shifted(.tensor(square), .real(call.real("epsilon", 1e-5)), .integer(1)))
      )
      return [try scaled(x * inverse, call)]
    },
    "MeanVarianceNormalization": { call in
      let x = try call[0]
      let axes = try (call.integers("axes") ?? [0, 2, 3]).map { try x.axis($0) }
      let centred = x - (try mean(x, axes))
      let deviation = try mean(centred.squared, axes).squareRoot
      return [centred / (try shifted(.tensor(deviation), .real(1e-9), .integer(1)))]
    },
    "LpNormalization": { call in
      let x = try call[0]
      let axis = try x.axis(call.integer("axis", -1))
      let length = try norm(
        .tensor(x),
        .real(Double(call.integer("p", 2))),
        .integers([axis]),
        .bool(true),
        .none
      )
      // Nothing but zeros stays as it is.
      return [x / length.clamped(min: 1e-30)]
    },
    "LRN": { call in
      let (x, size) = (try call[0], try call.integer("size", 1))
      guard x.rank >= 2, size > 0 else { throw TorchError("shape \(x.shape) has no channels") }
      let none = Array(repeating: 0, count: x.rank - 2)
      let (before, after) = ((size - 1) / 2, size - 1 - (size - 1) / 2)
      let squares = try ONNXWindows.padded(x.squared, [before] + none, [after] + none, with: 0)
      var sum = try ONNXShapes.sliced(squares, 1, 0..<x.shape[1])
      for start in 1..<max(size, 1) {
        sum = sum + (try ONNXShapes.sliced(squares, 1, start..<start + x.shape[1]))
      }
      let alpha = try call.real("alpha", 1e-4) / Double(size)
      let base = try shifted(.tensor(sum * alpha), .real(call.real("bias", 1)), .integer(1))
      return [x / base.raised(to: try call.real("beta", 0.75))]
    },
  ]
}
