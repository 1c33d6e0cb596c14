extension ConvolutionalSpecification {
  public var size: NetworkSize? {
    let image = (input ?? [1, 1, 1]).map(Double.init)
    var (channels, height, width) = (image[0], image[1], image[2])
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
    return NetworkSize(parameters: parameters, values: values)
  }
}
