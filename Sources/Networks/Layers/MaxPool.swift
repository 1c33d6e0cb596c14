import Tensors

/// The largest input in each window: over the last axis of `[batch, channels, length]`, or the last
/// two of `[batch, channels, height, width]`. PyTorch's `MaxPool1d` and `MaxPool2d`.
public struct MaxPool: Module {
  public let size: Int
  public let stride: Int
  public let padding: Int

  /// - Parameter stride: How far apart windows are. The default is their size: they do not overlap.
  public init(size: Int, stride: Int? = nil, padding: Int = 0) {
    self.size = size
    self.stride = stride ?? size
    self.padding = padding
  }

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    requireChannels("MaxPool", input)
    return input.rank == 3
      ? input.maxPooled1D(size: size, stride: stride, padding: padding)
      : input.maxPooled2D(size: size, stride: stride, padding: padding)
  }

  public var members: [(name: String, member: ModuleMember)] { [] }
}

/// The largest input in each of as many windows as outputs are wanted. PyTorch's
/// `AdaptiveMaxPool1d` and `AdaptiveMaxPool2d`.
public struct AdaptiveMaxPool: Module {
  /// The lengths of the last axes of the result.
  public let lengths: [Int]

  /// - Parameter lengths: The length, or the height and width, of the result.
  public init(to lengths: Int...) {
    precondition((1...2).contains(lengths.count), "AdaptiveMaxPool: \(lengths) for 1 or 2 axes")
    self.lengths = lengths
  }

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor { input.maxPooled(to: lengths) }

  public var members: [(name: String, member: ModuleMember)] { [] }
}

func requireChannels(_ layer: String, _ input: Tensor) {
  precondition(
    (3...4).contains(input.rank),
    "\(layer): the input must be [batch, channels, length] or [batch, channels, height, width], "
      + "not \(input.shape)"
  )
}
