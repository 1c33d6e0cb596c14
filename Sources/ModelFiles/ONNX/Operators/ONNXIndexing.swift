import Tensors

/// What looks up, or puts in, numbers at places.
enum ONNXIndexing {
  private static let select = Torch("index_select")
  private static let gather = Torch("gather")
  private static let scatter = Torch("scatter", "src")
  private static let scatterReduce = Torch("scatter_reduce", "two")
  private static let put = Torch("index_put")
  private static let less = Torch("lt", "Scalar")
  private static let choose = Torch("where", "self")
  private static let nonZero = Torch("nonzero")
  private static let sorted = Torch("sort", "stable")
  private static let equal = Torch("eq", "Tensor")
  private static let cumulative = Torch("cumsum")
  private static let flip = Torch("flip")

  /// Places counted from the end made places from the start.
  private static func fromStart(_ places: Tensor, _ length: Int) throws -> Tensor {
    let wide = places.cast(to: .int64)
    let moved = wide + Tensor(length)
    return try choose(.tensor(less(.tensor(wide), .integer(0))), .tensor(moved), .tensor(wide))
  }

  /// Places `[…, axes]` in the first axes of a shape as one number each, `[…]`.
  private static func flatPlaces(_ places: Tensor, _ lengths: [Int]) throws -> Tensor {
    guard places.rank > 0, let count = places.shape.last, count <= lengths.count else {
      throw TorchError("places of shape \(places.shape) are not in \(lengths)")
    }
    var flat: Tensor?
    for axis in 0..<count {
      let one = try fromStart(places.selecting(axis, along: -1), lengths[axis])
      guard
        one.count == 0
          || one.minimum().scalar(Int.self) >= 0 && one.maximum().scalar(Int.self) < lengths[axis]
      else { throw TorchError("a place is outside shape \(lengths)") }
      flat = flat.map { $0 * Tensor(lengths[axis]) + one } ?? one
    }
    guard let flat else { throw TorchError("there are no places") }
    return flat
  }

