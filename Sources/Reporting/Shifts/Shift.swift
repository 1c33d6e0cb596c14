import Mathematics
import Tensors

/// A change of the inputs that their classes survive, to see how a model does on inputs that are not
/// quite like those it learnt from (after Hendrycks & Dietterich, *Benchmarking neural network
/// robustness to common corruptions and perturbations*, ICLR 2019).
///
/// ```swift
/// let noisy = Shift(.noise, 0.5).apply(to: images, shape: [1, 28, 28], seed: 1)
/// ```
///
/// All of them commute with a scaling of the inputs by channel (or by feature): it makes no
/// difference whether inputs are shifted before or after they are standardised.
public struct Shift: Hashable, Sendable, Codable {
  public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
    /// Normal noise; the severity is its standard deviation, in those of the channel's (or
    /// feature's) own numbers over all examples.
    case noise
    /// A Gaussian blur; the severity is its standard deviation in pixels.
    case blur
    /// A rotation about the centre, of each image to the left or to the right at random; the
    /// severity is the angle in degrees.
    case rotation
  }

  public let kind: Kind
  /// How much, from 0 up, in the unit of the kind.
  public let severity: Double

  public init(_ kind: Kind, _ severity: Double) {
    precondition(severity >= 0 && severity.isFinite, "Shift(\(kind), \(severity)): needs ≥ 0")
    self.kind = kind
    self.severity = severity
  }

  /// Three severities of each kind that inputs of a shape can be shifted by: images by all, others
  /// by noise alone.
  ///
  /// - Parameter shape: Of one input: `[channels, height, width]`, or `[features]`.
  public static func standard(for shape: [Int]) -> [Shift] {
    let noise = [0.25, 0.5, 1].map { Shift(.noise, $0) }
    guard shape.count == 3 else { return noise }
    return noise + [0.5, 1, 2].map { Shift(.blur, $0) } + [10, 20, 40].map { Shift(.rotation, $0) }
  }

  /// The inputs, shifted.
  ///
  /// What lies outside of an image repeats its edge. The result depends on the seed and the number
  /// of examples, not on the device.
  ///
  /// - Parameters:
  ///   - inputs: All examples at once, `[examples, numbers…]`, of any floating type.
  ///   - shape: Of one input: `[channels, height, width]`; blur and rotation need it.
  /// - Returns: The same shape as `inputs`.
  public func apply(to inputs: Tensor, shape: [Int], seed: UInt64) -> Tensor {
    let count = inputs.shape[0]
    precondition(
      inputs.count == count * shape.reduce(1, *),
      "Shift of inputs \(inputs.shape) as \(shape)"
    )
    precondition(kind == .noise || shape.count == 3, "Shift(\(kind)): needs images, not \(shape)")
    if severity == 0 || count == 0 { return inputs }
    let generator = RandomGenerator(seed: seed)
    let rows = inputs.reshaped(to: [count] + shape)
    let shifted =
      switch kind {
      case .noise: withNoise(rows, generator)
      case .blur: blurred(rows)
      case .rotation: rotated(rows, generator)
      }
    return shifted.reshaped(to: inputs.shape)
  }

  private func withNoise(_ inputs: Tensor, _ generator: RandomGenerator) -> Tensor {
    let columns = inputs.reshaped(to: [inputs.shape[0], inputs.shape[1], -1]).cast(to: .float64)
    let mean = columns.mean(along: 0, 2, keepingAxes: true)
    let deviation = (columns - mean).squared.mean(along: 0, 2, keepingAxes: true).squareRoot
    let noise = Tensor.normal(columns.shape, .float32, using: generator).moved(to: inputs.device)
    let scale = (deviation * severity).cast(to: inputs.elementType)
    return inputs + (noise.cast(to: inputs.elementType) * scale).reshaped(to: inputs.shape)
  }

  /// Along rows, then along columns.
  private func blurred(_ images: Tensor) -> Tensor {
    let radius = Int((3 * severity).rounded(.up))
    let offsets = Tensor.range(-radius..<(radius + 1)).cast(to: .float64)
    let weights = (offsets.squared * (-0.5 / (severity * severity))).exponential
    let kernel = (weights / weights.sum()).cast(to: images.elementType).moved(to: images.device)
    return [2, 3].reduce(images) { images, axis in
      let length = images.shape[axis]
      let places = (-radius..<(length + radius)).map { min(max($0, 0), length - 1) }
      let padded = images.gatheringRows(Tensor(places).moved(to: images.device), along: axis)
      return (0..<(2 * radius + 1)).reduce(images.zerosLike) { sum, offset in
        sum + padded.slicing(offset..<(offset + length), along: axis) * kernel[offset]
      }
    }
  }

  /// Bilinear between the four nearest pixels.
  private func rotated(_ images: Tensor, _ generator: RandomGenerator) -> Tensor {
    let (height, width) = (images.shape[2], images.shape[3])
    let sides =
      (Tensor.uniform([images.shape[0]], using: generator) .< 0.5).cast(to: .float64) * 2 - 1
    let angles = (sides * (severity * .pi / 180)).reshaped(to: [-1, 1, 1])
    let y = (Tensor.range(0..<height).cast(to: .float64) - Double(height - 1) / 2)
      .reshaped(to: [1, height, 1])
    let x = (Tensor.range(0..<width).cast(to: .float64) - Double(width - 1) / 2)
      .reshaped(to: [1, 1, width])
    // Where each pixel comes from, in −1…1 from the first to the last.
    let across = (angles.cosine * x - angles.sine * y) / max(Double(width - 1) / 2, 0.5)
    let down = (angles.sine * x + angles.cosine * y) / max(Double(height - 1) / 2, 0.5)
    let grid = Tensor.stacked([across, down], along: 3)
    return sampler(
      .tensor(images),
      .tensor(grid.cast(to: images.elementType).moved(to: images.device)),
      .integer(0),  // bilinear
      .integer(1),  // beyond the border: the border
      .bool(true)  // −1 and 1 are the centres of the outermost pixels
    )
  }
}

private let sampler = Operator("aten::grid_sampler_2d")

extension Shift: CustomStringConvertible {
  /// Such as `rotation 20°`.
  public var description: String {
    let amount = Uncertain.short(severity)
    return switch kind {
    case .noise: "noise \(amount) sd"
    case .blur: "blur \(amount) px"
    case .rotation: "rotation \(amount)°"
    }
  }
}
