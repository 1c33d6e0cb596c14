import Tensors

/// What the outputs of a detector mean: at each point the logits of the background and of the classes,
/// and how far away the sides of a box are.
public struct DetectionLayout: Hashable, Sendable {
  public let grid: PointGrid
  /// K, without the background.
  public let classes: Int

  public init(_ grid: PointGrid, classes: Int) {
    precondition(classes > 0, "DetectionLayout: \(classes) classes must be positive")
    self.grid = grid
    self.classes = classes
  }

  /// Numbers for each point: 1 + K logits and four distances.
  public var width: Int { classes + 5 }

  /// How many numbers a detector gives for an image.
  public var outputs: Int { grid.count * width }

  /// The logits of the background and the classes, `[batch, points, 1 + K]`.
  ///
  /// - Parameter values: What a detector gives, `[batch, outputs]`.
  public func logits(_ values: Tensor) -> Tensor {
    perPoint(values).slicing(0..<classes + 1, along: 2)
  }

  /// From each point to the left, top, right and bottom of its box, in strides, negative where the
  /// point is beyond that side, `[batch, points, 4]`.
  public func distances(_ values: Tensor) -> Tensor {
    perPoint(values).slicing(classes + 1..<width, along: 2)
  }

  private func perPoint(_ values: Tensor) -> Tensor {
    guard
      holds(
        values.rank == 2 && values.shape[1] == outputs,
        "detections of \(values.shape): must be [batch, \(outputs)], for \(grid.count) points of "
          + "\(width) numbers"
      )
    else { return .zeros([1, grid.count, width], values.elementType, on: values.device) }
    return values.reshaped(to: [-1, grid.count, width])
  }

  /// The detections in each image.
  ///
  /// - Parameters:
  ///   - values: What a detector gives, `[batch, outputs]`.
  ///   - threshold: The least probability of a class.
  ///   - overlap: The largest intersection over union of two detections of one class.
  ///   - most: How many are left in an image.
  public func detections(
    _ values: Tensor,
    threshold: Double = 0.05,
    overlap: Double = 0.5,
    most: Int = 100
  ) -> [[Detection]] {
    let points = grid.points
    let probabilities = logits(values).softmax().scalars(Double.self)
    let distances = distances(values).scalars(Double.self)
    return (0..<values.shape[0]).map { image in
      var found: [Detection] = []
      for (index, point) in points.enumerated() {
        let place = image * points.count + index
        for label in 0..<classes {
          let score = probabilities[place * (classes + 1) + label + 1]
          guard score >= threshold else { continue }
          let sides = distances[4 * place..<4 * place + 4].map { $0 * point.stride }
          let box = Box(
            left: point.x - sides[0],
            top: point.y - sides[1],
            right: point.x + sides[2],
            bottom: point.y + sides[3]
          )
          found.append(
            Detection(
              box.clipped(height: grid.height, width: grid.width),
              label: label,
              score: score
            )
          )
        }
      }
      return Array(found.suppressed(overlap: overlap).prefix(most))
    }
  }
}
