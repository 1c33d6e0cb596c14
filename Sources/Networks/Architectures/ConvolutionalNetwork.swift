import Tensors

/// Convolutions, pools and linear layers one after another, as a ``ModelSpecification`` says.
///
/// `[batch, channels, height, width]`, or the same flat, `[batch, inputs]`, to `[batch, outputs]`.
///
/// Parameter paths and taps are those of PyTorch's `nn.Sequential` of the layers with their
/// activations as layers of their own: `nn.Sequential(Conv2d, ReLU, MaxPool2d, Flatten, Linear)` has
/// `0.weight`, `0.bias`, `4.weight` and `4.bias`.
public struct ConvolutionalNetwork: Module {
  public let specification: ConvolutionalSpecification
  public let layers: Sequential

  /// - Parameter specification: Says the size of its images.
  public init(_ specification: ConvolutionalSpecification, using generator: RandomGenerator) {
    guard let input = specification.input else {
      preconditionFailure("ConvolutionalNetwork: \(specification) does not say the size of images")
    }
    self.specification = specification
    layers = Sequential(Self.layers(specification, input, generator))
  }

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    layers.forward(input.reshaped(to: [input.shape[0]] + specification.input!), pass)
  }

  public var members: [(name: String, member: ModuleMember)] { layers.members }

  private static func layers(
    _ specification: ConvolutionalSpecification,
    _ input: [Int],
    _ generator: RandomGenerator
  ) -> [any Module] {
    let activation = specification.activation
    var layers: [any Module] = []
    var (channels, height, width) = (input[0], input[1], input[2])
    /// How many numbers there are, once images became numbers.
    var count: Int?
    func slide(_ size: Int, _ stride: Int, _ padding: Int) {
      height = (height + 2 * padding - size) / stride + 1
      width = (width + 2 * padding - size) / stride + 1
    }
    for (index, layer) in specification.layers.enumerated() {
      switch layer {
      case .convolution(let window):
        layers += convolution(channels, window, generator) + [activation]
        slide(window.size, window.stride, window.padding)
        channels = window.filters
      case .residual(let window):
        layers += [residual(channels, window, activation, generator), activation]
        slide(window.size, window.stride, window.padding)
        channels = window.filters
      case .maxPool(let size, let stride):
        layers.append(MaxPool(size: size, stride: stride))
        slide(size, stride, 0)
      case .averagePool(let size, let stride):
        layers.append(AveragePool(size: size, stride: stride))
        slide(size, stride, 0)
      case .globalAverage:
        layers.append(AdaptiveAveragePool(to: 1, 1))
        (height, width) = (1, 1)
      case .dropout(let probability): layers.append(Dropout(probability))
      case .linear(let outputs):
        if count == nil { layers.append(Flatten()) }
        let inputs = count ?? channels * height * width
        layers.append(Linear(inputs, outputs, using: generator))
        if index < specification.layers.count - 1 { layers.append(activation) }
        count = outputs
      }
    }
    return layers
  }

  /// A convolution; with batch normalisation it needs no bias of its own.
  private static func convolution(
    _ channels: Int,
    _ window: ConvolutionalSpecification.Window,
    _ generator: RandomGenerator
  ) -> [any Module] {
    let layer = Convolution2D(
      channels,
      window.filters,
      size: Extent2D(window.size),
      stride: Extent2D(window.stride),
      padding: Extent2D(window.padding),
      groups: window.groups,
      bias: !window.isNormalized,
      using: generator
    )
    return window.isNormalized ? [layer, BatchNorm(window.filters, on: generator.device)] : [layer]
  }

  /// The basic block of residual networks (He et al. 2016): two convolutions, the first of which may
  /// have a stride; where shapes differ the input passes through a convolution of size 1.
  private static func residual(
    _ channels: Int,
    _ window: ConvolutionalSpecification.Window,
    _ activation: Activation,
    _ generator: RandomGenerator
  ) -> Residual {
    var first = window
    first.isNormalized = true
    var second = first
    second.stride = 1
    let body =
      convolution(channels, first, generator) + [activation]
      + convolution(window.filters, second, generator)
    guard channels != window.filters || window.stride != 1 else {
      return Residual(Sequential(body))
    }
    var short = first
    (short.size, short.padding, short.groups) = (1, 0, 1)
    return Residual(
      Sequential(body),
      shortcut: Sequential(convolution(channels, short, generator))
    )
  }
}
