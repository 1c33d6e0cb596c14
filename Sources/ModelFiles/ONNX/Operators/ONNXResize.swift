import Foundation
import Tensors

/// How axes are brought to other lengths: every number is a weighted sum of a few on each axis.
struct ONNXResize {
  private struct Axis {
    var axis: Int
    var count: Int
    var scale: Double
    /// The part of the axis that is looked at, as shares of its length.
    var region = 0.0...1.0
  }

  private var axes: [Axis]
  private let kind: String
  private let coordinates: String
  private let rounding: String
  private let slope: Double
  private let isAntialiased: Bool
  private let leavesOutOutside: Bool
  private let outside: Double

  private static let multiply = Torch("mul", "Tensor")
  private static let add = Torch("add", "Tensor")
  private static let choose = Torch("where", "self")

  init(_ call: ONNXCall, _ x: Tensor, sizes: [Int]?, scales: [Double]?) throws {
    let since11 = call.opset >= 11
    kind = try call.text("mode", "nearest")
    coordinates =
      since11 ? try call.text("coordinate_transformation_mode", "half_pixel") : "asymmetric"
    rounding = since11 ? try call.text("nearest_mode", "round_prefer_floor") : "floor"
    slope = try call.real("cubic_coeff_a", -0.75)
    isAntialiased = try call.integer("antialias", 0) != 0
    leavesOutOutside = try call.integer("exclude_outside", 0) != 0
    outside = try call.real("extrapolation_value", 0)
    let named =
      try (call.opset >= 18 ? try call.integers("axes") : nil)?.map { try x.axis($0) }
      ?? Array(0..<x.rank)
    guard sizes?.count == named.count || sizes == nil && scales?.count == named.count else {
      throw TorchError("sizes or scales do not fit shape \(x.shape)")
    }
    var ratios = named.indices.map { index in
      sizes.map { Double($0[index]) / Double(x.shape[named[index]]) } ?? scales![index]
    }
    let policy = try call.text("keep_aspect_ratio_policy", "stretch")
    let keepsRatio = sizes != nil && policy != "stretch"
    if keepsRatio, let one = policy == "not_larger" ? ratios.min() : ratios.max() {
      ratios = ratios.map { _ in one }
    }
    axes = try named.enumerated().map { index, axis in
      let (length, scale) = (Double(x.shape[axis]), ratios[index])
      let exact = keepsRatio ? (length * scale).rounded() : (length * scale).rounded(.down)
      guard scale > 0, exact >= 1, exact <= 4_194_304, length > 0 else {
        throw TorchError("an axis of length \(x.shape[axis]) cannot be scaled by \(scale)")
      }
      return Axis(
        axis: axis,
        count: keepsRatio ? Int(exact) : sizes?[index] ?? Int(exact),
        scale: scale
      )
    }
    if coordinates == "tf_crop_and_resize" {
      guard
        let region = call.optional(1)?.moved(to: .cpu).cast(to: .float64)
          .scalars(Double.self), region.count == 2 * axes.count
      else { throw TorchError("it does not say what to look at") }
      for index in axes.indices {
        let (start, end) = (region[index], region[axes.count + index])
        guard start <= end else { throw TorchError("it looks at nothing") }
        axes[index].region = start...end
      }
    }
  }

  func resized(_ x: Tensor) throws -> Tensor {
    var shape = x.shape
    for axis in axes { shape[axis.axis] = axis.count }
    try SizeLimit.check(shape: shape)
    var value = x
    for axis in axes { value = try resized(value, axis) }
    return value
  }

