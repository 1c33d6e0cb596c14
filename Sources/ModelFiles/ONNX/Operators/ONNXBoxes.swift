import Foundation
import Tensors

/// Boxes in images.
enum ONNXBoxes {
  private static let select = Torch("index_select")
  private static let selectOne = Torch("select", "int")
  private static let multiply = Torch("mul", "Tensor")
  private static let sum = Torch("sum", "dim_IntList")
  private static let mean = Torch("mean", "dim")
  private static let largest = Torch("amax")
  private static let stack = Torch("stack")
  private static let affineGrid = Torch("affine_grid_generator")

  static let all: [String: ONNXFunction] = [
    "NonMaxSuppression": { call in [try kept(call)] },
    "RoiAlign": { call in [try aligned(call)] },
    "AffineGrid": { call in
      guard let size = try call.integers(1), (4...5).contains(size.count) else {
        throw TorchError("its size is that of no images")
      }
      let isAligned = try call.integer("align_corners", 0) != 0
      return [try affineGrid(.tensor(call[0]), .integers(size), .bool(isAligned))]
    },
  ]

  /// A box by its corners.
  private struct Box {
    var (low, high) = ((x: 0.0, y: 0.0), (x: 0.0, y: 0.0))

    /// - Parameter isCentred: Whether the numbers are centre and size, not two corners, y first.
    init(_ numbers: ArraySlice<Double>, isCentred: Bool) {
      let n = Array(numbers)
      if isCentred {
        low = (n[0] - n[2] / 2, n[1] - n[3] / 2)
        high = (n[0] + n[2] / 2, n[1] + n[3] / 2)
      } else {
        low = (min(n[1], n[3]), min(n[0], n[2]))
        high = (max(n[1], n[3]), max(n[0], n[2]))
      }
    }

    var area: Double { (high.x - low.x) * (high.y - low.y) }

    /// The shared part of the area of both.
    func overlap(_ other: Box) -> Double {
      let width = min(high.x, other.high.x) - max(low.x, other.low.x)
      let height = min(high.y, other.high.y) - max(low.y, other.low.y)
      guard width > 0, height > 0, area > 0, other.area > 0 else { return 0 }
      return width * height / (area + other.area - width * height)
    }
  }

  private static func kept(_ call: ONNXCall) throws -> Tensor {
    let (boxes, scores) = (try call[0], try call[1])
    guard boxes.rank == 3, scores.rank == 3, boxes.shape[2] == 4,
      boxes.shape[0] == scores.shape[0], boxes.shape[1] == scores.shape[2]
    else { throw TorchError("boxes of \(boxes.shape) with scores of \(scores.shape)") }
    let most = try call.wholeNumber(2) ?? 0
    let limit = try call.number(3) ?? 0
    let least = try call.number(4)
    let isCentred = try call.integer("center_point_box", 0) != 0
    let corners = boxes.moved(to: .cpu).cast(to: .float64).scalars(Double.self)
    let values = scores.moved(to: .cpu).cast(to: .float64).scalars(Double.self)
    let (batch, classes, count) = (scores.shape[0], scores.shape[1], scores.shape[2])
    var found: [Int] = []
    for example in 0..<batch {
      let all = (0..<count).map { index in
        let start = (example * count + index) * 4
        return Box(corners[start..<start + 4], isCentred: isCentred)
      }
      for kind in 0..<classes {
        let first = (example * classes + kind) * count
        let order = (0..<count)
          .filter { least == nil || values[first + $0] > least! }
          .sorted { (-values[first + $0], $0) < (-values[first + $1], $1) }
        var chosen: [Int] = []
        for index in order where chosen.count < most {
          guard chosen.allSatisfy({ all[index].overlap(all[$0]) <= limit }) else { continue }
          chosen.append(index)
          found += [example, kind, index]
        }
      }
    }
    return Tensor(found, shape: [found.count / 3, 3])
  }

