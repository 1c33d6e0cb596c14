import Tensors

/// Recurrent networks, step by step.
enum ONNXRecurrence {
  private static let linear = Torch("linear")
  private static let sigmoid = Torch("sigmoid")
  private static let tanh = Torch("tanh")
  private static let relu = Torch("relu")
  private static let stack = Torch("stack")
  private static let select = Torch("select", "int")
  private static let add = Torch("add", "Tensor")

  static let all: [String: ONNXFunction] = [
    "LSTM": { try performed($0, gates: 4, cell: lstm) },
    "GRU": { try performed($0, gates: 3, cell: gru) },
    "RNN": { try performed($0, gates: 1, cell: simple) },
  ]

  /// The weights of one direction, and what steps keep.
  private struct Cell {
    let inputs: Tensor
    let states: Tensor
    let inputBias: Tensor?
    let stateBias: Tensor?
    let peepholes: [Tensor]
    let isLinearBeforeReset: Bool
    var hidden: Tensor
    var memory: Tensor?
    let size: Int

    /// A part of gates `[batch, gates · size]`.
    func gate(_ gates: Tensor, _ index: Int) throws -> Tensor {
      try ONNXShapes.sliced(gates, gates.rank - 1, index * size..<(index + 1) * size)
    }
  }

  private typealias Step = @Sendable (inout Cell, Tensor) throws -> Void

  /// Gates: input, output, forget, cell.
  private static let lstm: Step = { cell, x in
    let gates = try add(
      .tensor(linear(.tensor(x), .tensor(cell.inputs), .tensor(cell.inputBias))),
      .tensor(linear(.tensor(cell.hidden), .tensor(cell.states), .tensor(cell.stateBias))),
      .integer(1)
    )
    let memory = cell.memory!
    func opened(_ index: Int, _ seen: Tensor) throws -> Tensor {
      let gate = try cell.gate(gates, index)
      guard !cell.peepholes.isEmpty else { return try sigmoid(.tensor(gate)) }
      return try sigmoid(.tensor(gate + cell.peepholes[index] * seen))
    }
    let candidate = try tanh(.tensor(cell.gate(gates, 3)))
    let next = try opened(2, memory) * memory + opened(0, memory) * candidate
    cell.memory = next
    cell.hidden = try opened(1, next) * tanh(.tensor(next))
  }

  /// Gates: update, reset, hidden.
  private static let gru: Step = { cell, x in
    let own = try linear(.tensor(x), .tensor(cell.inputs), .tensor(cell.inputBias))
    let kept = try linear(.tensor(cell.hidden), .tensor(cell.states), .tensor(cell.stateBias))
    let update = try sigmoid(.tensor(cell.gate(own, 0) + cell.gate(kept, 0)))
    let reset = try sigmoid(.tensor(cell.gate(own, 1) + cell.gate(kept, 1)))
    let state: Tensor
    if cell.isLinearBeforeReset {
      state = reset * (try cell.gate(kept, 2))
    } else {
      let range = 2 * cell.size..<3 * cell.size
      let bias = try cell.stateBias.map { try ONNXShapes.sliced($0, 0, range) }
      state = try linear(
        .tensor(reset * cell.hidden),
        .tensor(ONNXShapes.sliced(cell.states, 0, range)),
        .tensor(bias)
      )
    }
    let candidate = try tanh(.tensor(cell.gate(own, 2) + state))
    cell.hidden = candidate + update * (cell.hidden - candidate)
  }

  private static let simple: Step = { cell, x in
    let own = try linear(.tensor(x), .tensor(cell.inputs), .tensor(cell.inputBias))
    let kept = try linear(.tensor(cell.hidden), .tensor(cell.states), .tensor(cell.stateBias))
    cell.hidden = try tanh(.tensor(own + kept))
  }

  private static let simpleRelu: Step = { cell, x in
    let own = try linear(.tensor(x), .tensor(cell.inputs), .tensor(cell.inputBias))
    let kept = try linear(.tensor(cell.hidden), .tensor(cell.states), .tensor(cell.stateBias))
    cell.hidden = try relu(.tensor(own + kept))
  }

