import Tensors

/// Convolutions and pooling.
enum ONNXWindows {
  private static let convolution = Torch("convolution")
  private static let pad = Torch("constant_pad_nd")
  private static let maximum = [
    Torch("max_pool1d"), Torch("max_pool2d"), Torch("max_pool3d"),
  ]
  private static let mean = [Torch("avg_pool1d"), Torch("avg_pool2d"), Torch("avg_pool3d")]
  private static let maximumPlaces = Torch("max_pool2d_with_indices")
  private static let wholeQuotient = Torch("div", "Scalar_mode")
  private static let meanOver = Torch("mean", "dim")
  private static let largest = Torch("amax")

  /// Where windows lie on the axes behind the first two.
  struct Places {
    var kernel: [Int]
    var strides: [Int]
    var dilations: [Int]
    var before: [Int]
    var after: [Int]
    var isSymmetric: Bool { before == after }

    /// - Parameters:
    ///   - lengths: Of the axes.
    ///   - kernel: Of the weights, where there are some.
    init(_ call: ONNXCall, _ lengths: [Int], kernel: [Int]? = nil) throws {
      let count = lengths.count
      func list(_ name: String, _ fallback: Int) throws -> [Int] {
        let list = try call.integers(name) ?? Array(repeating: fallback, count: count)
        guard list.count == count, list.allSatisfy({ (1...1 << 24).contains($0) }) else {
          throw TorchError("its attribute '\(name)' does not fit \(count) axes")
        }
        return list
      }
      guard count > 0 else { throw TorchError("there are no axes for windows") }
      self.kernel = try kernel ?? list("kernel_shape", 1)
      strides = try list("strides", 1)
      dilations = try list("dilations", 1)
      let pads = try call.integers("pads") ?? Array(repeating: 0, count: 2 * count)
      guard pads.count == 2 * count, pads.allSatisfy({ (0...1 << 31).contains($0) }) else {
        throw TorchError("its attribute 'pads' does not fit \(count) axes")
      }
      (before, after) = (Array(pads[..<count]), Array(pads[count...]))
      switch try call.text("auto_pad", "NOTSET") {
      case "NOTSET", "": break
      case "VALID": (before, after) = (lengths.map { _ in 0 }, lengths.map { _ in 0 })
      case let mode:
        // As many windows as strides fit into the length.
        for axis in 0..<count {
          let windows = (lengths[axis] + strides[axis] - 1) / strides[axis]
          let reach = (windows - 1) * strides[axis] + (self.kernel[axis] - 1) * dilations[axis] + 1
          let missing = max(0, reach - lengths[axis])
          before[axis] = mode == "SAME_UPPER" ? missing / 2 : missing - missing / 2
          after[axis] = missing - before[axis]
        }
      }
    }
  }

  static func padded(_ x: Tensor, _ before: [Int], _ after: [Int], with value: Double) throws
    -> Tensor
  {
    let added =
      Array(repeating: 0, count: max(x.rank - before.count, 0)) + zip(before, after).map(+)
    try SizeLimit.check(shape: zip(x.shape, added).map { $0.0 + max($0.1, 0) })
    // libtorch begins with the last axis.
    let pads = zip(before, after).reversed().flatMap { [$0, $1] }
    return try pad(.tensor(x), .integers(pads), .real(value))
  }

  static func lengths(_ x: Tensor) throws -> [Int] {
    guard (3...5).contains(x.rank) else {
      throw TorchError("shape \(x.shape) has not one to three axes for windows")
    }
    return Array(x.shape[2...])
  }

