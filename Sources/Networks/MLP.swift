import Tensors

/// A multilayer perceptron: linear layers with an activation between them, none after the last.
///
/// ```swift
/// let student = MLP([784, 50, 30, 10], using: RandomGenerator(seed: 1))
/// let logits = student(images)  // [batch, 784] to [batch, 10]
/// ```
///
/// Parameter paths are those of PyTorch's `nn.Sequential(Linear, ReLU, Linear, …)`: `0.weight`,
/// `2.weight`, …; taps likewise: `"1"` is the first hidden layer after its activation.
public struct MLP: Module {
  /// The number of inputs, of each hidden layer's units, and of outputs.
  public let widths: [Int]
  public let activation: Activation
  public let layers: [Linear]

  public init(
    _ widths: [Int],
    activation: Activation = .relu,
    initialization: Initialization = .fanInUniform,
    _ elementType: ElementType = .float32,
    using generator: RandomGenerator
  ) {
    precondition(
      widths.count >= 2 && widths.allSatisfy { $0 > 0 },
      "MLP(\(widths)): needs an input and an output width, all positive"
    )
    self.widths = widths
    self.activation = activation
    layers = zip(widths, widths.dropFirst()).map { inputs, outputs in
      Linear(
        inputs,
        outputs,
        initialization: initialization,
        elementType,
        using: generator
      )
    }
  }

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    var value = input
    for (index, layer) in layers.enumerated() {
      value = pass.within("\(2 * index)") { layer(value, pass) }
      if index < layers.count - 1 {
        value = pass.within("\(2 * index + 1)") { activation(value, pass) }
      }
    }
    return value
  }

  public var members: [(name: String, member: ModuleMember)] {
    layers.enumerated().map { ("\(2 * $0.offset)", .module($0.element)) }
  }
}
