import Tensors

/// The mean of each window, zeros of the padding included: over the last axis of
/// `[batch, channels, length]`, or the last two of `[batch, channels, height, width]`. PyTorch's
/// `AvgPool1d` and `AvgPool2d`.
public struct AveragePool: Module {
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
    requireChannels("AveragePool", input)
    return input.rank == 3
      ? input.averagePooled1D(size: size, stride: stride, padding: padding)
      : input.averagePooled2D(size: size, stride: stride, padding: padding)
  }

  public var members: [(name: String, member: ModuleMember)] { [] }
}

/// The mean of each of as many windows as outputs are wanted; `AdaptiveAveragePool(to: 1, 1)`
/// averages whole images. PyTorch's `AdaptiveAvgPool1d` and `AdaptiveAvgPool2d`.
public struct AdaptiveAveragePool: Module {
  /// The lengths of the last axes of the result.
  public let lengths: [Int]

  /// - Parameter lengths: The length, or the height and width, of the result.
  public init(to lengths: Int...) {
    precondition((1...2).contains(lengths.count), "AdaptiveAveragePool: \(lengths) for 1 or 2 axes")
    self.lengths = lengths
  }

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor { input.averagePooled(to: lengths) }

  public var members: [(name: String, member: ModuleMember)] { [] }
}
