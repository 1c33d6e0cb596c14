import StudentRuntime

extension StudentGraph {
  /// Appends what densities are made of; nil where an operation is no such.
  func appendDensity(
    _ operation: Operation,
    _ inputs: [MILValue],
    to block: inout MILBlock
  ) -> MILValue? {
    switch operation.kind {
    case .nade(let nade):
      let prefixes = PrefixNumbers(
        order: nade.order,
        weights: nade.weights,
        biases: nade.hiddenBiases,
        factors: []
      )
      let known = append(prefixes, inputs[0], to: &block)
      let hidden = Self.append(operation.activation, to: known.values, &block)
      let rows = RowNumbers(
        order: Array(nade.order.indices),
        weights: nade.outputWeights,
        biases: nade.visibleBiases
      )
      let logits = append(rows, hidden, to: &block)
      return Self.append(logProbabilityOf: known.inputs, by: logits, to: &block)
    case .bernoulli: return Self.append(logProbabilityOf: inputs[0], by: inputs[1], to: &block)
    case .prefixes(let prefixes): return append(prefixes, inputs[0], to: &block).values
    case .rows(let rows): return append(rows, inputs[0], to: &block)
    case .logSum:
      let pair = block.apply(
        "concat",
        ["values": inputs, "axis": [block.constant(1)], "interleave": [block.constant(false)]],
        [1, 2]
      )
      return Self.logSum(pair, 1, keeping: true, [1, 1], &block)
    case .normalDensity(let constant):
      return append(densityOf: inputs[0], by: inputs[1], constant, to: &block)
    default: return nil
    }
  }

  private static func logSum(
    _ value: MILValue,
    _ axis: Int,
    keeping: Bool,
    _ shape: [Int],
    _ block: inout MILBlock
  ) -> MILValue {
    block.apply(
      "reduce_log_sum_exp",
      ["x": [value], "axes": [block.constant([axis])], "keep_dims": [block.constant(keeping)]],
      shape
    )
  }

  private func append(
    densityOf x: MILValue,
    by parts: MILValue,
    _ constant: Float,
    to block: inout MILBlock
  ) -> MILValue {
    let (count, width) = (x.shape[1], parts.shape[2] / 3)
    let shape = [1, count, width]
    let pieces = (0..<3).map { part in
      block.apply(
        "slice_by_size",
        [
          "x": [parts], "begin": [block.constant([0, 0, part * width])],
          "size": [block.constant(shape)],
        ],
        shape
      )
    }
    func combined(_ type: String, _ x: MILValue, _ y: MILValue) -> MILValue {
      block.apply(type, ["x": [x], "y": [y]], shape)
    }
    let all = Self.logSum(pieces[0], 2, keeping: true, [1, count, 1], &block)
    let column = block.apply(
      "expand_dims",
      ["x": [x], "axes": [block.constant([2])]],
      [1, count, 1]
    )
    let distance = combined("sub", column, pieces[1])
    let negative = combined("mul", pieces[2], block.constant([-1], []))
    let z = combined("mul", distance, block.apply("exp", ["x": [negative]], shape))
    let half = combined("mul", combined("mul", z, z), block.constant([0.5], []))
    let logWeights = combined("sub", pieces[0], all)
    let exponents = combined("sub", combined("sub", logWeights, pieces[2]), half)
    let logs = Self.logSum(exponents, 2, keeping: false, [1, count], &block)
    let sum = block.apply(
      "reduce_sum",
      ["x": [logs], "axes": [block.constant([1])], "keep_dims": [block.constant(true)]],
      [1, 1]
    )
    let rest = block.constant([constant - Float(count) * Self.halfLogOfTwoPi], [])
    return block.apply("add", ["x": [sum], "y": [rest]], [1, 1])
  }

  /// All positions at once: what is known before each input is a sum over those before it.
  private func append(
    _ prefixes: PrefixNumbers,
    _ input: MILValue,
    to block: inout MILBlock
  ) -> (inputs: MILValue, values: MILValue) {
    let (count, hidden) = (prefixes.inputs, prefixes.hidden)
    let shape = [1, count, hidden]
    let (first, order) = (block.constant(1), block.constant(prefixes.order))
    let x = block.apply("gather", ["x": [input], "indices": [order], "axis": [first]], [1, count])
    let column = block.apply(
      "expand_dims",
      ["x": [x], "axes": [block.constant([2])]],
      [1, count, 1]
    )
    let weights = block.constant(prefixes.weights, [count, hidden])
    var terms = block.apply("mul", ["x": [column], "y": [weights]], shape)
    if !prefixes.masks.isEmpty {
      let masks = block.constant(prefixes.masks, [count, hidden])
      terms = block.apply("add", ["x": [terms], "y": [masks]], shape)
    }
    let (yes, no) = (block.constant(true), block.constant(false))
    let known = block.apply(
      "cumsum",
      ["x": [terms], "axis": [first], "exclusive": [yes], "reverse": [no]],
      shape
    )
    let biases = block.constant(prefixes.biases, [hidden])
    let sums = block.apply("add", ["x": [known], "y": [biases]], shape)
    guard prefixes.factors.contains(where: { $0 != 1 }) else { return (x, sums) }
    let factors = block.constant(prefixes.factors, [count, 1])
    return (x, block.apply("mul", ["x": [sums], "y": [factors]], shape))
  }

  private func append(_ rows: RowNumbers, _ input: MILValue, to block: inout MILBlock) -> MILValue {
    let isSingle = rows.outputs == 1
    let own = [rows.positions] + (isSingle ? [] : [rows.outputs])
    var features = input
    if !isSingle {
      let shape = [1, rows.positions, 1, rows.features]
      features = block.apply("expand_dims", ["x": [input], "axes": [block.constant([2])]], shape)
    }
    let weights = block.constant(rows.weights, own + [rows.features])
    let products = block.apply(
      "mul",
      ["x": [features], "y": [weights]],
      [1] + own + [rows.features]
    )
    let (axes, no) = (block.constant([own.count + 1]), block.constant(false))
    let sums = block.apply(
      "reduce_sum",
      ["x": [products], "axes": [axes], "keep_dims": [no]],
      [1] + own
    )
    let values = block.apply(
      "add",
      ["x": [sums], "y": [block.constant(rows.biases, own)]],
      [1] + own
    )
    guard rows.order != Array(rows.order.indices) else { return values }
    let (places, axis) = (block.constant(rows.places), block.constant(1))
    return block.apply("gather", ["x": [values], "indices": [places], "axis": [axis]], [1] + own)
  }

  private static func append(
    logProbabilityOf x: MILValue,
    by logits: MILValue,
    to block: inout MILBlock
  ) -> MILValue {
    let taken = block.apply("mul", ["x": [x], "y": [logits]], x.shape)
    let other = block.apply("softplus", ["x": [logits]], x.shape)
    let each = block.apply("sub", ["x": [taken], "y": [other]], x.shape)
    let (axes, yes) = (block.constant([1]), block.constant(true))
    return block.apply("reduce_sum", ["x": [each], "axes": [axes], "keep_dims": [yes]], [1, 1])
  }
}
