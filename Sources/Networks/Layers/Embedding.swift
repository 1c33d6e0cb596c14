import Tensors

/// A learnt row for each of a number of entries: integers `[…]` to `[…, width]`.
public struct Embedding: Module {
  /// `[entries, width]`.
  public let weight: Parameter

  /// - Parameter initialization: The default is PyTorch's, a normal distribution of variance 1.
  public init(
    _ entries: Int,
    _ width: Int,
    initialization: Initialization = .normal(standardDeviation: 1),
    _ elementType: ElementType = .float32,
    using generator: RandomGenerator
  ) {
    weight = Parameter(
      initialization(
        [entries, width],
        fanIn: entries,
        fanOut: width,
        elementType,
        using: generator
      )
    )
  }

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    input.embedded(in: weight.value)
  }
}
