import Distillation
import Tensors

/// What a detector is to say about images of which the boxes are known: looked up by the number of
/// the image, as batches of `Examples` carry it.
public final class DetectionTargets {
  public let layout: DetectionLayout
  /// The boxes of each image.
  public let truth: [[LabelledBox]]
  private var known: [Int: (classes: [Int], distances: [Float])] = [:]

  /// - Throws: ``VisionError`` when a label is not one of the layout's classes.
  public init(_ truth: [[LabelledBox]], _ layout: DetectionLayout) throws {
    for (image, boxes) in truth.enumerated() {
      if let box = boxes.first(where: { !(0..<layout.classes).contains($0.label) }) {
        throw VisionError(
          "image \(image) has a box of class \(box.label): classes are 0 ..< \(layout.classes)"
        )
      }
    }
    self.truth = truth
    self.layout = layout
  }

  /// What belongs to images.
  ///
  /// - Parameter images: Their numbers, `[batch]`.
  /// - Returns: At each point its class, 0 for the background and 1 + label for an object,
  ///   `[batch, points]`, Int64; and the distances of ``DetectionLayout/distances(_:)``,
  ///   `[batch, points, 4]`, 0 at the background.
  /// - Throws: `DistillationError` when there is no such image.
  public func at(_ images: Tensor) throws -> (classes: Tensor, distances: Tensor) {
    let numbers = images.scalars(Int.self)
    let found = try numbers.map { number in
      guard truth.indices.contains(number) else {
        throw DistillationError(
          "the boxes of image \(number) are wanted, but those of \(truth.count) are known: give "
            + "batches of the images that the boxes belong to"
        )
      }
      if let known = known[number] { return known }
      let made = assigned(truth[number])
      known[number] = made
      return made
    }
    let shape = [numbers.count, layout.grid.count]
    return (
      Tensor(found.flatMap(\.classes), shape: shape, on: images.device),
      Tensor(found.flatMap(\.distances), shape: shape + [4], on: images.device)
    )
  }

  private func assigned(_ boxes: [LabelledBox]) -> (classes: [Int], distances: [Float]) {
    let owners = layout.grid.assigned(boxes)
    let classes = owners.map { $0.map { boxes[$0].label + 1 } ?? 0 }
    let distances = zip(owners, layout.grid.points).flatMap { owner, point -> [Float] in
      guard let box = owner.map({ boxes[$0].box }) else { return [0, 0, 0, 0] }
      let sides = [
        point.x - box.left, point.y - box.top, box.right - point.x, box.bottom - point.y,
      ]
      return sides.map { Float($0 / point.stride) }
    }
    return (classes, distances)
  }
}
