import Tensors

/// Windows that are put together again, or looked through at other places.
enum ONNXPooling {
  private static let power = Torch("pow", "Tensor_Scalar")
  private static let norm = Torch("linalg_vector_norm")
  private static let put = Torch("index_put")
  private static let addAt = Torch("index_add")
  private static let gather = Torch("gather")
  private static let expand = Torch("expand")
  private static let matmul = Torch("matmul")
  private static let multiply = Torch("mul", "Tensor")
  private static let add = Torch("add", "Tensor")
  private static let clamp = Torch("clamp")
  private static let floor = Torch("floor")
  private static let select = Torch("select", "int")

  static let all: [String: ONNXFunction] = [
    "LpPool": { call in
      let x = try call[0]
      let p = Double(try call.integer("p", 2))
      guard p > 0 else { throw TorchError("its norm is of order \(p)") }
      let powers = try power(.tensor(x.magnitude), .real(p))
      let places = try ONNXWindows.Places(call, ONNXWindows.lengths(x))
      let roundsUp = try call.integer("ceil_mode", 0) != 0
      let sums = try ONNXWindows.sums(powers, places, roundsUp: roundsUp)
      return [try power(.tensor(sums), .real(1 / p))]
    },
    "GlobalLpPool": { call in
      let x = try call[0]
      return [
        try norm(
          .tensor(x),
          .real(Double(call.integer("p", 2))),
          .integers(Array(2..<max(x.rank, 2))),
          .bool(true),
          .none
        )
      ]
    },
    "MaxUnpool": { call in [try unpooled(call)] },
    "Col2Im": { call in [try assembled(call)] },
    "DeformConv": { call in [try deformed(call)] },
  ]

  private static func unpooled(_ call: ONNXCall) throws -> Tensor {
    let (x, indices) = (try call[0], try call[1])
    let lengths = try ONNXWindows.lengths(x)
    let places = try ONNXWindows.Places(call, lengths)
    let own = lengths.indices.map {
      (lengths[$0] - 1) * places.strides[$0] - places.before[$0] - places.after[$0]
        + places.kernel[$0]
    }
    let shape = Array(x.shape[..<2]) + own
    guard own.allSatisfy({ (0...1 << 31).contains($0) }), x.count > 0 else {
      throw TorchError("there is nothing to put back")
    }
    let zeros = Tensor.zeros([1], x.elementType).moved(to: x.device)
    let flat = try expand(.tensor(zeros), .integers([shape.reduce(1, *)]), .bool(false))
    let filled = try put(
      .tensor(flat),
      .optionalTensors([ONNXShapes.reshaped(indices.cast(to: .int64), [indices.count])]),
      .tensor(ONNXShapes.reshaped(x, [x.count])),
      .bool(false)
    )
    let whole = try ONNXShapes.reshaped(filled, shape)
    guard let wanted = try call.integers(2) else { return whole }
    guard wanted.count == shape.count, zip(wanted, shape).allSatisfy({ $0 >= $1 }) else {
      throw TorchError("its output of \(shape) does not fit \(wanted)")
    }
    let more = zip(wanted, shape).map { $0 - $1 }
    return try ONNXWindows.padded(whole, more.map { _ in 0 }, more, with: 0)
  }

  /// Images of the windows that they were taken apart into.
  private static func assembled(_ call: ONNXCall) throws -> Tensor {
    let x = try call[0]
    guard x.rank == 3, let size = try call.integers(1), let kernel = try call.integers(2),
      size.count == kernel.count, size.allSatisfy({ (1...1 << 31).contains($0) }),
      kernel.allSatisfy({ (1...1 << 24).contains($0) })
    else { throw TorchError("windows of \(x.shape) make no image") }
    let places = try ONNXWindows.Places(call, size, kernel: kernel)
    let axes = size.indices
    let counts = axes.map { axis -> Int in
      let reach = (kernel[axis] - 1) * places.dilations[axis] + 1
      let room = size[axis] + places.before[axis] + places.after[axis] - reach
      return room < 0 ? 0 : room / places.strides[axis] + 1
    }
    let (offsets, blocks) = (kernel.reduce(1, *), counts.reduce(1, *))
    guard offsets > 0, x.shape[1] % offsets == 0, x.shape[2] == blocks,
      size.reduce(1.0, { $0 * Double($1) }) < Double(SizeLimit.count)
    else { throw TorchError("windows of \(x.shape) do not make images of \(size)") }
    let total = size.reduce(1, *)
    let targets = (0..<offsets).flatMap { offset in
      (0..<blocks).map { block -> Int in
        var (offset, block, place, scale) = (offset, block, 0, 1)
        for axis in axes.reversed() {
          let at =
            block % counts[axis] * places.strides[axis]
            + offset % kernel[axis] * places.dilations[axis] - places.before[axis]
          // What lies in the padding goes to a place of its own.
          guard (0..<size[axis]).contains(at) else { return total }
          place += at * scale
          scale *= size[axis]
          (block, offset) = (block / counts[axis], offset / kernel[axis])
        }
        return place
      }
    }
    let channels = x.shape[1] / offsets
    let parts = try ONNXShapes.reshaped(x, [x.shape[0], channels, offsets * blocks])
    let empty = Tensor.zeros([x.shape[0], channels, total + 1], x.elementType).moved(to: x.device)
    let sums = try addAt(
      .tensor(empty),
      .integer(2),
      .tensor(Tensor(targets).moved(to: x.device)),
      .tensor(parts),
      .integer(1)
    )
    let inside = try ONNXShapes.sliced(sums, 2, 0..<total)
    return try ONNXShapes.reshaped(inside, [x.shape[0], channels] + size)
  }