  static let all: [String: ONNXFunction] = [
    "Conv": { call in [try convolved(call)] },
    "ConvTranspose": { call in [try transposed(call)] },
    "MaxPool": { call in
      let x = try call[0]
      let places = try Places(call, lengths(x))
      let isPlain =
        places.isSymmetric && zip(places.before, places.kernel).allSatisfy { 2 * $0 <= $1 }
      if call.outputCount > 1 {
        guard isPlain, x.rank == 4 else { throw TorchError("it asks for places, of no image") }
        return try maximumWithPlaces(x, places, call)
      }
      let lowest: Double = x.elementType.isFloatingPoint ? -.infinity : -128
      let own = isPlain ? x : try padded(x, places.before, places.after, with: lowest)
      return [
        try maximum[x.rank - 3](
          .tensor(own),
          .integers(places.kernel),
          .integers(places.strides),
          .integers(isPlain ? places.before : places.before.map { _ in 0 }),
          .integers(places.dilations),
          .bool(call.integer("ceil_mode", 0) != 0)
        )
      ]
    },
    "AveragePool": { call in
      let x = try call[0]
      let places = try Places(call, lengths(x))
      let countsPads = try call.integer("count_include_pad", 0) != 0
      let roundsUp = try call.integer("ceil_mode", 0) != 0
      func pooled(_ x: Tensor, padding: [Int], counting: Bool) throws -> Tensor {
        try mean[x.rank - 3](
          .tensor(x),
          .integers(places.kernel),
          .integers(places.strides),
          .integers(padding),
          .bool(roundsUp),
          .bool(counting)
        )
      }
      if places.dilations.contains(where: { $0 != 1 }) {
        return [try spreadMean(x, places, countsPads: countsPads, roundsUp: roundsUp)]
      }
      let none = places.before.map { _ in 0 }
      if places.isSymmetric, zip(places.before, places.kernel).allSatisfy({ 2 * $0 <= $1 }) {
        return [try pooled(x, padding: places.before, counting: countsPads)]
      }
      let sums = try pooled(
        padded(x, places.before, places.after, with: 0),
        padding: none,
        counting: true
      )
      if countsPads { return [sums] }
      let ones = Tensor.ones([1, 1] + x.shape[2...], x.elementType)
      let shares = try pooled(
        padded(ones, places.before, places.after, with: 0),
        padding: none,
        counting: true
      )
      return [sums / shares]
    },
    "GlobalAveragePool": { call in
      let x = try call[0]
      return [try meanOver(.tensor(x), .integers(Array(2..<max(x.rank, 2))), .bool(true), .none)]
    },
    "GlobalMaxPool": { call in
      let x = try call[0]
      return [try largest(.tensor(x), .integers(Array(2..<max(x.rank, 2))), .bool(true))]
    },
  ]

  /// - Parameter groups: How many there are, where the attribute does not say.
  static func convolved(_ call: ONNXCall, groups: Int = 1) throws -> Tensor {
    let (x, weight) = (try call[0], try call[1])
    guard weight.rank == x.rank else {
      throw TorchError("weights of \(weight.shape) for inputs of \(x.shape)")
    }
    let places = try Places(call, lengths(x), kernel: Array(weight.shape.dropFirst(2)))
    let own = places.isSymmetric ? x : try padded(x, places.before, places.after, with: 0)
    return try convolution(
      .tensor(own),
      .tensor(weight),
      .tensor(call.optional(2)),
      .integers(places.strides),
      .integers(places.isSymmetric ? places.before : places.before.map { _ in 0 }),
      .integers(places.dilations),
      .bool(false),
      .integers(places.before.map { _ in 0 }),
      .integer(call.integer("group", groups))
    )
  }

  /// The largest numbers and where they are in the whole of `x`.
  private static func maximumWithPlaces(
    _ x: Tensor,
    _ places: Places,
    _ call: ONNXCall
  ) throws -> [Tensor] {
    let found = try maximumPlaces.results(
      [
        .tensor(x), .integers(places.kernel), .integers(places.strides), .integers(places.before),
        .integers(places.dilations), .bool(call.integer("ceil_mode", 0) != 0),
      ],
      2
    )
    let (height, width) = (x.shape[2], x.shape[3])
    var inside = found[1]
    if try call.integer("storage_order", 0) != 0 {
      let row = try wholeQuotient(.tensor(inside), .integer(width), .string("floor"))
      inside = (inside - row * Tensor(width)) * Tensor(height) + row
    }
    let images = Tensor(
      (0..<x.shape[0] * x.shape[1]).map { $0 * height * width },
      shape: [x.shape[0], x.shape[1], 1, 1]
    )
    return [found[0], inside + images]
  }