  /// Parts of feature maps, each brought to the same size.
  private static func aligned(_ call: ONNXCall) throws -> Tensor {
    let (x, regions) = (try call[0], try call[1])
    guard x.rank == 4, regions.rank == 2, regions.shape[1] == 4, let images = try call.integers(2),
      images.count == regions.shape[0], images.allSatisfy({ (0..<x.shape[0]).contains($0) }),
      x.shape[2] > 0, x.shape[3] > 0
    else { throw TorchError("regions of \(regions.shape) in images of \(x.shape)") }
    let rows = try call.integer("output_height", 1)
    let columns = try call.integer("output_width", 1)
    let ratio = try call.integer("sampling_ratio", 0)
    guard (1...1 << 12).contains(rows), (1...1 << 12).contains(columns),
      (0...1 << 8).contains(ratio)
    else { throw TorchError("regions become \(rows) × \(columns)") }
    let scale = try call.real("spatial_scale", 1)
    let usual = call.opset >= 16 ? "half_pixel" : "output_half_pixel"
    let isHalf = try call.text("coordinate_transformation_mode", usual) == "half_pixel"
    let takesMean = try call.text("mode", "avg") == "avg"
    let numbers = regions.moved(to: .cpu).cast(to: .float64).scalars(Double.self)
    let parts = try images.enumerated().map { index, image -> Tensor in
      let region = numbers[index * 4..<index * 4 + 4].map { $0 * scale - (isHalf ? 0.5 : 0) }
      var (width, height) = (region[2] - region[0], region[3] - region[1])
      if !isHalf { (width, height) = (max(width, 1), max(height, 1)) }
      let (binHeight, binWidth) = (height / Double(rows), width / Double(columns))
      guard binHeight.magnitude < 65_536, binWidth.magnitude < 65_536 else {
        throw TorchError("a region of \(height) × \(width) pixels")
      }
      let down = ratio > 0 ? ratio : max(Int(binHeight.rounded(.up)), 0)
      let across = ratio > 0 ? ratio : max(Int(binWidth.rounded(.up)), 0)
      let samples = down * across
      guard samples > 0 else {
        return Tensor.zeros([x.shape[1], rows, columns], x.elementType).moved(to: x.device)
      }
      guard rows * columns <= 1 << 24 / samples else { throw TorchError("a region is too large") }
      var (places, weights): ([Int], [Double]) = ([], [])
      for row in 0..<rows {
        for column in 0..<columns {
          for sample in 0..<samples {
            let y =
              region[1] + (Double(row) + (Double(sample / across) + 0.5) / Double(down)) * binHeight
            let x1 =
              region[0]
              + (Double(column) + (Double(sample % across) + 0.5) / Double(across)) * binWidth
            append(&places, &weights, y: y, x: x1, height: x.shape[2], width: x.shape[3])
          }
        }
      }
      let map = try ONNXShapes.reshaped(
        selectOne(.tensor(x), .integer(0), .integer(image)),
        [x.shape[1], x.shape[2] * x.shape[3]]
      )
      let seen = try select(.tensor(map), .integer(1), .tensor(Tensor(places).moved(to: x.device)))
      let weighted = try multiply(
        .tensor(seen),
        .tensor(Tensor(weights).cast(to: x.elementType).moved(to: x.device))
      )
      let shaped = try ONNXShapes.reshaped(weighted, [x.shape[1], rows, columns, samples, 4])
      guard takesMean else {
        return try largest(.tensor(shaped), .integers([3, 4]), .bool(false))
      }
      let sums = try sum(.tensor(shaped), .integers([4]), .bool(false), .none)
      return try mean(.tensor(sums), .integers([3]), .bool(false), .none)
    }
    guard !parts.isEmpty else {
      return Tensor.zeros([0, x.shape[1], rows, columns], x.elementType)
    }
    return try stack(.tensors(parts), .integer(0))
  }

  /// The four numbers around a place, with how much each counts.
  private static func append(
    _ places: inout [Int],
    _ weights: inout [Double],
    y: Double,
    x: Double,
    height: Int,
    width: Int
  ) {
    guard y >= -1, y <= Double(height), x >= -1, x <= Double(width) else {
      places += [0, 0, 0, 0]
      weights += [0, 0, 0, 0]
      return
    }
    func around(_ place: Double, _ length: Int) -> (low: Int, high: Int, part: Double) {
      let inside = max(place, 0)
      let low = Int(inside)
      return low >= length - 1 ? (length - 1, length - 1, 0) : (low, low + 1, inside - Double(low))
    }
    let (v, h) = (around(y, height), around(x, width))
    places += [
      v.low * width + h.low, v.low * width + h.high, v.high * width + h.low,
      v.high * width + h.high,
    ]
    weights += [
      (1 - v.part) * (1 - h.part), (1 - v.part) * h.part, v.part * (1 - h.part), v.part * h.part,
    ]
  }
}