  private static func performed(_ call: ONNXCall, gates: Int, cell step: @escaping Step) throws
    -> [Tensor?]
  {
    var step = step
    var x = try call[0]
    let (weights, states) = (try call[1], try call[2])
    let isBatchFirst = try call.integer("layout", 0) != 0
    if isBatchFirst { x = try ONNXShapes.permuted(x, [1, 0, 2]) }
    guard x.rank == 3, weights.rank == 3, states.rank == 3, weights.shape[1] % gates == 0 else {
      throw TorchError("inputs of \(x.shape) for weights of \(weights.shape)")
    }
    let size = weights.shape[1] / gates
    let (length, batch, directions) = (x.shape[0], x.shape[1], weights.shape[0])
    if let activations = call.attributes["activations"] {
      guard case .texts(let names) = activations else {
        throw TorchError("activations are no names")
      }
      let usual =
        gates == 4 ? ["Sigmoid", "Tanh", "Tanh"] : gates == 3 ? ["Sigmoid", "Tanh"] : ["Tanh"]
      if gates == 1, names.allSatisfy({ $0 == "Relu" }) {
        step = simpleRelu
      } else {
        let whole = Array(repeatElement(usual, count: directions).joined())
        try call.refuse("activations", unless: names == whole)
      }
    }
    try call.refuse("clip", unless: call.attributes["clip"] == nil)
    try call.refuse("input_forget", unless: call.integer("input_forget", 0) == 0)
    if let lengths = try call.integers(4), lengths.contains(where: { $0 != length }) {
      throw TorchError("sequences are of different lengths")
    }
    let direction = try call.text("direction", "forward")
    guard directions == (direction == "bidirectional" ? 2 : 1) else {
      throw TorchError("weights of \(directions) directions for '\(direction)'")
    }
    func start(_ index: Int, _ place: Int) throws -> Tensor {
      guard var whole = call.optional(index) else {
        return Tensor.zeros([batch, size], x.elementType).moved(to: x.device)
      }
      if isBatchFirst { whole = try ONNXShapes.permuted(whole, [1, 0, 2]) }
      return try select(.tensor(whole), .integer(0), .integer(place))
    }
    var (seen, lastHidden, lastMemory): ([Tensor], [Tensor], [Tensor]) = ([], [], [])
    for place in 0..<directions {
      func part(_ index: Int) throws -> Tensor? {
        try call.optional(index).map { try select(.tensor($0), .integer(0), .integer(place)) }
      }
      let bias = try part(3)
      let half = gates * size
      var cell = Cell(
        inputs: try part(1)!,
        states: try part(2)!,
        inputBias: try bias.map { try ONNXShapes.sliced($0, 0, 0..<half) },
        stateBias: try bias.map { try ONNXShapes.sliced($0, 0, half..<2 * half) },
        peepholes: gates == 4
          ? try part(7).map { all in
            try (0..<3).map { try ONNXShapes.sliced(all, 0, $0 * size..<($0 + 1) * size) }
          } ?? [] : [],
        isLinearBeforeReset: try call.integer("linear_before_reset", 0) != 0,
        hidden: try start(5, place),
        memory: gates == 4 ? try start(6, place) : nil,
        size: size
      )
      let isBackward = direction == "reverse" || place == 1
      var states: [Tensor] = []
      for index in 0..<length {
        let at = isBackward ? length - 1 - index : index
        try step(&cell, select(.tensor(x), .integer(0), .integer(at)))
        states.append(cell.hidden)
      }
      guard !states.isEmpty else { throw TorchError("the sequence is empty") }
      seen.append(try stack(.tensors(isBackward ? states.reversed() : states), .integer(0)))
      lastHidden.append(cell.hidden)
      if let memory = cell.memory { lastMemory.append(memory) }
    }
    func joined(_ parts: [Tensor], _ axis: Int) throws -> Tensor {
      try stack(.tensors(parts), .integer(axis))
    }
    // [length, directions, batch, size], or the batch first.
    var outputs: [Tensor?] = [try joined(seen, 1), try joined(lastHidden, 0)]
    if !lastMemory.isEmpty { outputs.append(try joined(lastMemory, 0)) }
    guard isBatchFirst else { return outputs }
    return try outputs.map { output in
      try output.map { try ONNXShapes.permuted($0, $0.rank == 4 ? [2, 0, 1, 3] : [1, 0, 2]) }
    }
  }
}
