import Tensors

/// The parameters that LSTM and GRU have in common: for each layer and direction a weight from the
/// input and one from the state before, each with a bias.
struct Recurrence {
  let inputs: Int
  let hidden: Int
  let layers: Int
  let isBidirectional: Bool
  let dropout: Dropout
  /// PyTorch's names, in its order.
  let named: [(name: String, parameter: Parameter)]

  var directions: Int { isBidirectional ? 2 : 1 }

  /// - Parameter gates: How many numbers each hidden unit computes from its inputs.
  init(
    gates: Int,
    _ inputs: Int,
    _ hidden: Int,
    layers: Int,
    isBidirectional: Bool,
    bias: Bool,
    dropout: Double,
    _ elementType: ElementType,
    using generator: RandomGenerator
  ) {
    precondition(layers > 0, "a recurrent layer needs at least one layer, not \(layers)")
    self.inputs = inputs
    self.hidden = hidden
    self.layers = layers
    self.isBidirectional = isBidirectional
    self.dropout = Dropout(dropout)
    var named: [(name: String, parameter: Parameter)] = []
    func draw(_ name: String, _ shape: [Int]) {
      let value = Initialization.fanInUniform(
        shape,
        fanIn: hidden,
        fanOut: hidden,
        elementType,
        using: generator
      )
      named.append((name, Parameter(value)))
    }
    for layer in 0..<layers {
      for direction in isBidirectional ? ["", "_reverse"] : [""] {
        let end = "_l\(layer)\(direction)"
        let width = layer == 0 ? inputs : hidden * (isBidirectional ? 2 : 1)
        draw("weight_ih\(end)", [gates * hidden, width])
        draw("weight_hh\(end)", [gates * hidden, hidden])
        if bias {
          draw("bias_ih\(end)", [gates * hidden])
          draw("bias_hh\(end)", [gates * hidden])
        }
      }
    }
    self.named = named
  }

  var members: [(name: String, member: ModuleMember)] {
    named.map { ($0.name, .parameter($0.parameter)) }
  }

  /// Runs layer after layer, dropout between them, each from its part of the states before.
  ///
  /// Layers go to libtorch one by one, because its own dropout draws from a global generator.
  ///
  /// - Parameters:
  ///   - states: `[layers·directions, batch, hidden]`, one for each kind of state.
  ///   - run: libtorch's operator: the outputs and the states after.
  func unrolled(
    _ input: Tensor,
    from states: [Tensor],
    _ pass: Pass,
    by run: (_ input: Argument, _ states: [Tensor], _ rest: [Argument]) -> [Tensor]
  ) -> (outputs: Tensor, states: [Tensor]) {
    let perLayer = named.count / layers
    var outputs = input
    var after = states.map { _ in [Tensor]() }
    for layer in 0..<layers {
      if layer > 0 { outputs = dropout(outputs, pass) }
      let parameters = named[(layer * perLayer)..<((layer + 1) * perLayer)].map(\.parameter.value)
      let positions = outputs.shape[0] * outputs.shape[1]
      pass.count(parameters.reduce(0) { $1.rank == 2 ? $0 + positions * $1.count : $0 })
      let part = (layer * directions)..<((layer + 1) * directions)
      let results = run(
        .tensor(outputs),
        states.map { $0[part] },
        [
          .tensors(parameters),
          .bool(perLayer == 4 * directions),  // has biases
          .integer(1),  // layers
          .real(0),  // dropout
          .bool(pass.isTraining),
          .bool(isBidirectional),
          .bool(true),  // batch first
        ]
      )
      outputs = results[0]
      for kind in states.indices { after[kind].append(results[kind + 1]) }
    }
    return (outputs, after.map { Tensor.concatenated($0) })
  }

  /// Zeros to start from.
  func start(for input: Tensor, _ layer: String) -> Tensor {
    precondition(
      input.rank == 3 && input.shape[2] == inputs,
      "\(layer): the input must be [batch, length, \(inputs)], not \(input.shape)"
    )
    return .zeros(
      [layers * directions, input.shape[0], hidden],
      input.elementType,
      on: input.device
    )
  }
}