  static let all: [String: ONNXFunction] = [
    "Gather": { call in
      let (x, places) = (try call[0], try call[1])
      let axis = try x.axis(call.integer("axis", 0))
      let flat = try fromStart(ONNXShapes.reshaped(places, [places.count]), x.shape[axis])
      let found = try select(.tensor(x), .integer(axis), .tensor(flat.moved(to: x.device)))
      return [
        try ONNXShapes.reshaped(found, x.shape[..<axis] + places.shape + x.shape[(axis + 1)...])
      ]
    },
    "GatherElements": { call in
      let (x, places) = (try call[0], try call[1])
      let axis = try x.axis(call.integer("axis", 0))
      let index = try fromStart(places, x.shape[axis])
      return [try gather(.tensor(x), .integer(axis), .tensor(index), .bool(false))]
    },
    "GatherND": { call in
      let (x, places) = (try call[0], try call[1])
      let batch = try call.integer("batch_dims", 0)
      guard batch >= 0, batch < min(x.rank, places.rank), let depth = places.shape.last,
        x.shape[..<batch] == places.shape[..<batch], batch + depth <= x.rank
      else { throw TorchError("places of \(places.shape) are not in \(x.shape)") }
      let lengths = Array(x.shape[batch..<batch + depth])
      let rest = Array(x.shape[(batch + depth)...])
      let batches = x.shape[..<batch].reduce(1, *)
      var flat = try flatPlaces(places, lengths)
      let inside = lengths.reduce(1, *)
      // Each batch has its own rows.
      flat =
        try ONNXShapes.reshaped(flat, [batches, flat.count / max(batches, 1)])
        + Tensor((0..<batches).map { $0 * inside }, shape: [batches, 1])
      let rows = try ONNXShapes.reshaped(x, [batches * inside] + rest)
      let found = try select(.tensor(rows), .integer(0), .tensor(flat.reshaped(to: [flat.count])))
      return [try ONNXShapes.reshaped(found, places.shape.dropLast() + rest)]
    },
    "ScatterElements": { call in [try scattered(call)] },
    "Scatter": { call in [try scattered(call)] },
    "ScatterND": { call in
      let (x, places, updates) = (try call[0], try call[1], try call[2])
      let reduction = try call.text("reduction", "none")
      guard let depth = places.shape.last, depth <= x.rank else {
        throw TorchError("places of \(places.shape) are not in \(x.shape)")
      }
      let flat = try flatPlaces(places, Array(x.shape[..<depth]))
      let rest = Array(x.shape[depth...])
      let rows = try ONNXShapes.reshaped(x, [x.shape[..<depth].reduce(1, *)] + rest)
      let values = try ONNXShapes.reshaped(updates, [flat.count] + rest)
      let places1 = try ONNXShapes.reshaped(flat, [flat.count])
      let changed: Tensor
      if reduction == "none" || reduction == "add" {
        changed = try put(
          .tensor(rows),
          .optionalTensors([places1]),
          .tensor(values),
          .bool(reduction == "add")
        )
      } else {
        let wide = try ONNXShapes.reshaped(places1, [flat.count] + rest.map { _ in 1 })
        changed = try scatterReduce(
          .tensor(rows),
          .integer(0),
          .tensor(wide + Tensor.zeros(values.shape, .int64)),
          .tensor(values),
          .string(torchReduction(reduction)),
          .bool(true)
        )
      }
      return [try ONNXShapes.reshaped(changed, x.shape)]
    },
    "NonZero": { call in
      let x = try call[0]
      return [try ONNXShapes.permuted(nonZero(.tensor(x)), [1, 0])]
    },
    "OneHot": { call in
      let (places, values) = (try call[0], try call[2])
      guard let depth = try call.wholeNumber(1), (1...1 << 24).contains(depth), values.count == 2
      else {
        throw TorchError("it needs a depth and two values")
      }
      let axis = try places.axis(call.integer("axis", -1), of: places.rank + 1)
      var shape = places.shape
      shape.insert(depth, at: axis)
      try SizeLimit.check(shape: shape)
      shape[axis] = 1
      let index = try ONNXShapes.reshaped(fromStart(places, depth), shape)
      let numbers = Tensor(Array(0..<depth)).reshaped(
        to: (0..<shape.count).map { $0 == axis ? depth : 1 }
      )
      let isOn = try equal(.tensor(index), .tensor(numbers))
      let (off, on) = (values.selecting(0, along: 0), values.selecting(1, along: 0))
      return [try choose(.tensor(isOn), .tensor(on), .tensor(off))]
    },
    "TopK": { call in
      let x = try call[0]
      let count =
        call.opset >= 10 ? try call.wholeNumber(1) : try call.optionalInteger("k")
      guard let count else { throw TorchError("it does not say how many") }
      let axis = try x.axis(call.integer("axis", -1))
      guard (0...x.shape[axis]).contains(count) else {
        throw TorchError("there are no \(count) among shape \(x.shape)")
      }
      // The first of equal numbers comes first.
      return try sorted.results(
        [
          .tensor(x), .bool(true), .integer(axis), .bool(call.integer("largest", 1) != 0),
        ],
        2
      ).map { try ONNXShapes.sliced($0, axis, 0..<count) }
    },
    "Compress": { call in
      let x = try call[0]
      let axis = try call.optionalInteger("axis").map { try x.axis($0) }
      let own = axis == nil ? try ONNXShapes.reshaped(x, [x.count]) : x
      let places = try ONNXShapes.reshaped(nonZero(.tensor(call[1])), [-1])
      return [try select(.tensor(own), .integer(axis ?? 0), .tensor(places))]
    },
    "CumSum": { call in
      let x = try call[0]
      let axis = try x.axis(call.wholeNumber(1) ?? 0)
      let isReversed = try call.integer("reverse", 0) != 0
      let own = isReversed ? try flip(.tensor(x), .integers([axis])) : x
      var sum = try cumulative(.tensor(own), .integer(axis), .none).cast(to: x.elementType)
      if try call.integer("exclusive", 0) != 0 { sum = sum - own }
      return [isReversed ? try flip(.tensor(sum), .integers([axis])) : sum]
    },
  ]

  private static func scattered(_ call: ONNXCall) throws -> Tensor {
    let (x, updates) = (try call[0], try call[2])
    let axis = try x.axis(call.integer("axis", 0))
    let index = try fromStart(call[1], x.shape[axis])
    let reduction = try call.text("reduction", "none")
    if reduction == "none" {
      return try scatter(.tensor(x), .integer(axis), .tensor(index), .tensor(updates))
    }
    return try scatterReduce(
      .tensor(x),
      .integer(axis),
      .tensor(index),
      .tensor(updates),
      .string(torchReduction(reduction)),
      .bool(true)
    )
  }

  private static func torchReduction(_ name: String) throws -> String {
    let names = ["add": "sum", "mul": "prod", "max": "amax", "min": "amin"]
    guard let known = names[name] else { throw TorchError("'\(name)' is no way to scatter") }
    return known
  }
}
