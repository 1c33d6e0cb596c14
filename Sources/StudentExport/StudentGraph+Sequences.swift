import Networks
import StudentRuntime
import Tensors

extension StudentGraph {
  /// The numbers of an LSTM or a GRU, as PyTorch has them.
  public struct RecurrenceNumbers: Equatable, Sendable {
    public enum Cell: String, Sendable {
      /// Gates i, f, g, o.
      case lstm
      /// Gates r, z, n.
      case gru

      var gates: Int { self == .lstm ? 4 : 3 }
    }

    /// Those of one direction.
    public struct Direction: Equatable, Sendable {
      /// `[gates · hidden, inputs]`.
      public var inputWeights: [Float]
      /// `[gates · hidden, hidden]`.
      public var stateWeights: [Float]
      public var inputBiases: [Float]
      public var stateBiases: [Float]
    }

    public var cell: Cell
    public var hidden: Int
    /// One from the first position on, and maybe one from the last.
    public var directions: [Direction]

    /// By PyTorch's names.
    var tensors: [String: Tensor] {
      var tensors: [String: Tensor] = [:]
      for (direction, ending) in zip(directions, ["l0", "l0_reverse"]) {
        tensors["weight_ih_\(ending)"] = Tensor(direction.inputWeights, shape: [rows, inputs])
        tensors["weight_hh_\(ending)"] = Tensor(direction.stateWeights, shape: [rows, hidden])
        tensors["bias_ih_\(ending)"] = Tensor(direction.inputBiases)
        tensors["bias_hh_\(ending)"] = Tensor(direction.stateBiases)
      }
      return tensors
    }

    var rows: Int { cell.gates * hidden }
    var inputs: Int { directions[0].inputWeights.count / rows }
  }

  /// Appends what is done to sequences; nil where a module is no such.
  mutating func append(sequential module: any Module, to value: Int) throws -> Int? {
    let shape = shape(of: value)
    if let layer = module as? Embedding {
      guard !shape.isSequence, shape.count == shape.channels else { throw unknown(layer) }
      let (entries, width) = (layer.weight.shape[0], layer.weight.shape[1])
      return add(
        .embedding(entries: entries, weights: try numbers(layer.weight)),
        [value],
        Shape(channels: width, width: shape.channels, isSequence: true)
      )
    }
    if let layer = module as? LayerNorm {
      let isFlat = shape.count == shape.channels
      guard layer.shape == [shape.channels], isFlat || shape.isSequence else {
        throw unknown(layer)
      }
      let weights = try layer.weight.map(numbers)
      let biases = try layer.bias.map(numbers)
      return add(
        .layerNorm(
          weights: weights ?? .init(repeating: 1, count: shape.channels),
          biases: biases ?? .init(repeating: 0, count: shape.channels),
          epsilon: Float(layer.epsilon)
        ),
        [value],
        shape
      )
    }
    guard shape.isSequence else { return nil }
    switch module {
    case is MLP, is Sequential, is Residual, is Dropout, is Activation, is any Exportable:
      return nil
    case let layer as Flatten where layer.first == 1:
      return add(.flatten, [value], Shape(channels: shape.count))
    case let layer as Linear:
      guard layer.weight.shape[1] == shape.channels else { throw unknown(layer) }
      return try positionwise(layer.weight, layer.bias, value)
    case let layer as MultiHeadAttention: return try append(attention: layer, to: value)
    case is LSTM: return try append(.lstm, module, to: value)
    case is GRU: return try append(.gru, module, to: value)
    default: throw unknown(module)
    }
  }

  /// - Parameter weights: Of the positions: those of weight 0 are not heard. The default is all alike.
  mutating func append(
    attention layer: MultiHeadAttention,
    to value: Int,
    weightedBy weights: Int? = nil
  ) throws -> Int {
    let projected = try positionwise(layer.inProjWeight, layer.inProjBias, value)
    let attended = add(
      .attention(heads: layer.heads, isCausal: layer.isCausal),
      [projected] + [weights].compactMap(\.self),
      shape(of: value)
    )
    return try positionwise(layer.outProj.weight, layer.outProj.bias, attended)
  }

  private mutating func positionwise(
    _ weight: Parameter,
    _ bias: Parameter?,
    _ value: Int
  ) throws -> Int {
    let outputs = weight.shape[0]
    let biases = try bias.map(numbers) ?? .init(repeating: 0, count: outputs)
    var shape = shape(of: value)
    shape.channels = outputs
    return add(.positionwise(weights: try numbers(weight), biases: biases), [value], shape)
  }

  /// Layer after layer.
  private mutating func append(
    _ cell: RecurrenceNumbers.Cell,
    _ module: any Module,
    to value: Int
  ) throws -> Int {
    let parameters = Dictionary(
      uniqueKeysWithValues: module.namedParameters.map { ($0.path, $0.parameter) }
    )
    var (value, layer) = (value, 0)
    while let state = parameters["weight_hh_l\(layer)"] {
      let hidden = state.shape[1]
      let directions = try ["", "_reverse"].compactMap { ending in
        try direction("l\(layer)\(ending)", parameters, cell.gates * hidden)
      }
      var shape = shape(of: value)
      let recurrence = RecurrenceNumbers(cell: cell, hidden: hidden, directions: directions)
      guard recurrence.inputs == shape.channels else { throw unknown(module) }
      shape.channels = directions.count * hidden
      value = add(.recurrence(recurrence), [value], shape)
      layer += 1
    }
    return value
  }

  private func direction(
    _ name: String,
    _ parameters: [String: Parameter],
    _ rows: Int
  ) throws -> RecurrenceNumbers.Direction? {
    guard let input = parameters["weight_ih_\(name)"], let state = parameters["weight_hh_\(name)"]
    else { return nil }
    func biases(_ kind: String) throws -> [Float] {
      try parameters["bias_\(kind)_\(name)"].map(numbers) ?? .init(repeating: 0, count: rows)
    }
    return RecurrenceNumbers.Direction(
      inputWeights: try numbers(input),
      stateWeights: try numbers(state),
      inputBiases: try biases("ih"),
      stateBiases: try biases("hh")
    )
  }
}
