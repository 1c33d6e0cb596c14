import Mathematics
import Tensors

/// What makes one number of many.
enum ONNXReductions {
  private static let sum = Torch("sum", "dim_IntList")
  private static let mean = Torch("mean", "dim")
  private static let largest = Torch("amax")
  private static let smallest = Torch("amin")
  private static let product = Torch("prod", "dim_int")
  private static let logSumExp = Torch("logsumexp")
  private static let argMax = Torch("argmax")
  private static let argMin = Torch("argmin")
  private static let flip = Torch("flip")

  /// What a reduction does along axes, all of which are kept.
  private typealias Reduction = @Sendable (Tensor, [Int]) throws -> Tensor

  private static func sum(_ x: Tensor, _ axes: [Int]) throws -> Tensor {
    try sum(.tensor(x), .integers(axes), .bool(true), .none).cast(to: x.elementType)
  }

  /// The largest or smallest of no numbers; nil where there are some.
  private static func ofNone(_ x: Tensor, _ axes: [Int], _ value: Double) -> Tensor? {
    guard axes.contains(where: { x.shape[$0] == 0 }) else { return nil }
    let shape = x.shape.indices.map { axes.contains($0) ? 1 : x.shape[$0] }
    let number = x.elementType == .bool ? Tensor(value > 0) : Tensor(value).cast(to: x.elementType)
    return Tensor.zeros(shape, x.elementType) + number
  }

  private static let reductions: [String: Reduction] = [
    "ReduceSum": { try sum($0, $1) },
    "ReduceMean": { x, axes in
      if x.elementType.isFloatingPoint {
        return try mean(.tensor(x), .integers(axes), .bool(true), .none)
      }
      let count = axes.reduce(1) { $0 * x.shape[$1] }
      return (try sum(x, axes).cast(to: .float64) / Double(count)).cast(to: x.elementType)
    },
    "ReduceMax": { x, axes in
      try ofNone(x, axes, -.infinity) ?? largest(.tensor(x), .integers(axes), .bool(true))
    },
    "ReduceMin": { x, axes in
      try ofNone(x, axes, .infinity) ?? smallest(.tensor(x), .integers(axes), .bool(true))
    },
    "ReduceProd": { x, axes in
      try axes.reduce(x) { x, axis in
        try product(.tensor(x), .integer(axis), .bool(true), .none).cast(to: x.elementType)
      }
    },
    "ReduceL1": { try sum($0.magnitude, $1) },
    "ReduceL2": { try sum($0.squared, $1).squareRoot },
    "ReduceLogSum": { try sum($0, $1).logarithm },
    "ReduceLogSumExp": { try logSumExp(.tensor($0), .integers($1), .bool(true)) },
    "ReduceSumSquare": { try sum($0.squared, $1) },
  ]

  static let all: [String: ONNXFunction] = reductions.reduce(into: choices) { all, entry in
    let (name, reduction) = entry
    let version = name == "ReduceSum" ? 13 : 18
    all[name] = { call in
      let x = try call[0]
      var axes = try call.axes(inputSince: version)?.map { try x.axis($0) } ?? []
      if axes.isEmpty {
        if try call.integer("noop_with_empty_axes", 0) != 0 {
          return [
            try reduction(ONNXShapes.reshaped(x, x.shape + [1]), [x.rank]).reshaped(to: x.shape)
          ]
        }
        axes = Array(0..<x.rank)
      }
      // A number alone has no axes, and libtorch takes none for all.
      let value =
        x.rank == 0
        ? try reduction(x.reshaped(to: [1]), [0]).reshaped(to: []) : try reduction(x, axes)
      if try call.integer("keepdims", 1) != 0 { return [value] }
      let kept = value.shape.indices.filter { !axes.contains($0) }.map { value.shape[$0] }
      return [try ONNXShapes.reshaped(value, kept)]
    }
  }

  private static let choices: [String: ONNXFunction] = [
    "ArgMax": { call in [try choice(argMax, call)] },
    "ArgMin": { call in [try choice(argMin, call)] },
  ]

  private static func choice(_ function: Torch, _ call: ONNXCall) throws -> Tensor {
    let x = try call[0]
    let axis = try x.axis(call.integer("axis", 0))
    let keeps = try call.integer("keepdims", 1) != 0
    guard try call.integer("select_last_index", 0) != 0 else {
      return try function(.tensor(x), .integer(axis), .bool(keeps))
    }
    let flipped = try flip(.tensor(x), .integers([axis]))
    let fromEnd = try function(.tensor(flipped), .integer(axis), .bool(keeps))
    return Tensor(x.shape[axis] - 1) - fromEnd
  }
}
