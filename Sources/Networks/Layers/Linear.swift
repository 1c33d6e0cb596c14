import Tensors

/// y = x·Wᵀ + b: `[…, inputs]` to `[…, outputs]`.
public struct Linear: Module {
  /// `[outputs, inputs]`.
  public let weight: Parameter
  /// `[outputs]`.
  public let bias: Parameter?

  public init(
    _ inputs: Int,
    _ outputs: Int,
    bias: Bool = true,
    initialization: Initialization = .fanInUniform,
    _ elementType: ElementType = .float32,
    using generator: RandomGenerator
  ) {
    weight = Parameter(
      initialization(
        [outputs, inputs],
        fanIn: inputs,
        fanOut: outputs,
        elementType,
        using: generator
      )
    )
    self.bias =
      bias
      ? Parameter(
        initialization([outputs], fanIn: inputs, fanOut: outputs, elementType, using: generator)
      )
      : nil
  }

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    pass.count(input.count * weight.shape[0])
    return input.linear(weight: weight.value, bias: bias?.value)
  }
}
