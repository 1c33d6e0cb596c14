import Tensors

/// Each output is a weighted sum over a window that slides over the image, plus a bias:
/// `[batch, channels, height, width]` to `[batch, filters, height′, width′]` with
/// height′ = (height + 2·padding − dilation·(size − 1) − 1)/stride + 1. PyTorch's `Conv2d`.
///
/// ```swift
/// let layer = Convolution2D(1, 16, size: 3, padding: 1, using: generator)
/// let flat = Convolution2D(16, 16, size: [1, 5], padding: [0, 2], using: generator)
/// ```
public struct Convolution2D: Module {
  /// `[filters, channels/groups, height, width]`.
  public let weight: Parameter
  /// `[filters]`.
  public let bias: Parameter?
  public let stride: Extent2D
  public let padding: Extent2D
  public let dilation: Extent2D
  public let groups: Int

  /// - Parameters:
  ///   - padding: Zeros added on all sides.
  ///   - dilation: The distance between the inputs of one window.
  ///   - groups: Into how many parts channels and filters are divided, each seeing only its own.
  public init(
    _ channels: Int,
    _ filters: Int,
    size: Extent2D,
    stride: Extent2D = 1,
    padding: Extent2D = 0,
    dilation: Extent2D = 1,
    groups: Int = 1,
    bias: Bool = true,
    initialization: Initialization = .fanInUniform,
    _ elementType: ElementType = .float32,
    using generator: RandomGenerator
  ) {
    precondition(
      channels % groups == 0 && filters % groups == 0,
      "Convolution2D: \(channels) channels and \(filters) filters in \(groups) groups"
    )
    let (fanIn, fanOut) = (channels / groups * size.area, filters / groups * size.area)
    func draw(_ shape: [Int]) -> Parameter {
      Parameter(initialization(shape, fanIn: fanIn, fanOut: fanOut, elementType, using: generator))
    }
    weight = draw([filters, channels / groups] + size.lengths)
    self.bias = bias ? draw([filters]) : nil
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.groups = groups
  }

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    let output = input.convolved(
      with: weight.value,
      bias: bias?.value,
      stride: stride.lengths,
      padding: padding.lengths,
      dilation: dilation.lengths,
      groups: groups
    )
    // Each output is a sum over the weights of its filter.
    pass.count(output.count * weight.value.count / weight.shape[0])
    return output
  }
}