  private func resized(_ x: Tensor, _ axis: Axis) throws -> Tensor {
    let length = x.shape[axis.axis]
    let isWhole = axis.region == 0...1
    if axis.count == length, axis.scale == 1, isWhole { return x }
    let places = try (0..<axis.count).map { try position(Double($0), axis, Double(length)) }
    var taps = try places.map { try self.taps(at: $0, scale: axis.scale) }
    if leavesOutOutside, kind != "nearest" {
      taps = taps.map { taps in
        let inside = taps.map { (0..<length).contains($0.place) ? $0.weight : 0 }
        let sum = inside.reduce(0, +)
        return zip(taps, inside).map { ($0.place, $1 / sum) }
      }
    }
    func column(_ numbers: [Double]) -> Tensor {
      Tensor(numbers).cast(to: x.elementType).moved(to: x.device)
        .reshaped(to: (0..<x.rank).map { $0 == axis.axis ? numbers.count : 1 })
    }
    var sum: Tensor?
    for tap in 0..<(taps.map(\.count).max() ?? 0) {
      // Fewer numbers than elsewhere: some that count nothing.
      let row = taps.map { $0.indices.contains(tap) ? $0[tap] : (place: 0, weight: 0) }
      let indices = row.map { min(max($0.place, 0), length - 1) }
      let part = try ONNXShapes.selected(x, axis.axis, indices)
      let weighted =
        kind == "nearest"
        ? part : try Self.multiply(.tensor(part), .tensor(column(row.map(\.weight))))
      sum = try sum.map { try Self.add(.tensor($0), .tensor(weighted), .integer(1)) } ?? weighted
    }
    guard let sum else { throw TorchError("it has no numbers") }
    guard coordinates == "tf_crop_and_resize" else { return sum }
    let isOutside = places.map { $0 < 0 || $0 > Double(length - 1) }
    let mask = Tensor(isOutside).moved(to: x.device)
      .reshaped(to: (0..<x.rank).map { $0 == axis.axis ? isOutside.count : 1 })
    let value = Tensor(outside).cast(to: x.elementType).moved(to: x.device)
    return try Self.choose(.tensor(mask), .tensor(value), .tensor(sum))
  }

  /// Where in an axis the number at a place of the resized axis comes from.
  private func position(_ place: Double, _ axis: Axis, _ length: Double) throws -> Double {
    // As the standard has it, not rounded.
    let full = axis.scale * length
    switch coordinates {
    case "half_pixel": return (place + 0.5) / axis.scale - 0.5
    case "pytorch_half_pixel": return full > 1 ? (place + 0.5) / axis.scale - 0.5 : 0
    case "asymmetric": return place / axis.scale
    case "align_corners": return full > 1 ? place * (length - 1) / (full - 1) : 0
    case "half_pixel_symmetric":
      let centre = length / 2
      return centre * (1 - Double(axis.count) / full) + (place + 0.5) / axis.scale - 0.5
    case "tf_crop_and_resize":
      let (start, end) = (axis.region.lowerBound, axis.region.upperBound)
      guard axis.count > 1 else { return 0.5 * (start + end) * (length - 1) }
      let step = (end - start) * (length - 1) / Double(axis.count - 1)
      return start * (length - 1) + place * step
    default: throw TorchError("its coordinates '\(coordinates)' are not known here")
    }
  }

  /// The places that a number is made of, with their weights.
  private func taps(at place: Double, scale: Double) throws -> [(place: Int, weight: Double)] {
    guard place.magnitude < 4e15 else { throw TorchError("it looks far beyond an axis") }
    let base = Int(place.rounded(.down))
    let part = place - place.rounded(.down)
    // Longer axes need no smoothing.
    let shrinks = isAntialiased ? min(scale, 1) : 1
    func weighed(_ reach: Double, _ weight: (Double) -> Double) -> [(place: Int, weight: Double)] {
      let support = reach / shrinks
      let range =
        Int((place - support).rounded(.down)) + 1...Int((place + support).rounded(.up)) - 1
      let taps = range.map { (place: $0, weight: weight(abs(Double($0) - place) * shrinks)) }
      let sum = taps.reduce(0) { $0 + $1.weight }
      return taps.map { ($0.place, $0.weight / sum) }
    }
    switch kind {
    case "nearest":
      switch rounding {
      case "floor": return [(base, 1)]
      case "ceil": return [(Int(place.rounded(.up)), 1)]
      case "round_prefer_floor": return [(part <= 0.5 ? base : base + 1, 1)]
      case "round_prefer_ceil": return [(part < 0.5 ? base : base + 1, 1)]
      default: throw TorchError("'\(rounding)' is no way to round")
      }
    case "linear":
      if shrinks == 1 { return [(base, 1 - part), (base + 1, part)] }
      return weighed(1) { max(0, 1 - $0) }
    case "cubic":
      let a = slope
      return weighed(2) { d in
        if d <= 1 { return ((a + 2) * d - (a + 3)) * d * d + 1 }
        return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0
      }
    default: throw TorchError("its mode '\(kind)' is not known here")
    }
  }
}
