import Tensors

/// Each output is a weighted sum over a window that slides along the last axis, plus a bias:
/// `[batch, channels, length]` to `[batch, filters, (length + 2·padding − dilation·(size − 1) −
/// 1)/stride + 1]`. PyTorch's `Conv1d`.
public struct Convolution1D: Module {
  /// `[filters, channels/groups, size]`.
  public let weight: Parameter
  /// `[filters]`.
  public let bias: Parameter?
  public let stride: Int
  public let padding: Int
  public let dilation: Int
  public let groups: Int

  /// - Parameters:
  ///   - padding: Zeros added at both ends.
  ///   - dilation: The distance between the inputs of one window.
  ///   - groups: Into how many parts channels and filters are divided, each seeing only its own.
  public init(
    _ channels: Int,
    _ filters: Int,
    size: Int,
    stride: Int = 1,
    padding: Int = 0,
    dilation: Int = 1,
    groups: Int = 1,
    bias: Bool = true,
    initialization: Initialization = .fanInUniform,
    _ elementType: ElementType = .float32,
    using generator: RandomGenerator
  ) {
    precondition(
      channels % groups == 0 && filters % groups == 0,
      "Convolution1D: \(channels) channels and \(filters) filters in \(groups) groups"
    )
    let (fanIn, fanOut) = (channels / groups * size, filters / groups * size)
    func draw(_ shape: [Int]) -> Parameter {
      Parameter(initialization(shape, fanIn: fanIn, fanOut: fanOut, elementType, using: generator))
    }
    weight = draw([filters, channels / groups, size])
    self.bias = bias ? draw([filters]) : nil
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.groups = groups
  }

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    let output = input.convolved1D(
      with: weight.value,
      bias: bias?.value,
      stride: stride,
      padding: padding,
      dilation: dilation,
      groups: groups
    )
    // Each output is a sum over the weights of its filter.
    pass.count(output.count * weight.value.count / weight.shape[0])
    return output
  }
}
