import Tensors

/// What only moves numbers, or speaks of shapes.
enum ONNXShapes {
  private static let reshape = Torch("reshape")
  private static let permute = Torch("permute")
  private static let expand = Torch("expand")
  private static let `repeat` = Torch("repeat")
  private static let concatenate = Torch("cat")
  private static let slice = Torch("slice", "Tensor")
  private static let select = Torch("index_select")
  private static let upper = Torch("triu")
  private static let lower = Torch("tril")

  static func reshaped(_ x: Tensor, _ shape: [Int]) throws -> Tensor {
    try reshape(.tensor(x), .integers(shape))
  }

  static func permuted(_ x: Tensor, _ order: [Int]) throws -> Tensor {
    try permute(.tensor(x), .integers(order))
  }

  static func sliced(_ x: Tensor, _ axis: Int, _ range: Range<Int>) throws -> Tensor {
    try slice(
      .tensor(x),
      .integer(axis),
      .integer(range.lowerBound),
      .integer(range.upperBound),
      .integer(1)
    )
  }

  static func selected(_ x: Tensor, _ axis: Int, _ places: [Int]) throws -> Tensor {
    try select(.tensor(x), .integer(axis), .tensor(Tensor(places).moved(to: x.device)))
  }

  static func concatenated(_ parts: [Tensor], _ axis: Int) throws -> Tensor {
    try concatenate(.tensors(parts), .integer(axis))
  }

  /// Two axes: those before `axis`, and those from it on.
  static func flattened(_ x: Tensor, _ axis: Int) throws -> Tensor {
    let place = axis < 0 ? axis + x.rank : axis
    guard (0...x.rank).contains(place) else { throw TorchError("there is no axis \(axis)") }
    return try reshaped(
      x,
      [x.shape[..<place].reduce(1, *), x.shape[place...].reduce(1, *)]
    )
  }

  static func integers(_ list: [Int]) -> Tensor { Tensor(list, shape: [list.count]) }