  /// The mean over windows with gaps, as sums divided by how many numbers each has.
  private static func spreadMean(
    _ x: Tensor,
    _ places: Places,
    countsPads: Bool,
    roundsUp: Bool
  ) throws -> Tensor {
    let ones = Tensor.ones([1, 1] + x.shape[2...], x.elementType).moved(to: x.device)
    let counts = try sums(ones, places, roundsUp: roundsUp, padding: countsPads ? 1 : 0)
    return try sums(x, places, roundsUp: roundsUp) / counts
  }

  /// Sums over windows.
  ///
  /// - Parameter padding: What the padding holds.
  static func sums(
    _ x: Tensor,
    _ places: Places,
    roundsUp: Bool,
    padding: Double = 0
  ) throws -> Tensor {
    let axes = places.kernel.indices
    // A last window that is not full begins inside what is there.
    let missing = axes.map { axis -> Int in
      let stride = places.strides[axis]
      let reach = (places.kernel[axis] - 1) * places.dilations[axis] + 1
      let length = x.shape[axis + 2] + places.before[axis] + places.after[axis]
      guard roundsUp, length >= reach, (length - reach) % stride != 0 else { return 0 }
      let start = ((length - reach) / stride + 1) * stride
      return start < x.shape[axis + 2] + places.before[axis] ? start + reach - length : 0
    }
    let none = axes.map { _ in 0 }
    let own = try padded(x, places.before, places.after, with: padding)
    let whole = try padded(own, none, missing, with: 0)
    let rows = try ONNXShapes.reshaped(
      whole,
      [whole.shape[0] * whole.shape[1], 1] + whole.shape[2...]
    )
    let sums = try convolution(
      .tensor(rows),
      .tensor(Tensor.ones([1, 1] + places.kernel, x.elementType).moved(to: x.device)),
      .none,
      .integers(places.strides),
      .integers(none),
      .integers(places.dilations),
      .bool(false),
      .integers(none),
      .integer(1)
    )
    return try ONNXShapes.reshaped(sums, Array(x.shape[..<2]) + Array(sums.shape[2...]))
  }

  private static func transposed(_ call: ONNXCall) throws -> Tensor {
    let (x, weight) = (try call[0], try call[1])
    let lengths = try lengths(x)
    guard weight.rank == x.rank else {
      throw TorchError("weights of \(weight.shape) for inputs of \(x.shape)")
    }
    let places = try Places(call, lengths, kernel: Array(weight.shape.dropFirst(2)))
    let axes = lengths.indices
    let extra = try call.integers("output_padding") ?? axes.map { _ in 0 }
    guard extra.count == axes.count, extra.allSatisfy({ (0...1 << 31).contains($0) }) else {
      throw TorchError("its 'output_padding' does not fit")
    }
    var (before, after) = (places.before, places.after)
    let full = axes.map {
      (lengths[$0] - 1) * places.strides[$0] + (places.kernel[$0] - 1) * places.dilations[$0] + 1
        + extra[$0]
    }
    let mode = try call.text("auto_pad", "NOTSET")
    var wanted = try call.integers("output_shape")
    if wanted == nil, mode.hasPrefix("SAME") {
      wanted = axes.map { lengths[$0] * places.strides[$0] }
    }
    if let wanted {
      let sizes = wanted.suffix(axes.count)
      guard sizes.count == axes.count, sizes.allSatisfy({ (0...1 << 31).contains($0) }) else {
        throw TorchError("its 'output_shape' does not fit")
      }
      for (axis, size) in zip(axes, sizes) {
        let surplus = full[axis] - size
        // What is missing is added at the end.
        if surplus < 0 {
          (before[axis], after[axis]) = (0, surplus)
          continue
        }
        before[axis] = mode == "SAME_UPPER" ? surplus / 2 : surplus - surplus / 2
        after[axis] = surplus - before[axis]
      }
    }
    let whole = try convolution(
      .tensor(x),
      .tensor(weight),
      .tensor(call.optional(2)),
      .integers(places.strides),
      .integers(axes.map { _ in 0 }),
      .integers(places.dilations),
      .bool(true),
      .integers(extra),
      .integer(call.integer("group", 1))
    )
    // What padding takes away; less than nothing of it adds zeros.
    return try padded(whole, before.map { -$0 }, after.map { -$0 }, with: 0)
  }
}
