import Tensors

private let lstm = Operator("aten::lstm", "input")

/// Long short-term memory (Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al.
/// 2000): `[batch, length, inputs]` to `[batch, length, hidden]`, or twice as wide when
/// bidirectional. PyTorch's `LSTM` with `batch_first=True`.
///
/// With gates i, f, o = sigmoid(W·x + U·h + b) and g = tanh(W·x + U·h + b):
/// c ← f·c + i·g, h ← o·tanh(c). The output is h at each position.
public struct LSTM: Module {
  /// What is carried from one position to the next: each `[layers·directions, batch, hidden]`.
  public struct State {
    public let hidden: Tensor
    public let cell: Tensor

    public init(hidden: Tensor, cell: Tensor) {
      self.hidden = hidden
      self.cell = cell
    }
  }

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
      gates: 4,
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

  /// The outputs at all positions, and the state after the last.
  ///
  /// - Parameter state: The state before the first position. The default is zero.
  public func unrolled(
    _ input: Tensor,
    from state: State? = nil,
    _ pass: Pass = .evaluation
  ) -> (outputs: Tensor, state: State) {
    let zeros = recurrence.start(for: input, "LSTM")
    let start = [state?.hidden ?? zeros, state?.cell ?? zeros]
    let result = recurrence.unrolled(input, from: start, pass) { input, states, rest in
      lstm.results([input, .tensors(states)] + rest, capacity: 3)
    }
    return (result.outputs, State(hidden: result.states[0], cell: result.states[1]))
  }

  public var members: [(name: String, member: ModuleMember)] { recurrence.members }
}
