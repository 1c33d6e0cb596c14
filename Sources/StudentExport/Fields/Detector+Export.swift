import Networks
import Vision

/// From an image, `[channels, height, width]`, to what a `DetectionLayout` gives a meaning: for each point
/// the logits of the background and of the classes, and four distances.
extension Detector: Exportable {
  public func append(to graph: inout StudentGraph) throws {
    let grid = layout.grid
    guard graph.inputShape.suffix(2) == [grid.height, grid.width], graph.inputShape.count == 3
    else {
      throw ExportError(
        "a detector of images of \(grid.height)×\(grid.width) pixels takes other inputs than "
          + "\(graph.inputShape)"
      )
    }
    var seen: [Int: Int] = [:]
    for (index, stage) in stages.enumerated() {
      try graph.append(stage)
      seen[2 << index] = graph.output
    }
    var coarser: Int?
    var levels: [Int] = []
    for level in grid.strides.indices.reversed() {
      var map = try graph.append(lateral[level], to: seen[grid.strides[level]]!)
      if let coarser { map = graph.add(coarser, grownTo: map) }
      coarser = map
      let smooth = try graph.append(smoothing[level], to: map)
      let hidden = try graph.append(tower, to: graph.append(.relu, to: smooth))
      levels.insert(try graph.append(classes, beside: boxes, to: hidden), at: 0)
    }
    let points = levels.dropFirst().reduce(levels[0]) { graph.joined($0, $1) }
    graph.end(with: try graph.append(Flatten(), to: points))
  }
}

extension StudentGraph {
  /// The sum of a map and of a smaller one, each pixel of which stands for several.
  fileprivate mutating func add(_ small: Int, grownTo map: Int) -> Int {
    let shape = shape(of: map)
    let grown = add(.upsample(shape.height / self.shape(of: small).height), [small], shape)
    return add(.sum, [map, grown], shape)
  }

  /// What two convolutions of one map give, side by side at each pixel, as a sequence of the pixels.
  fileprivate mutating func append(
    _ first: Convolution2D,
    beside second: Convolution2D,
    to map: Int
  ) throws -> Int {
    let size = first.weight.shape
    let window = Window(
      height: size[2],
      width: size[3],
      paddingTop: first.padding.height,
      paddingLeft: first.padding.width
    )
    var shape = shape(of: map)
    shape.channels = size[0] + second.weight.shape[0]
    let both = add(
      .convolution(
        window,
        weights: try numbers(first.weight) + numbers(second.weight),
        biases: try numbers(first.bias!) + numbers(second.bias!)
      ),
      [map],
      shape
    )
    let pixels = shape.height * shape.width
    return add(
      .sequence,
      [both],
      Shape(channels: shape.channels, width: pixels, isSequence: true)
    )
  }

  fileprivate mutating func joined(_ first: Int, _ second: Int) -> Int {
    var all = shape(of: first)
    all.width += shape(of: second).width
    return add(.join, [first, second], all)
  }
}
