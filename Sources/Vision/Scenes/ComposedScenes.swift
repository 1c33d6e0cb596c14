import Tensors

/// Images of several small pictures on a larger ground, of which the boxes are known exactly.
///
/// ```swift
/// let scenes = try ComposedScenes(garments, labels: labels, height: 96, width: 96, seed: 1)
/// let (image, boxes) = scenes[0]
/// let (images, truth) = scenes.first(1_000)
/// ```
///
/// A scene depends on the seed and its number alone.
public struct ComposedScenes {
  /// `[pictures, height, width]`, 0 … 1, on a ground of 0.
  public let pictures: Tensor
  public let labels: [Int]
  public let height: Int
  public let width: Int
  /// How many pictures are tried; those that find no place are left out.
  public let objects: ClosedRange<Int>
  /// By how much pictures are enlarged.
  public let scales: ClosedRange<Double>
  /// The largest intersection over union of two boxes.
  public let overlap: Double
  /// How many fragments of pictures lie about that are no objects.
  public let clutter: Int
  /// The standard deviation of what is added to every pixel.
  public let noise: Double
  private let seed: UInt64

  /// - Parameters:
  ///   - pictures: `[pictures, height, width]`, bytes or numbers of 0 … 1, on a ground of 0.
  ///   - labels: `[pictures]`, integers.
  /// - Throws: ``VisionError`` when pictures and labels do not belong together, or no picture of the
  ///   largest scale fits.
  public init(
    _ pictures: Tensor,
    labels: Tensor,
    height: Int,
    width: Int,
    objects: ClosedRange<Int> = 1...4,
    scales: ClosedRange<Double> = 0.7...1.6,
    overlap: Double = 0.1,
    clutter: Int = 0,
    noise: Double = 0.02,
    seed: UInt64
  ) throws {
    guard pictures.rank == 3, pictures.count > 0, labels.shape == [pictures.shape[0]] else {
      throw VisionError(
        "pictures of shape \(pictures.shape) with labels of shape \(labels.shape): must be "
          + "[pictures, height, width] with a label each"
      )
    }
    let largest = pictures.shape.dropFirst().map { Double($0) * scales.upperBound }
    guard scales.lowerBound > 0, largest[0] <= Double(height), largest[1] <= Double(width) else {
      throw VisionError(
        "pictures of \(pictures.shape[1])×\(pictures.shape[2]) pixels, enlarged \(scales), do not "
          + "fit into scenes of \(height)×\(width)"
      )
    }
    self.pictures = pictures.fractions
    self.labels = labels.scalars(Int.self)
    self.height = height
    self.width = width
    self.objects = objects
    self.scales = scales
    self.overlap = overlap
    self.clutter = clutter
    self.noise = noise
    self.seed = seed
  }

  /// A scene: its image, `[1, height, width]`, and what is in it.
  public subscript(number: Int) -> (image: Tensor, boxes: [LabelledBox]) {
    var dice = Dice(seed: seed, number)
    var image = Tensor.normal([height, width], using: RandomGenerator(seed: dice.next())) * noise
    var boxes: [LabelledBox] = []
    for _ in 0..<clutter {
      let picture = pictures[dice.integer(labels.count)]
      let (rows, columns) = (picture.shape[0] / 3, picture.shape[1] / 3)
      if rows == 0 || columns == 0 { continue }
      let (top, left) = (dice.integer(rows * 2), dice.integer(columns * 2))
      let fragment = picture[top..<top + rows].slicing(left..<left + columns, along: 1)
      let place = (dice.integer(height - rows + 1), dice.integer(width - columns + 1))
      image = image.maximum(onGround(fragment * 0.6, at: place))
    }
    for _ in 0..<objects.lowerBound + dice.integer(objects.count) {
      let index = dice.integer(labels.count)
      let scale = scales.lowerBound + dice.uniform() * (scales.upperBound - scales.lowerBound)
      let picture = enlarged(pictures[index], by: scale)
      guard let extent = Extent(of: picture, above: Self.threshold) else { continue }
      for _ in 0..<8 {
        let top = dice.integer(height - picture.shape[0] + 1)
        let left = dice.integer(width - picture.shape[1] + 1)
        let box = extent.box(top: top, left: left)
        if boxes.contains(where: { $0.box.intersectionOverUnion(box) > overlap }) { continue }
        boxes.append(LabelledBox(box, label: labels[index]))
        image = image.maximum(onGround(picture, at: (top, left)))
        break
      }
    }
    return (image.insertingAxis(0), boxes)
  }

  /// The scenes 0 ..< `count`: images `[count, 1, height, width]`, and what is in each.
  public func first(_ count: Int) -> (images: Tensor, truth: [[LabelledBox]]) {
    let scenes = (0..<count).map { self[$0] }
    return (.stacked(scenes.map(\.image)), scenes.map(\.boxes))
  }

  /// What is brighter than this is part of an object.
  static let threshold = 0.1

  private func enlarged(_ picture: Tensor, by scale: Double) -> Tensor {
    let sides = picture.shape.map { max(1, Int((Double($0) * scale).rounded(.down))) }
    return picture.insertingAxis(0).insertingAxis(0)
      .resized2D(toHeight: sides[0], width: sides[1]).reshaped(to: sides)
  }

  private func onGround(_ picture: Tensor, at place: (top: Int, left: Int)) -> Tensor {
    let (rows, columns) = (picture.shape[0], picture.shape[1])
    return picture.padded([
      (place.left, width - place.left - columns), (place.top, height - place.top - rows),
    ])
  }
}
