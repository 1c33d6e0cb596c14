import Tensors

/// The points of an image at which a detector looks for objects, level by level, each a grid of its
/// own stride.
public struct PointGrid: Hashable, Sendable {
  public let height: Int
  public let width: Int
  /// Pixels between the points of each level, the finest first.
  public let strides: [Int]

  /// - Parameters:
  ///   - height: Of the images, a multiple of every stride.
  ///   - width: Likewise.
  /// - Throws: ``VisionError`` when strides do not divide the image or do not grow.
  public init(height: Int, width: Int, strides: [Int]) throws {
    guard let first = strides.first, first > 0, zip(strides, strides.dropFirst()).allSatisfy(<)
    else { throw VisionError("strides \(strides) must be positive, and each larger than the last") }
    guard height > 0, width > 0, strides.allSatisfy({ height % $0 == 0 && width % $0 == 0 }) else {
      throw VisionError(
        "images of \(height)×\(width) pixels have no grid of strides \(strides): their sides must "
          + "be multiples of each"
      )
    }
    self.height = height
    self.width = width
    self.strides = strides
  }

  /// How many points a level has.
  public func count(level: Int) -> Int {
    (height / strides[level]) * (width / strides[level])
  }

  /// How many points there are.
  public var count: Int { strides.indices.reduce(0) { $0 + count(level: $1) } }

  /// x and y of every point, row by row and level by level, with the stride of its level.
  public var points: [(x: Double, y: Double, stride: Double)] {
    strides.flatMap { stride in
      (0..<height / stride).flatMap { row in
        (0..<width / stride).map { column in
          let stride = Double(stride)
          return ((Double(column) + 0.5) * stride, (Double(row) + 0.5) * stride, stride)
        }
      }
    }
  }

  /// Which points stand for which of the boxes of an image.
  ///
  /// A box belongs to the finest level of which it is at most four strides long, else to the last; of
  /// its points those stand for it that are in it and within 1.5 strides of its centre. Where several
  /// boxes claim a point the smallest has it. A box that has no point takes the nearest that is free
  /// (Tian et al., *FCOS*, 2019, with the sampling of centres).
  ///
  /// - Returns: For each point the place of its box, or nil.
  public func assigned(_ boxes: [LabelledBox]) -> [Int?] {
    let points = points
    var owners = [Int?](repeating: nil, count: points.count)
    let ordered = boxes.indices.sorted { boxes[$0].box.area > boxes[$1].box.area }
    for place in ordered where !boxes[place].isCrowd {
      let box = boxes[place].box
      let range = self.range(ofLevelFor: box)
      let centre = (x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2)
      func distance(_ index: Int) -> Double {
        max(abs(points[index].x - centre.x), abs(points[index].y - centre.y))
      }
      let own = range.filter { index in
        let point = points[index]
        return point.x > box.left && point.x < box.right && point.y > box.top
          && point.y < box.bottom && distance(index) < 1.5 * point.stride
      }
      for index in own { owners[index] = place }
      if own.isEmpty {
        let nearest = range.filter { owners[$0] == nil }.min { distance($0) < distance($1) }
        if let nearest { owners[nearest] = place }
      }
    }
    return owners
  }

  /// The points of the level that a box belongs to.
  private func range(ofLevelFor box: Box) -> Range<Int> {
    let length = max(box.width, box.height)
    let level = strides.firstIndex { length <= 4 * Double($0) } ?? strides.count - 1
    let start = (0..<level).reduce(0) { $0 + count(level: $1) }
    return start..<start + count(level: level)
  }
}