  /// A convolution whose windows look at places that are moved.
  private static func deformed(_ call: ONNXCall) throws -> Tensor {
    let (x, weights, offset) = (try call[0], try call[1], try call[2])
    let groups = try call.integer("group", 1)
    let parts = try call.integer("offset_group", 1)
    guard x.rank == 4, weights.rank == 4, offset.rank == 4, groups > 0, parts > 0,
      x.shape[1] % parts == 0, x.shape[1] == weights.shape[1] * groups,
      weights.shape[0] % groups == 0, x.shape[2] > 0, x.shape[3] > 0
    else { throw TorchError("inputs of \(x.shape) for weights of \(weights.shape)") }
    let kernel = Array(weights.shape[2...])
    let places = try ONNXWindows.Places(call, Array(x.shape[2...]), kernel: kernel)
    let (batch, channels, height, width) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    let (rows, columns, taps) = (offset.shape[2], offset.shape[3], kernel[0] * kernel[1])
    guard offset.shape[0] == batch, offset.shape[1] == parts * taps * 2 else {
      throw TorchError("offsets of \(offset.shape) for weights of \(weights.shape)")
    }
    let moved = try ONNXShapes.reshaped(offset, [batch, parts, taps, 2, rows, columns])
    /// Where windows look along an axis: `[batch, parts, taps, rows, columns]`.
    func looked(_ axis: Int) throws -> Tensor {
      let starts = (0..<(axis == 0 ? rows : columns)).map {
        $0 * places.strides[axis] - places.before[axis]
      }
      let steps = (0..<taps).map {
        (axis == 0 ? $0 / kernel[1] : $0 % kernel[1]) * places.dilations[axis]
      }
      let base =
        Tensor(starts, shape: axis == 0 ? [rows, 1] : [1, columns])
        + Tensor(steps, shape: [taps, 1, 1])
      return try add(
        .tensor(select(.tensor(moved), .integer(3), .integer(axis))),
        .tensor(base.cast(to: x.elementType).moved(to: x.device)),
        .integer(1)
      )
    }
    let (v, h) = (try looked(0), try looked(1))
    let (top, left) = (try floor(.tensor(v)), try floor(.tensor(h)))
    let flat = try ONNXShapes.reshaped(x, [batch, parts, channels / parts, height * width])
    var sampled: Tensor?
    for corner in 0..<4 {
      let (down, right) = (Double(corner / 2), Double(corner % 2))
      let (row, column) = (top + down, left + right)
      let share = (1 - (v - row).magnitude) * (1 - (h - column).magnitude)
      let (row1, column1) = (
        try clamp(.tensor(row), .integer(0), .integer(height - 1)),
        try clamp(.tensor(column), .integer(0), .integer(width - 1))
      )
      let isInside = (row .== row1) .& (column .== column1)
      let index = try ONNXShapes.reshaped(
        (row1 * Double(width) + column1).cast(to: .int64),
        [batch, parts, 1, taps * rows * columns]
      )
      let wide = try expand(
        .tensor(index),
        .integers([batch, parts, channels / parts, taps * rows * columns]),
        .bool(false)
      )
      let found = try gather(.tensor(flat), .integer(3), .tensor(wide), .bool(false))
      let weight = try ONNXShapes.reshaped(
        share * isInside.cast(to: x.elementType),
        [batch, parts, 1, taps * rows * columns]
      )
      let part = try multiply(.tensor(found), .tensor(weight))
      sampled = try sampled.map { try add(.tensor($0), .tensor(part), .integer(1)) } ?? part
    }
    var seen = sampled!
    if let mask = call.optional(4) {
      let own = try ONNXShapes.reshaped(mask, [batch, parts, 1, taps * rows * columns])
      seen = try multiply(.tensor(seen), .tensor(own))
    }
    let inputs = try ONNXShapes.reshaped(
      seen,
      [batch, groups, channels / groups * taps, rows * columns]
    )
    let outputs = weights.shape[0]
    let factors = try ONNXShapes.reshaped(
      weights,
      [1, groups, outputs / groups, weights.shape[1] * taps]
    )
    let sums = try ONNXShapes.reshaped(
      matmul(.tensor(factors), .tensor(inputs)),
      [batch, outputs, rows, columns]
    )
    guard let bias = call.optional(3) else { return sums }
    return try add(
      .tensor(sums),
      .tensor(ONNXShapes.reshaped(bias, [1, bias.count, 1, 1])),
      .integer(1)
    )
  }
}
