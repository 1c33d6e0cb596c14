/// A rectangle in an image, in pixels: x to the right, y down, each pixel one unit wide.
public struct Box: Hashable, Sendable, Codable {
  public let left: Double
  public let top: Double
  public let right: Double
  public let bottom: Double

  /// Sides that are the wrong way round make a box without an area.
  public init(left: Double, top: Double, right: Double, bottom: Double) {
    self.left = left
    self.top = top
    self.right = max(right, left)
    self.bottom = max(bottom, top)
  }

  public var width: Double { right - left }
  public var height: Double { bottom - top }
  public var area: Double { width * height }

  /// The area that both cover.
  public func intersection(_ other: Box) -> Double {
    max(min(right, other.right) - max(left, other.left), 0)
      * max(min(bottom, other.bottom) - max(top, other.top), 0)
  }

  /// What share of the area that either covers is covered by both, 0 … 1; 0 for boxes without area.
  public func intersectionOverUnion(_ other: Box) -> Double {
    let both = intersection(other)
    return both == 0 ? 0 : both / (area + other.area - both)
  }

  /// The part inside an image.
  public func clipped(height: Int, width: Int) -> Box {
    func inside(_ value: Double, _ length: Int) -> Double { min(max(value, 0), Double(length)) }
    return Box(
      left: inside(left, width),
      top: inside(top, height),
      right: inside(right, width),
      bottom: inside(bottom, height)
    )
  }
}

/// What is truly in an image.
public struct LabelledBox: Hashable, Sendable, Codable {
  public let box: Box
  /// 0 ..< K.
  public let label: Int
  /// Whether it is a crowd, of which any number of detections may be parts (COCO's `iscrowd`).
  public let isCrowd: Bool

  public init(_ box: Box, label: Int, isCrowd: Bool = false) {
    self.box = box
    self.label = label
    self.isCrowd = isCrowd
  }
}

/// What a detector says is in an image.
public struct Detection: Hashable, Sendable, Codable {
  public let box: Box
  /// 0 ..< K.
  public let label: Int
  /// The higher, the surer.
  public let score: Double

  public init(_ box: Box, label: Int, score: Double) {
    self.box = box
    self.label = label
    self.score = score
  }
}

extension Sequence<Detection> {
  /// Non-maximum suppression: of detections of one class that overlap, the surest. In falling order
  /// of scores; of equal ones the first comes first.
  ///
  /// - Parameter overlap: The largest intersection over union that is left.
  public func suppressed(overlap: Double = 0.5) -> [Detection] {
    var kept: [Int: [Box]] = [:]
    return inFallingOrder.filter { detection in
      let rivals = kept[detection.label, default: []]
      if rivals.contains(where: { $0.intersectionOverUnion(detection.box) > overlap }) {
        return false
      }
      kept[detection.label, default: []].append(detection.box)
      return true
    }
  }

  /// By score, equal ones as they came.
  var inFallingOrder: [Detection] {
    enumerated().sorted {
      $0.element.score != $1.element.score
        ? $0.element.score > $1.element.score : $0.offset < $1.offset
    }.map(\.element)
  }
}
