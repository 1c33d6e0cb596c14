extension ModelSpecification {
  /// The bytes that training takes at least: parameters, their gradients and the two moments of Adam,
  /// and what the layers make of a batch, forwards and backwards.
  ///
  /// A `Double`, because what is written may be beyond every count. Images whose size the data must
  /// tell are taken to be of one pixel.
  package func bytesToTrain(batch: Int) -> Double {
    let (parameters, values) = numbers
    return 4 * (4 * parameters + 2 * Double(batch) * values)
  }

  /// How many parameters there are, and numbers that the layers make of one input.
  private var numbers: (parameters: Double, values: Double) {
    switch self {
    case .perceptron(let widths, _):
      let widths = widths.map(Double.init)
      let weights = zip(widths, widths.dropFirst()).reduce(0) { $0 + ($1.0 + 1) * $1.1 }
      return (weights, widths.reduce(0, +))
    case .layered(let network): return network.numbers
    case .convolutional(let network): return network.numbers
    }
  }
}

extension ConvolutionalSpecification {
  fileprivate var numbers: (parameters: Double, values: Double) {
    let size = (input ?? [1, 1, 1]).map(Double.init)
    var (channels, height, width) = (size[0], size[1], size[2])
    var (parameters, values) = (0.0, channels * height * width)
    func slide(_ size: Int, _ stride: Int, _ padding: Int) {
      func slid(_ length: Double) -> Double {
        max(1, ((length + 2 * Double(padding) - Double(size)) / Double(stride)).rounded(.down) + 1)
      }
      (height, width) = (slid(height), slid(width))
    }
    for layer in layers {
      switch layer {
      case .convolution(let window), .residual(let window):
        let filters = Double(window.filters)
        let area = Double(window.size) * Double(window.size)
        parameters += filters * (channels / Double(window.groups) * area + 1)
        slide(window.size, window.stride, window.padding)
        channels = filters
        values += channels * height * width
        if case .residual = layer {
          parameters += filters * (channels / Double(window.groups) * area + 1)
          values += channels * height * width
        }
      case .maxPool(let size, let stride), .averagePool(let size, let stride):
        slide(size, stride, 0)
        values += channels * height * width
      case .globalAverage: (height, width) = (1, 1)
      case .dropout: values += channels * height * width
      case .linear(let outputs):
        parameters += (channels * height * width + 1) * Double(outputs)
        (channels, height, width) = (Double(outputs), 1, 1)
        values += channels
      }
    }
    return (parameters, values)
  }
}
