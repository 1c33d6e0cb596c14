import Tensors

/// The transpose (adjoint) of a convolution, which enlarges: `[batch, channels, height, width]` to
/// `[batch, filters, height′, width′]` with
/// height′ = (height − 1)·stride − 2·padding + dilation·(size − 1) + outputPadding + 1. PyTorch's
/// `ConvTranspose2d`.
public struct TransposedConvolution2D: Module {
  /// `[channels, filters/groups, height, width]`.
  public let weight: Parameter
  /// `[filters]`.
  public let bias: Parameter?
  public let stride: Extent2D
  public let padding: Extent2D
  public let outputPadding: Extent2D
  public let dilation: Extent2D
  public let groups: Int

  /// - Parameters:
  ///   - padding: How many rows and columns are cut from all sides of the result.
  ///   - outputPadding: Rows and columns added at the bottom and right, to tell apart the input
  ///     sizes that a convolution with a stride maps to one.
  ///   - dilation: The distance between the outputs of one window.
  ///   - groups: Into how many parts channels and filters are divided, each seeing only its own.
  public init(
    _ channels: Int,
    _ filters: Int,
    size: Extent2D,
    stride: Extent2D = 1,
    padding: Extent2D = 0,
    outputPadding: Extent2D = 0,
    dilation: Extent2D = 1,
    groups: Int = 1,
    bias: Bool = true,
    initialization: Initialization = .fanInUniform,
    _ elementType: ElementType = .float32,
    using generator: RandomGenerator
  ) {
    precondition(
      channels % groups == 0 && filters % groups == 0,
      "TransposedConvolution2D: \(channels) channels and \(filters) filters in \(groups) groups"
    )
    // As in PyTorch the fans are those of the convolution this one is the transpose of.
    let (fanIn, fanOut) = (filters / groups * size.area, channels / groups * size.area)
    func draw(_ shape: [Int]) -> Parameter {
      Parameter(initialization(shape, fanIn: fanIn, fanOut: fanOut, elementType, using: generator))
    }
    weight = draw([channels, filters / groups] + size.lengths)
    self.bias = bias ? draw([filters]) : nil
    self.stride = stride
    self.padding = padding
    self.outputPadding = outputPadding
    self.dilation = dilation
    self.groups = groups
  }

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    // Each input is multiplied with the weights of its channel, those cut by padding too.
    pass.count(input.count * weight.value.count / weight.shape[0])
    return input.transposeConvolved(
      with: weight.value,
      bias: bias?.value,
      stride: stride.lengths,
      padding: padding.lengths,
      outputPadding: outputPadding.lengths,
      dilation: dilation.lengths,
      groups: groups
    )
  }
}
