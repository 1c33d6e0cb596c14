import Tensors

/// What orders numbers anew along an axis.
enum ONNXArranging {
  private static let gather = Torch("gather")
  private static let scatter = Torch("scatter", "src")
  private static let expand = Torch("expand")
  private static let select = Torch("index_select")
  private static let product = Torch("cumprod")
  private static let flip = Torch("flip")
  private static let concatenate = Torch("cat")

  static let all: [String: ONNXFunction] = [
    "CumProd": { call in
      let x = try call[0]
      let axis = try x.axis(call.wholeNumber(1) ?? 0)
      let isReversed = try call.integer("reverse", 0) != 0
      var own = isReversed ? try flip(.tensor(x), .integers([axis])) : x
      if try call.integer("exclusive", 0) != 0, x.shape[axis] > 0 {
        var shape = x.shape
        shape[axis] = 1
        let one = Tensor.ones(shape, x.elementType).moved(to: x.device)
        let rest = try ONNXShapes.sliced(own, axis, 0..<x.shape[axis] - 1)
        own = try concatenate(.tensors([one, rest]), .integer(axis))
      }
      let products = try product(.tensor(own), .integer(axis), .none).cast(to: x.elementType)
      return [isReversed ? try flip(.tensor(products), .integers([axis])) : products]
    },
    "ReverseSequence": { call in
      let x = try call[0]
      let batch = try x.axis(call.integer("batch_axis", 1))
      let time = try x.axis(call.integer("time_axis", 0))
      guard let lengths = try call.integers(1), lengths.count == x.shape[batch], batch != time,
        lengths.allSatisfy({ (0...x.shape[time]).contains($0) })
      else { throw TorchError("its lengths do not fit shape \(x.shape)") }
      let places = lengths.flatMap { length in
        (0..<x.shape[time]).map { $0 < length ? length - 1 - $0 : $0 }
      }
      let index = try ONNXShapes.reshaped(
        batch < time
          ? Tensor(places, shape: [lengths.count, x.shape[time]])
          : ONNXShapes.permuted(Tensor(places, shape: [lengths.count, x.shape[time]]), [1, 0]),
        (0..<x.rank).map { $0 == batch || $0 == time ? x.shape[$0] : 1 }
      )
      return [try gather(.tensor(x), .integer(time), .tensor(spread(index, x)), .bool(false))]
    },
    "TensorScatter": { call in
      let (past, update) = (try call[0], try call[1])
      let axis = try past.axis(call.integer("axis", -2))
      guard axis > 0, update.rank == past.rank, update.shape[0] == past.shape[0] else {
        throw TorchError("updates of \(update.shape) for shape \(past.shape)")
      }
      let starts =
        try call.integers(2) ?? past.shape[..<1].flatMap { Array(repeating: 0, count: $0) }
      let length = past.shape[axis]
      let isCircular = try call.text("mode", "linear") == "circular"
      guard starts.count == past.shape[0], length > 0 else {
        throw TorchError("\(starts.count) places for \(past.shape[0]) examples")
      }
      let places = try starts.flatMap { start in
        try (0..<update.shape[axis]).map { step -> Int in
          let place = start.addingReportingOverflow(step).partialValue
          guard place >= 0, isCircular || place < length else {
            throw TorchError("place \(place) is outside shape \(past.shape)")
          }
          return place % length
        }
      }
      let index = try ONNXShapes.reshaped(
        Tensor(places, shape: [places.count]),
        (0..<past.rank).map { $0 == 0 || $0 == axis ? update.shape[$0] : 1 }
      )
      return [
        try scatter(.tensor(past), .integer(axis), .tensor(spread(index, update)), .tensor(update))
      ]
    },
    "CenterCropPad": { call in
      let x = try call[0]
      let axes = try (call.integers("axes") ?? Array(0..<x.rank)).map { try x.axis($0) }
      guard let sizes = try call.integers(1), sizes.count == axes.count,
        sizes.allSatisfy({ (0...1 << 31).contains($0) })
      else { throw TorchError("its sizes do not fit shape \(x.shape)") }
      var value = x
      for (axis, size) in zip(axes, sizes) {
        let length = value.shape[axis]
        if size < length {
          let start = (length - size) / 2
          value = try ONNXShapes.sliced(value, axis, start..<start + size)
        } else if size > length {
          var (before, after) = (value.shape.map { _ in 0 }, value.shape.map { _ in 0 })
          before[axis] = (size - length) / 2
          after[axis] = size - length - before[axis]
          value = try ONNXWindows.padded(value, before, after, with: 0)
        }
      }
      return [value]
    },
    "Unique": { call in
      let x = try call[0]
      let axis = try call.optionalInteger("axis").map { try x.axis($0) }
      let own = axis == nil ? try ONNXShapes.reshaped(x, [x.count]) : x
      let place = axis ?? 0
      // Each slice as a row.
      let order = [place] + (0..<own.rank).filter { $0 != place }
      let rows = try ONNXShapes.permuted(own, order).moved(to: .cpu)
      let isSorted = try call.integer("sorted", 1) != 0
      let found =
        x.elementType.isFloatingPoint
        ? distinct(rows.cast(to: .float64).scalars(Double.self), own.shape[place], isSorted)
        : distinct(rows.cast(to: .int64).scalars(Int.self), own.shape[place], isSorted)
      func list(_ numbers: [Int]) -> Tensor { Tensor(numbers, shape: [numbers.count]) }
      let first = list(found.first)
      let values = try select(.tensor(own), .integer(place), .tensor(first.moved(to: x.device)))
      return [values, first, list(found.inverse), list(found.counts)]
    },
  ]

  private static func spread(_ index: Tensor, _ like: Tensor) throws -> Tensor {
    try expand(.tensor(index.moved(to: like.device)), .integers(like.shape), .bool(false))
  }

  /// Which rows differ: where each first occurs, which of them every row is, and how often.
  private static func distinct<Number: Comparable>(
    _ numbers: [Number],
    _ count: Int,
    _ isSorted: Bool
  ) -> (first: [Int], inverse: [Int], counts: [Int]) {
    let width = count == 0 ? 0 : numbers.count / count
    func row(_ index: Int) -> ArraySlice<Number> { numbers[index * width..<(index + 1) * width] }
    let order = (0..<count).sorted { a, b in
      row(a) == row(b) ? a < b : row(a).lexicographicallyPrecedes(row(b))
    }
    var groups: [[Int]] = []
    for index in order {
      if let last = groups.last, row(last[0]) == row(index) {
        groups[groups.count - 1].append(index)
      } else {
        groups.append([index])
      }
    }
    if !isSorted { groups.sort { $0[0] < $1[0] } }
    var inverse = [Int](repeating: 0, count: count)
    for (place, group) in groups.enumerated() { for index in group { inverse[index] = place } }
    return (groups.map { $0[0] }, inverse, groups.map(\.count))
  }
}
