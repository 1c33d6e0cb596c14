import Tensors

/// Photographs with pictures that were cut out pasted onto them, of which the boxes are known exactly.
///
/// ```swift
/// let scenes = try PastedScenes(emoji, labels: labels, on: photographs, height: 64, width: 64, seed: 1)
/// let (image, boxes) = scenes[0]
/// ```
///
/// A scene depends on the seed and its number alone.
public struct PastedScenes {
  /// `[pictures, 4, height, width]`, 0 … 1: colours times opacity, and opacity.
  public let pictures: Tensor
  public let labels: [Int]
  /// `[3, height, width]` each, 0 … 1, at least as large as a scene.
  public let photographs: [Tensor]
  public let height: Int
  public let width: Int
  /// How many pictures are tried; those that find no place are left out.
  public let objects: ClosedRange<Int>
  /// By how much pictures are enlarged.
  public let scales: ClosedRange<Double>
  /// The largest intersection over union of two boxes.
  public let overlap: Double
  private let seed: UInt64

  /// - Parameters:
  ///   - pictures: `[pictures, 4, height, width]`, bytes or numbers of 0 … 1: red, green, blue and
  ///     opacity.
  ///   - labels: `[pictures]`, integers.
  ///   - photographs: `[3, height, width]` each, bytes or numbers of 0 … 1.
  /// - Throws: ``VisionError`` when pictures and labels do not belong together, no picture of the
  ///   largest scale fits, or a photograph is smaller than a scene.
  public init(
    _ pictures: Tensor,
    labels: Tensor,
    on photographs: [Tensor],
    height: Int,
    width: Int,
    objects: ClosedRange<Int> = 1...4,
    scales: ClosedRange<Double> = 0.5...1.2,
    overlap: Double = 0.1,
    seed: UInt64
  ) throws {
    guard pictures.rank == 4, pictures.shape[1] == 4, pictures.count > 0,
      labels.shape == [pictures.shape[0]]
    else {
      throw VisionError(
        "pictures of shape \(pictures.shape) with labels of shape \(labels.shape): must be "
          + "[pictures, 4, height, width] with a label each"
      )
    }
    let largest = pictures.shape.dropFirst(2).map { Double($0) * scales.upperBound }
    guard scales.lowerBound > 0, largest[0] <= Double(height), largest[1] <= Double(width) else {
      throw VisionError(
        "pictures of \(pictures.shape[2])×\(pictures.shape[3]) pixels, enlarged \(scales), do not "
          + "fit into scenes of \(height)×\(width)"
      )
    }
    guard !photographs.isEmpty,
      photographs.allSatisfy({
        $0.rank == 3 && $0.shape[0] == 3 && $0.shape[1] >= height && $0.shape[2] >= width
      })
    else {
      throw VisionError(
        "photographs of shapes \(photographs.map(\.shape)): must be [3, height, width] each, and no "
          + "smaller than scenes of \(height)×\(width)"
      )
    }
    let numbers = pictures.fractions
    let opacity = numbers.slicing(3..<4, along: 1)
    self.pictures = .concatenated([numbers.slicing(0..<3, along: 1) * opacity, opacity], along: 1)
    self.labels = labels.scalars(Int.self)
    self.photographs = photographs.map(\.fractions)
    self.height = height
    self.width = width
    self.objects = objects
    self.scales = scales
    self.overlap = overlap
    self.seed = seed
  }

  /// A scene: its image, `[3, height, width]`, and what is in it.
  public subscript(number: Int) -> (image: Tensor, boxes: [LabelledBox]) {
    var dice = Dice(seed: seed, number)
    let photograph = photographs[dice.integer(photographs.count)]
    let corner = (
      dice.integer(photograph.shape[1] - height + 1), dice.integer(photograph.shape[2] - width + 1)
    )
    var image = photograph.slicing(corner.0..<corner.0 + height, along: 1)
      .slicing(corner.1..<corner.1 + width, along: 2)
    var boxes: [LabelledBox] = []
    for _ in 0..<objects.lowerBound + dice.integer(objects.count) {
      let index = dice.integer(labels.count)
      let scale = scales.lowerBound + dice.uniform() * (scales.upperBound - scales.lowerBound)
      let sides = pictures.shape.suffix(2).map { max(1, Int((Double($0) * scale).rounded(.down))) }
      let picture = pictures[index..<index + 1].resized2D(toHeight: sides[0], width: sides[1])[0]
      guard let extent = Extent(of: picture[3], above: 0.5) else { continue }
      for _ in 0..<8 {
        let (top, left) = (
          dice.integer(height - sides[0] + 1), dice.integer(width - sides[1] + 1)
        )
        let box = extent.box(top: top, left: left)
        if boxes.contains(where: { $0.box.intersectionOverUnion(box) > overlap }) { continue }
        boxes.append(LabelledBox(box, label: labels[index]))
        let placed = picture.padded([
          (left, width - left - sides[1]), (top, height - top - sides[0]),
        ])
        image = image * (1 - placed[3]) + placed[0..<3]
        break
      }
    }
    return (image, boxes)
  }

  /// The scenes 0 ..< `count`: images `[count, 3, height, width]`, and what is in each.
  public func first(_ count: Int) -> (images: Tensor, truth: [[LabelledBox]]) {
    let scenes = (0..<count).map { self[$0] }
    return (.stacked(scenes.map(\.image)), scenes.map(\.boxes))
  }
}

extension Tensor {
  /// Bytes as 0 … 1, numbers as they are.
  var fractions: Tensor { elementType == .uint8 ? cast(to: .float32) / 255 : self }
}
