extension StudentGraph.Window {
  /// Height and width of the window with what lies between its places.
  var reach: (height: Int, width: Int) {
    (dilationDown * (height - 1) + 1, dilationRight * (width - 1) + 1)
  }

  /// The shape that a window gives; nil when it does not fit.
  func over(_ shape: StudentGraph.Shape, _ channels: Int) -> StudentGraph.Shape? {
    let (tall, wide) = (shape.height + 2 * paddingTop, shape.width + 2 * paddingLeft)
    guard tall >= reach.height, wide >= reach.width else { return nil }
    var result = shape
    result.channels = channels
    result.height = (tall - reach.height) / strideDown + 1
    result.width = (wide - reach.width) / strideRight + 1
    return result
  }
}

extension StudentGraph.Kind {
  /// Whether a function of its own may follow within the operation.
  var hasActivation: Bool {
    switch self {
    case .linear, .convolution, .sum, .positionwise, .layerNorm, .shift, .prefixes: true
    case .maxPool, .meanPool, .softmax, .nade, .attention, .recurrence, .embedding, .flatten,
      .sequence, .mean, .upsample, .join, .bernoulli, .rows, .normalDensity, .logSum:
      false
    }
  }
}

extension StudentGraph.Operation {
  /// Folds a factor and a summand for each output into weights and biases.
  mutating func scale(by factors: [Double], plus shifts: [Double]) {
    func scaled(_ weights: [Float]) -> [Float] {
      let each = weights.count / factors.count
      return weights.indices.map { Float(Double(weights[$0]) * factors[$0 / each]) }
    }
    func moved(_ biases: [Float]) -> [Float] {
      biases.indices.map { Float(Double(biases[$0]) * factors[$0] + shifts[$0]) }
    }
    switch kind {
    case .linear(let weights, let biases):
      kind = .linear(weights: scaled(weights), biases: moved(biases))
    case .convolution(let window, let weights, let biases):
      kind = .convolution(window, weights: scaled(weights), biases: moved(biases))
    default: break
    }
  }
}
