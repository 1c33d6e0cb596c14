import Tensors

private let gru = Operator("aten::gru", "input")

/// Gated recurrent units (Cho et al. 2014): `[batch, length, inputs]` to
/// `[batch, length, hidden]`, or twice as wide when bidirectional. PyTorch's `GRU` with
/// `batch_first=True`.
///
/// With gates r, z = sigmoid(W·x + b + U·h + b′) and n = tanh(W·x + b + r·(U·h + b′)):
/// h ← (1 − z)·n + z·h. The output is h at each position.
public struct GRU: Module {
  private let recurrence: Recurrence

  /// - Parameters:
  ///   - layers: How many are stacked, each reading the outputs of the one before.
  ///   - dropout: The probability of it between layers, in training.
  public init(
    _ inputs: Int,
    _ hidden: Int,
    layers: Int = 1,
    isBidirectional: Bool = false,
    bias: Bool = true,
    dropout: Double = 0,
    _ elementType: ElementType = .float32,
    using generator: RandomGenerator
  ) {
    recurrence = Recurrence(
      gates: 3,
      inputs,
      hidden,
      layers: layers,
      isBidirectional: isBidirectional,
      bias: bias,
      dropout: dropout,
      elementType,
      using: generator
    )
  }

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor { unrolled(input, pass).outputs }

  /// The outputs at all positions, and the state after the last, `[layers·directions, batch,
  /// hidden]`.
  ///
  /// - Parameter state: The state before the first position. The default is zero.
  public func unrolled(
    _ input: Tensor,
    from state: Tensor? = nil,
    _ pass: Pass = .evaluation
  ) -> (outputs: Tensor, state: Tensor) {
    let start = state ?? recurrence.start(for: input, "GRU")
    let result = recurrence.unrolled(input, from: [start], pass) { input, states, rest in
      gru.results([input, .tensor(states[0])] + rest, capacity: 2)
    }
    return (result.outputs, result.states[0])
  }

  public var members: [(name: String, member: ModuleMember)] { recurrence.members }
}
