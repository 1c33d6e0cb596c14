import Tensors

/// (x − mean)/√(variance + ε)·weight + bias over groups of channels of each example, the channels
/// being the second axis (Wu & He 2018). With one group this is layer normalisation over everything,
/// with as many groups as channels it is instance normalisation.
public struct GroupNorm: Module {
  public let groups: Int
  /// `[channels]`.
  public let weight: Parameter?
  /// `[channels]`.
  public let bias: Parameter?
  public let epsilon: Double

  /// - Parameters:
  ///   - epsilon: Keeps the divisor from zero. The default is PyTorch's.
  ///   - affine: Whether weight and bias are there.
  public init(
    groups: Int,
    _ channels: Int,
    epsilon: Double = 1e-5,
    affine: Bool = true,
    _ elementType: ElementType = .float32,
    on device: Device = .cpu
  ) {
    precondition(channels % groups == 0, "GroupNorm: \(channels) channels in \(groups) groups")
    self.groups = groups
    weight = affine ? Parameter(.ones([channels], elementType, on: device)) : nil
    bias = affine ? Parameter(.zeros([channels], elementType, on: device)) : nil
    self.epsilon = epsilon
  }

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    input.groupNormalized(
      groups: groups,
      weight: weight?.value,
      bias: bias?.value,
      epsilon: epsilon
    )
  }
}
