import Foundation
import Tensors

/// Borders, and grids of other lengths.
enum ONNXResampling {
  private static let grid = Torch("grid_sampler")

  static let all: [String: ONNXFunction] = [
    "Pad": { call in
      let x = try call[0]
      let mode = try call.text("mode", "constant")
      guard let pads = call.opset >= 11 ? try call.integers(1) : try call.integers("pads") else {
        throw TorchError("it does not say how much")
      }
      let axes =
        try (call.opset >= 18 ? try call.integers(3) : nil)?.map { try x.axis($0) }
        ?? Array(0..<x.rank)
      guard pads.count == 2 * axes.count, pads.allSatisfy({ $0.magnitude <= 1 << 31 }) else {
        throw TorchError("pads \(pads) do not fit shape \(x.shape)")
      }
      var (before, after) = (x.shape.map { _ in 0 }, x.shape.map { _ in 0 })
      for (index, axis) in axes.enumerated() {
        (before[axis], after[axis]) = (pads[index], pads[axes.count + index])
      }
      if mode == "constant" {
        let value = call.opset >= 11 ? try call.number(2) ?? 0 : try call.real("value", 0)
        return [try ONNXWindows.padded(x, before, after, with: value)]
      }
      return [
        try (0..<x.rank).reduce(x) { x, axis in
          guard before[axis] != 0 || after[axis] != 0 else { return x }
          guard x.shape[axis] + after[axis] >= -before[axis] else {
            throw TorchError("the padding leaves less than nothing of shape \(x.shape)")
          }
          guard max(before[axis], after[axis]) <= 1 << 24 else {
            throw TorchError("an axis is padded by more than 16,777,216")
          }
          let places = try (-before[axis]..<x.shape[axis] + after[axis]).map {
            try border($0, x.shape[axis], mode)
          }
          return try ONNXShapes.selected(x, axis, places)
        }
      ]
    },
    "Resize": { call in
      let x = try call[0]
      let since11 = call.opset >= 11
      let sizes = since11 ? try call.integers(3) : nil
      let scales = call.optional(since11 ? 2 : 1)
      return [
        try ONNXResize(
          call,
          x,
          sizes: sizes?.isEmpty == true ? nil : sizes,
          scales: scales.map { $0.moved(to: .cpu).cast(to: .float64).scalars(Double.self) }
        ).resized(x)
      ]
    },
    "Upsample": { call in
      var scales = call.optional(1)?.moved(to: .cpu).cast(to: .float64).scalars(Double.self)
      if case .reals(let list)? = call.attributes["scales"] { scales = list }
      return [
        try ONNXResize(call, call[0], sizes: nil, scales: scales).resized(call[0])
      ]
    },
    "GridSample": { call in
      let mode = try call.text("mode", "bilinear")
      let modes = ["bilinear": 0, "linear": 0, "nearest": 1, "bicubic": 2, "cubic": 2]
      let paddings = ["zeros": 0, "border": 1, "reflection": 2]
      guard let mode = modes[mode], let padding = paddings[try call.text("padding_mode", "zeros")]
      else { throw TorchError("its mode is not known here") }
      return [
        try grid(
          .tensor(call[0]),
          .tensor(call[1]),
          .integer(mode),
          .integer(padding),
          .bool(call.integer("align_corners", 0) != 0)
        )
      ]
    },
  ]

  /// The place inside an axis that one beyond its border stands for.
  private static func border(_ place: Int, _ length: Int, _ mode: String) throws -> Int {
    guard length > 0 else { throw TorchError("an axis of length 0 has no border") }
    switch mode {
    case "edge": return min(max(place, 0), length - 1)
    case "wrap": return ((place % length) + length) % length
    case "reflect":
      guard length > 1 else { return 0 }
      let period = 2 * (length - 1)
      let inside = ((place % period) + period) % period
      return inside < length ? inside : period - inside
    default: throw TorchError("'\(mode)' is no way to pad")
    }
  }
}
