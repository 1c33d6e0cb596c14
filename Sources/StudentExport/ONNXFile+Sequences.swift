import StudentRuntime

extension StudentGraph {
  /// Appends what is done to sequences; nil where an operation is no such.
  func appendSequential(
    _ operation: Operation,
    _ inputs: [String],
    _ layout: Layout,
    to graph: inout ONNXGraph
  ) -> String? {
    let shape = operation.shape
    switch operation.kind {
    case .positionwise(let weights, let biases):
      let width = weights.count / biases.count
      // MatMul takes them the other way round.
      let turned = (0..<width).flatMap { column in
        biases.indices.map { weights[$0 * width + column] }
      }
      let product = graph.node("MatMul", inputs + [graph.constant(turned, [width, biases.count])])
      return graph.node("Add", [product, graph.constant(biases, [biases.count])])
    case .layerNorm(let weights, let biases, let epsilon):
      let constants = [weights, biases].map { graph.constant($0, [$0.count]) }
      return graph.node(
        "LayerNormalization",
        inputs + constants,
        [.integer("axis", layout == .sequence ? 2 : 1), .number("epsilon", epsilon)]
      )
    case .attention(let heads, let isCausal):
      return attention(inputs, shape, heads, isCausal, &graph)
    case .recurrence(let recurrence): return append(recurrence, inputs[0], shape, &graph)
    case .embedding(let entries, let weights):
      let table = graph.constant(weights, [entries, weights.count / entries])
      let places = graph.node("Cast", inputs, [.integer("to", ONNXType.int64)])
      return graph.node("Gather", [table, places], [.integer("axis", 0)])
    case .shift(let numbers):
      let lengths = layout == .sequence ? [shape.width, shape.channels] : [shape.count]
      return graph.node("Add", inputs + [graph.constant(numbers, lengths)])
    // Features were made of a sequence before.
    case .flatten: return inputs[0]
    case .sequence:
      guard hasPixels(operation.inputs[0]) else {
        let lengths = graph.constant(integers: [0, shape.width, shape.channels])
        return graph.node("Reshape", inputs + [lengths])
      }
      let lengths = graph.constant(integers: [0, shape.channels, shape.width])
      let pixels = graph.node("Reshape", inputs + [lengths])
      return graph.node("Transpose", [pixels], [.integers("perm", [0, 2, 1])])
    case .join: return graph.node("Concat", inputs, [.integer("axis", 1)])
    case .mean where operation.isWeighted:
      let axis = graph.constant(integers: [1])
      func sum(_ value: String) -> String {
        graph.node("ReduceSum", [value, axis], [.integer("keepdims", 0)])
      }
      let total = sum(graph.node("Mul", inputs))
      let least = graph.constant([StudentFormat.leastWeight], [])
      return graph.node("Div", [total, graph.node("Max", [sum(inputs[1]), least])])
    case .mean:
      return graph.node("ReduceMean", inputs, [.integers("axes", [1]), .integer("keepdims", 0)])
    default: return nil
    }
  }

  /// - Parameter inputs: The sequence, and weights of its positions where there are some.
  private func attention(
    _ inputs: [String],
    _ shape: Shape,
    _ heads: Int,
    _ isCausal: Bool,
    _ graph: inout ONNXGraph
  ) -> String {
    let (length, width) = (shape.width, shape.channels / heads)
    // [batch, length, 3 · heads · width] to three times [batch, heads, length, width].
    let form = graph.constant(integers: [0, length, 3 * heads, width])
    let all = graph.node("Reshape", [inputs[0], form])
    let turned = graph.node("Transpose", [all], [.integers("perm", [0, 2, 1, 3])])
    let parts = graph.split(turned, into: 3)
    let keys = graph.node("Transpose", [parts[1]], [.integers("perm", [0, 1, 3, 2])])
    let products = graph.node("MatMul", [parts[0], keys])
    let factor = Float(1 / Double(width).squareRoot())
    var scores = graph.node("Mul", [products, graph.constant([factor], [])])
    if isCausal {
      let mask = (0..<length).flatMap { row in
        (0..<length).map { $0 > row ? -Float.infinity : 0 }
      }
      scores = graph.node("Add", [scores, graph.constant(mask, [length, length])])
    }
    if inputs.count == 2 {
      // 0 where there is a weight, far below it elsewhere.
      let sign = graph.node("Sign", [inputs[1]])
      let missing = graph.node("Sub", [sign, graph.constant([1], [])])
      let far = graph.node("Mul", [missing, graph.constant([StudentFormat.unheard], [])])
      let row = graph.constant(integers: [0, 1, 1, length])
      scores = graph.node("Add", [scores, graph.node("Reshape", [far, row])])
    }
    let weights = graph.node("Softmax", [scores], [.integer("axis", 3)])
    let heard = graph.node("MatMul", [weights, parts[2]])
    let back = graph.node("Transpose", [heard], [.integers("perm", [0, 2, 1, 3])])
    return graph.node(
      "Reshape",
      [back, graph.constant(integers: [0, length, shape.channels])]
    )
  }

  /// ONNX has gates in another order, and positions before the batch.
  private func append(
    _ recurrence: RecurrenceNumbers,
    _ input: String,
    _ shape: Shape,
    _ graph: inout ONNXGraph
  ) -> String {
    let (hidden, count) = (recurrence.hidden, recurrence.directions.count)
    let order = recurrence.cell == .lstm ? [0, 3, 1, 2] : [1, 0, 2]
    func reordered(_ numbers: [Float], _ width: Int) -> [Float] {
      let each = hidden * width
      return order.flatMap { numbers[$0 * each..<($0 + 1) * each] }
    }
    let directions = recurrence.directions
    let weights = directions.flatMap { reordered($0.inputWeights, recurrence.inputs) }
    let states = directions.flatMap { reordered($0.stateWeights, hidden) }
    let biases = directions.flatMap {
      reordered($0.inputBiases, 1) + reordered($0.stateBiases, 1)
    }
    let constants = [
      graph.constant(weights, [count, recurrence.rows, recurrence.inputs]),
      graph.constant(states, [count, recurrence.rows, hidden]),
      graph.constant(biases, [count, 2 * recurrence.rows]),
    ]
    let turned = graph.node("Transpose", [input], [.integers("perm", [1, 0, 2])])
    var attributes: [ONNXGraph.Attribute] = [
      .integer("hidden_size", hidden),
      .text("direction", count == 2 ? "bidirectional" : "forward"),
    ]
    if recurrence.cell == .gru { attributes.append(.integer("linear_before_reset", 1)) }
    let type = recurrence.cell == .lstm ? "LSTM" : "GRU"
    let outputs = graph.node(type, [turned] + constants, attributes)
    let back = graph.node("Transpose", [outputs], [.integers("perm", [2, 0, 1, 3])])
    return graph.node(
      "Reshape",
      [back, graph.constant(integers: [0, shape.width, shape.channels])]
    )
  }
}
