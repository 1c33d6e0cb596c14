import Tensors

/// (x − mean)/√(variance + ε)·weight + bias over the last axes of each example (Ba et al. 2016).
public struct LayerNorm: Module {
  /// The lengths of the axes normalised over.
  public let shape: [Int]
  /// Of that shape.
  public let weight: Parameter?
  /// Of that shape.
  public let bias: Parameter?
  public let epsilon: Double

  /// - Parameters:
  ///   - shape: The lengths of the last axes, one or several.
  ///   - epsilon: Keeps the divisor from zero. The default is PyTorch's.
  ///   - affine: Whether weight and bias are there.
  ///   - bias: Whether the bias is there when the weight is.
  public init(
    _ shape: Int...,
    epsilon: Double = 1e-5,
    affine: Bool = true,
    bias: Bool = true,
    elementType: ElementType = .float32,
    on device: Device = .cpu
  ) {
    self.shape = shape
    weight = affine ? Parameter(.ones(shape, elementType, on: device)) : nil
    self.bias = affine && bias ? Parameter(.zeros(shape, elementType, on: device)) : nil
    self.epsilon = epsilon
  }

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    input.layerNormalized(over: shape, weight: weight?.value, bias: bias?.value, epsilon: epsilon)
  }
}
