import Distillation
import Networks
import Tensors

/// A one-stage convolutional detector with a feature pyramid: `[batch, channels, height, width]` to
/// `[batch, outputs]`, which a ``DetectionLayout`` gives a meaning.
///
/// ```swift
/// let grid = try PointGrid(height: 96, width: 96, strides: [8, 16, 32])
/// let teacher = try Detector(
///   DetectionLayout(grid, classes: 10),
///   channels: 1,
///   widths: [16, 32, 64, 64, 64],
///   pyramid: 64,
///   using: generator
/// )
/// let found = teacher.detections(in: images)
/// ```
///
/// Every stage halves the image; those whose stride the grid has feed the pyramid, in which each level
/// adds what the coarser one saw (Lin et al., *Feature Pyramid Networks*, 2017). One head for all
/// levels gives classes and boxes at each point.
///
/// Taps: `stages.0`, … and `pyramid.0`, …, the finest level first, maps each.
public struct Detector: MeaningfulModule {
  /// Distances and logits side by side, which only the losses of this room read.
  public let meaning = Observation.Meaning.reals
  public let layout: DetectionLayout
  public let stages: [Sequential]
  /// 1×1 convolutions from stages to levels, the finest first.
  public let lateral: [Convolution2D]
  /// 3×3 convolutions of the sums.
  public let smoothing: [Convolution2D]
  public let tower: Sequential
  public let classes: Convolution2D
  public let boxes: Convolution2D

  /// - Parameters:
  ///   - channels: Of the images.
  ///   - widths: Channels of each stage; stage i has stride 2^(i + 1).
  ///   - pyramid: Channels of the pyramid's levels and of the head.
  /// - Throws: ``VisionError`` when no stage has a stride of the grid.
  public init(
    _ layout: DetectionLayout,
    channels: Int,
    widths: [Int],
    pyramid: Int,
    using generator: RandomGenerator
  ) throws {
    let strides = widths.indices.map { 2 << $0 }
    guard layout.grid.strides.allSatisfy(strides.contains) else {
      throw VisionError(
        "\(widths.count) stages have strides \(strides), but the grid has \(layout.grid.strides): "
          + "each stage halves the image, so add stages or choose other strides"
      )
    }
    self.layout = layout
    stages = zip([channels] + widths, widths).map { Self.stage($0, $1, generator) }
    lateral = layout.grid.strides.map {
      Convolution2D(widths[strides.firstIndex(of: $0)!], pyramid, size: 1, using: generator)
    }
    func wide() -> Convolution2D {
      Convolution2D(pyramid, pyramid, size: 3, padding: 1, using: generator)
    }
    smoothing = layout.grid.strides.map { _ in wide() }
    tower = Sequential(wide(), Activation.relu)
    classes = Convolution2D(pyramid, layout.classes + 1, size: 3, padding: 1, using: generator)
    boxes = Convolution2D(pyramid, 4, size: 3, padding: 1, using: generator)
  }

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    let grid = layout.grid
    guard
      holds(
        input.rank == 4 && Array(input.shape.suffix(2)) == [grid.height, grid.width],
        "a detector of images of \(grid.height)×\(grid.width) pixels saw \(input.shape): must be "
          + "[batch, channels, \(grid.height), \(grid.width)]"
      )
    else { return input }
    var value = input
    var seen: [Int: Tensor] = [:]
    for (index, stage) in stages.enumerated() {
      value = pass.within("stages.\(index)") { stage(value, pass) }
      seen[2 << index] = value
    }
    var coarser: Tensor?
    var outputs: [Tensor] = []
    for level in grid.strides.indices.reversed() {
      var map = lateral[level](seen[grid.strides[level]]!, pass)
      if let coarser {
        map = map + coarser.resizedToNearest2D(height: map.shape[2], width: map.shape[3])
      }
      coarser = map
      let features = pass.tap("pyramid.\(level)", smoothing[level](map, pass).relu)
      let hidden = tower(features, pass)
      let both = Tensor.concatenated([classes(hidden, pass), boxes(hidden, pass)], along: 1)
      outputs.insert(both.flattened(from: 2).transposed(), at: 0)
    }
    return .concatenated(outputs, along: 1).flattened(from: 1)
  }

  public var members: [(name: String, member: ModuleMember)] {
    func numbered(_ name: String, _ modules: [any Module]) -> [(name: String, member: ModuleMember)]
    {
      modules.enumerated().map { ("\(name).\($0.offset)", .module($0.element)) }
    }
    return numbered("stages", stages) + numbered("lateral", lateral)
      + numbered("smoothing", smoothing)
      + [("tower", .module(tower)), ("classes", .module(classes)), ("boxes", .module(boxes))]
  }

  /// What is in images, `[batch, channels, height, width]`; see
  /// ``DetectionLayout/detections(_:threshold:overlap:most:)``.
  public func detections(in images: Tensor, threshold: Double = 0.05) -> [[Detection]] {
    layout.detections(withoutGradient { self(images) }, threshold: threshold)
  }

  /// Two convolutions, the first of stride 2.
  private static func stage(_ inputs: Int, _ width: Int, _ generator: RandomGenerator) -> Sequential
  {
    func layer(_ inputs: Int, stride: Extent2D) -> [any Module] {
      [
        Convolution2D(
          inputs,
          width,
          size: 3,
          stride: stride,
          padding: 1,
          bias: false,
          using: generator
        ), BatchNorm(width, on: generator.device), Activation.relu,
      ]
    }
    return Sequential(layer(inputs, stride: 2) + layer(width, stride: 1))
  }
}