  static let all: [String: ONNXFunction] = [
    "Shape": { call in
      let shape = try call[0].shape
      func bound(_ name: String, _ fallback: Int) throws -> Int {
        let place = try call.integer(name, fallback)
        return max(0, min(place < 0 ? place + shape.count : place, shape.count))
      }
      let (start, end) = (try bound("start", 0), try bound("end", shape.count))
      return [integers(start < end ? Array(shape[start..<end]) : [])]
    },
    "Size": { call in [Tensor(try call[0].count)] },
    "Reshape": { call in
      let x = try call[0]
      guard var shape = try call.integers(1) else { throw TorchError("there is no shape") }
      if try call.integer("allowzero", 0) == 0 {
        for (index, length) in shape.enumerated() where length == 0 {
          guard index < x.rank else { throw TorchError("shape \(shape) keeps an axis of none") }
          shape[index] = x.shape[index]
        }
      }
      return [try reshaped(x, shape)]
    },
    "Flatten": { call in [try flattened(call[0], call.integer("axis", 1))] },
    "Transpose": { call in
      let x = try call[0]
      return [try permuted(x, try call.integers("perm") ?? Array((0..<x.rank).reversed()))]
    },
    "Squeeze": { call in
      let x = try call[0]
      let axes = try call.axes(inputSince: 13)?.map { try x.axis($0) }
      let gone = Set(axes ?? x.shape.indices.filter { x.shape[$0] == 1 })
      guard gone.allSatisfy({ x.shape[$0] == 1 }) else {
        throw TorchError("shape \(x.shape) cannot lose the axes \(gone.sorted())")
      }
      return [try reshaped(x, x.shape.indices.filter { !gone.contains($0) }.map { x.shape[$0] })]
    },
    "Unsqueeze": { call in
      let x = try call[0]
      guard let axes = try call.axes(inputSince: 13) else { throw TorchError("there are no axes") }
      let rank = x.rank + axes.count
      let new = Set(try axes.map { try x.axis($0, of: rank) })
      guard new.count == axes.count else { throw TorchError("an axis is named twice") }
      var rest = x.shape[...]
      return [try reshaped(x, (0..<rank).map { new.contains($0) ? 1 : rest.removeFirst() })]
    },
    "Concat": { call in
      let all = try call.all()
      return [try concatenated(all, all[0].axis(call.integer("axis", 0)))]
    },
    "Split": { call in
      let x = try call[0]
      let axis = try x.axis(call.integer("axis", 0))
      let length = x.shape[axis]
      var sizes = call.opset >= 13 ? try call.integers(1) : try call.integers("split")
      if sizes == nil {
        let parts = try call.integer("num_outputs", call.outputCount)
        guard (1...max(length, call.outputCount, 1)).contains(parts) else {
          throw TorchError("it splits into \(parts) parts")
        }
        let each = (length + parts - 1) / parts
        sizes = (0..<parts).map { max(0, min(each, length - $0 * each)) }
      }
      guard let sizes, sizes.allSatisfy({ (0...length).contains($0) }), sizes.reduce(0, +) == length
      else {
        throw TorchError("an axis of length \(length) is not the parts \(sizes ?? [])")
      }
      var start = 0
      return try sizes.map { size in
        defer { start += size }
        return try sliced(x, axis, start..<start + size)
      }
    },
    "Slice": { call in [try slice(call)] },
    "Expand": { call in
      let x = try call[0]
      guard let wanted = try call.integers(1) else { throw TorchError("there is no shape") }
      let rank = max(wanted.count, x.rank)
      let own = Array(repeating: 1, count: rank - x.rank) + x.shape
      let other = Array(repeating: 1, count: rank - wanted.count) + wanted
      return [
        try expand(
          .tensor(x),
          .integers(zip(own, other).map { $1 == 1 ? $0 : $1 }),
          .bool(false)
        )
      ]
    },
    "Tile": { call in
      guard let times = try call.integers(1) else { throw TorchError("there are no repeats") }
      return [try `repeat`(.tensor(call[0]), .integers(times))]
    },
    "ConstantOfShape": { call in
      guard let shape = try call.integers(0) else { throw TorchError("there is no shape") }
      var value = Tensor(0 as Float)
      if case .tensor(let tensor)? = call.attributes["value"] { value = try tensor.tensor() }
      guard value.count == 1 else { throw TorchError("its value is not one number") }
      return [
        try expand(.tensor(value.reshaped(to: [])), .integers(shape), .bool(false))
      ]
    },
    "Range": { call in
      let (first, type) = (try call[0], try call[0].elementType)
      guard let start = try call.number(0), let limit = try call.number(1),
        let step = try call.number(2), step != 0, first.count == 1
      else { throw TorchError("it goes nowhere") }
      let count = ((limit - start) / step).rounded(.up)
      guard count < Double(SizeLimit.count) / 4 else { throw TorchError("it goes on for too long") }
      let numbers = Tensor(Array(0..<Int(max(count, 0)))).cast(to: .float64)
      return [(numbers * step + start).cast(to: type)]
    },
    "Trilu": { call in
      let k = try call.wholeNumber(1) ?? 0
      let isUpper = try call.integer("upper", 1) != 0
      return [try (isUpper ? upper : lower)(.tensor(call[0]), .integer(k))]
    },
    "EyeLike": { call in
      let x = try call[0]
      guard x.rank == 2 else { throw TorchError("it is no matrix") }
      var type = x.elementType
      if let code = try call.optionalInteger("dtype") { type = ElementType(onnx: code) ?? type }
      let k = try call.integer("k", 0)
      let rows = Tensor(Array(0..<x.shape[0]), shape: [x.shape[0], 1])
      let columns = Tensor(Array(0..<x.shape[1]), shape: [1, x.shape[1]])
      return [try equal(.tensor(rows + Tensor(k)), .tensor(columns)).cast(to: type)]
    },
    "DepthToSpace": { call in
      let x = try call[0]
      let size = try call.integer("blocksize", 1)
      guard x.rank == 4, (1...1 << 12).contains(size) else {
        throw TorchError("shape \(x.shape) has no blocks of \(size)")
      }
      let (n, c, h, w) = (x.shape[0], x.shape[1] / (size * size), x.shape[2], x.shape[3])
      let isColumns = try call.text("mode", "DCR") == "CRD"
      let parts = try reshaped(
        x,
        isColumns ? [n, c, size, size, h, w] : [n, size, size, c, h, w]
      )
      let moved = try permuted(parts, isColumns ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2])
      return [try reshaped(moved, [n, c, h * size, w * size])]
    },
    "SpaceToDepth": { call in
      let x = try call[0]
      let size = try call.integer("blocksize", 1)
      guard x.rank == 4, (1...1 << 12).contains(size) else {
        throw TorchError("shape \(x.shape) has no blocks of \(size)")
      }
      let (n, c, h, w) = (x.shape[0], x.shape[1], x.shape[2] / size, x.shape[3] / size)
      let parts = try reshaped(x, [n, c, h, size, w, size])
      let isColumns = try call.text("mode", "DCR") == "CRD"
      let moved = try permuted(parts, isColumns ? [0, 1, 3, 5, 2, 4] : [0, 3, 5, 1, 2, 4])
      return [try reshaped(moved, [n, c * size * size, h, w])]
    },
  ]

  private static let equal = Torch("eq", "Tensor")

  private static func slice(_ call: ONNXCall) throws -> Tensor {
    var x = try call[0]
    let isInput = call.opset >= 10
    guard let starts = isInput ? try call.integers(1) : try call.integers("starts"),
      let ends = isInput ? try call.integers(2) : try call.integers("ends"),
      starts.count == ends.count
    else { throw TorchError("it does not say from where to where") }
    let axes =
      (isInput ? try call.integers(3) : try call.integers("axes"))
      ?? Array(0..<starts.count)
    let steps = (isInput ? try call.integers(4) : nil) ?? starts.map { _ in 1 }
    guard axes.count == starts.count, steps.count == starts.count, !steps.contains(0) else {
      throw TorchError("its axes and steps do not fit")
    }
    for index in axes.indices {
      let axis = try x.axis(axes[index])
      let (length, step) = (x.shape[axis], steps[index])
      func place(_ place: Int, _ bounds: ClosedRange<Int>) -> Int {
        let fromEnd = place < 0 ? place.addingReportingOverflow(length) : (place, false)
        return max(bounds.lowerBound, min(fromEnd.0, bounds.upperBound))
      }
      if step > 0 {
        let start = place(starts[index], 0...length)
        let end = max(start, place(ends[index], 0...length))
        x = try slice(
          .tensor(x),
          .integer(axis),
          .integer(start),
          .integer(end),
          .integer(min(step, max(length, 1)))
        )
      } else {
        guard length > 0 else { continue }
        let start = place(starts[index], 0...length - 1)
        let end = place(ends[index], -1...length - 1)
        x = try selected(x, axis, Array(stride(from: start, to: end, by: max(step, -length))))
      }
    }
    return x
  }
}
