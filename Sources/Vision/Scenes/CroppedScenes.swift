import Tensors

/// Parts of one large photograph, with the part of its boxes that is in each.
///
/// ```swift
/// let scenes = try CroppedScenes(photograph, boxes: trees, height: 64, width: 64, seed: 1)
/// let (images, truth) = scenes.first(400)
/// ```
///
/// A box of which less than half is in a scene may or may not be found there: it is a crowd, which
/// measures leave out and training takes for background. A scene depends on the seed and its number
/// alone.
public struct CroppedScenes {
  /// `[channels, height, width]`, 0 … 1.
  public let photograph: Tensor
  public let boxes: [LabelledBox]
  public let height: Int
  public let width: Int
  private let seed: UInt64

  /// - Parameters:
  ///   - photograph: `[channels, height, width]`, bytes or numbers of 0 … 1.
  ///   - boxes: In its pixels.
  /// - Throws: ``VisionError`` when the photograph is smaller than a scene.
  public init(
    _ photograph: Tensor,
    boxes: [LabelledBox],
    height: Int,
    width: Int,
    seed: UInt64
  ) throws {
    guard photograph.rank == 3, photograph.shape[1] >= height, photograph.shape[2] >= width,
      height > 0, width > 0
    else {
      throw VisionError(
        "a photograph of shape \(photograph.shape) has no scenes of \(height)×\(width) pixels: must be "
          + "[channels, height, width], and no smaller"
      )
    }
    self.photograph = photograph.fractions
    self.boxes = boxes
    self.height = height
    self.width = width
    self.seed = seed
  }

  /// A scene anywhere: its image, `[channels, height, width]`, and what is in it.
  public subscript(number: Int) -> (image: Tensor, boxes: [LabelledBox]) {
    var dice = Dice(seed: seed, number)
    return scene(
      top: dice.integer(photograph.shape[1] - height + 1),
      left: dice.integer(photograph.shape[2] - width + 1)
    )
  }

  /// The scenes 0 ..< `count`, which may overlap.
  public func first(_ count: Int) -> (images: Tensor, truth: [[LabelledBox]]) {
    Self.stacked((0..<count).map { self[$0] })
  }

  /// Scenes side by side, which do not overlap, row by row: no part of the photograph counts twice.
  public var tiles: (images: Tensor, truth: [[LabelledBox]]) {
    let rows = photograph.shape[1] / height
    let columns = photograph.shape[2] / width
    return Self.stacked(
      (0..<rows * columns).map { scene(top: $0 / columns * height, left: $0 % columns * width) }
    )
  }

  private func scene(top: Int, left: Int) -> (image: Tensor, boxes: [LabelledBox]) {
    let image = photograph.slicing(top..<top + height, along: 1)
      .slicing(left..<left + width, along: 2)
    let inside = boxes.compactMap { whole -> LabelledBox? in
      let moved = Box(
        left: whole.box.left - Double(left),
        top: whole.box.top - Double(top),
        right: whole.box.right - Double(left),
        bottom: whole.box.bottom - Double(top)
      )
      let part = moved.clipped(height: height, width: width)
      guard part.area > 0 else { return nil }
      return LabelledBox(
        part,
        label: whole.label,
        isCrowd: whole.isCrowd || 2 * part.area < moved.area
      )
    }
    return (image, inside)
  }

  private static func stacked(
    _ scenes: [(image: Tensor, boxes: [LabelledBox])]
  ) -> (images: Tensor, truth: [[LabelledBox]]) {
    (.stacked(scenes.map(\.image)), scenes.map(\.boxes))
  }
}
