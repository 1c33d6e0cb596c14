extension StudentGraph {
  /// Appends what densities are made of; nil where an operation is no such.
  func appendDensity(
    _ operation: Operation,
    _ inputs: [String],
    to graph: inout ONNXGraph
  ) -> String? {
    switch operation.kind {
    case .nade(let nade):
      let prefixes = PrefixNumbers(
        order: nade.order,
        weights: nade.weights,
        biases: nade.hiddenBiases,
        factors: []
      )
      let known = append(prefixes, inputs[0], to: &graph)
      let hidden = append(operation.activation, to: known.values, &graph)
      let rows = RowNumbers(
        order: Array(nade.order.indices),
        weights: nade.outputWeights,
        biases: nade.visibleBiases
      )
      let logits = append(rows, hidden, to: &graph)
      return append(logProbabilityOf: known.inputs, by: logits, to: &graph)
    case .bernoulli: return append(logProbabilityOf: inputs[0], by: inputs[1], to: &graph)
    case .prefixes(let prefixes): return append(prefixes, inputs[0], to: &graph).values
    case .rows(let rows): return append(rows, inputs[0], to: &graph)
    case .logSum:
      let pair = graph.node("Concat", inputs, [.integer("axis", 1)])
      return graph.node(
        "ReduceLogSumExp",
        [pair],
        [.integers("axes", [1]), .integer("keepdims", 1)]
      )
    case .normalDensity(let constant):
      let parts = graph.split(inputs[1], into: 3, along: 2)
      let logWeights = graph.node("LogSoftmax", [parts[0]], [.integer("axis", 2)])
      let x = graph.node("Unsqueeze", [inputs[0], graph.constant(integers: [2])])
      let distance = graph.node("Sub", [x, parts[1]])
      let z = graph.node("Mul", [distance, graph.node("Exp", [graph.node("Neg", [parts[2]])])])
      let half = graph.node("Mul", [graph.node("Mul", [z, z]), graph.constant([0.5], [])])
      let exponents = graph.node("Sub", [graph.node("Sub", [logWeights, parts[2]]), half])
      let logs = graph.node(
        "ReduceLogSumExp",
        [exponents],
        [.integers("axes", [2]), .integer("keepdims", 0)]
      )
      let sum = graph.node(
        "ReduceSum",
        [logs, graph.constant(integers: [1])],
        [.integer("keepdims", 1)]
      )
      let all = constant - Float(shape(of: operation.inputs[0]).count) * Self.halfLogOfTwoPi
      return graph.node("Add", [sum, graph.constant([all], [])])
    default: return nil
    }
  }

  /// ½ log 2π.
  static let halfLogOfTwoPi: Float = 0.9189385332046727

  /// All positions at once: what is known before each input is a sum over those before it.
  private func append(
    _ prefixes: PrefixNumbers,
    _ input: String,
    to graph: inout ONNXGraph
  ) -> (inputs: String, values: String) {
    let shape = [prefixes.inputs, prefixes.hidden]
    let order = graph.constant(integers: prefixes.order)
    let x = graph.node("Gather", [input, order], [.integer("axis", 1)])
    let column = graph.node("Unsqueeze", [x, graph.constant(integers: [2])])
    var steps = graph.node("Mul", [column, graph.constant(prefixes.weights, shape)])
    if !prefixes.masks.isEmpty {
      steps = graph.node("Add", [steps, graph.constant(prefixes.masks, shape)])
    }
    let axis = graph.constant(integers: [1], [])
    let known = graph.node("CumSum", [steps, axis], [.integer("exclusive", 1)])
    let sums = graph.node("Add", [known, graph.constant(prefixes.biases, [prefixes.hidden])])
    guard prefixes.factors.contains(where: { $0 != 1 }) else { return (x, sums) }
    let factors = graph.constant(prefixes.factors, [prefixes.inputs, 1])
    return (x, graph.node("Mul", [sums, factors]))
  }

  private func append(_ rows: RowNumbers, _ input: String, to graph: inout ONNXGraph) -> String {
    let isSingle = rows.outputs == 1
    let shape = [rows.positions] + (isSingle ? [] : [rows.outputs])
    let features =
      isSingle ? input : graph.node("Unsqueeze", [input, graph.constant(integers: [2])])
    let weights = graph.constant(rows.weights, shape + [rows.features])
    let products = graph.node("Mul", [features, weights])
    let last = graph.constant(integers: [isSingle ? 2 : 3])
    let sums = graph.node("ReduceSum", [products, last], [.integer("keepdims", 0)])
    let values = graph.node("Add", [sums, graph.constant(rows.biases, shape)])
    guard rows.order != Array(rows.order.indices) else { return values }
    let places = graph.constant(integers: rows.places)
    return graph.node("Gather", [values, places], [.integer("axis", 1)])
  }

  private func append(
    logProbabilityOf x: String,
    by logits: String,
    to graph: inout ONNXGraph
  ) -> String {
    let taken = graph.node("Mul", [x, logits])
    let terms = graph.node("Sub", [taken, graph.node("Softplus", [logits])])
    let inputs = graph.constant(integers: [1])
    return graph.node("ReduceSum", [terms, inputs], [.integer("keepdims", 1)])
  }
}
