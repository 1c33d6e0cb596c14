import StudentRuntime

extension StudentGraph {
  /// Appends what is done to sequences; nil where an operation is no such.
  ///
  /// - Parameter shape: Of the result.
  func appendSequential(
    _ operation: Operation,
    _ inputs: [MILValue],
    _ shape: [Int],
    to block: inout MILBlock
  ) throws -> MILValue? {
    switch operation.kind {
    case .positionwise(let weights, let biases):
      let weight = block.constant(weights, [biases.count, weights.count / biases.count])
      let bias = block.constant(biases, [biases.count])
      return block.apply("linear", ["x": inputs, "weight": [weight], "bias": [bias]], shape)
    case .layerNorm(let weights, let biases, let epsilon):
      let (gamma, beta) = (
        block.constant(weights, [weights.count]), block.constant(biases, [biases.count])
      )
      return block.apply(
        "layer_norm",
        [
          "x": inputs, "axes": [block.constant([shape.count - 1])], "gamma": [gamma],
          "beta": [beta], "epsilon": [block.constant([epsilon], [])],
        ],
        shape
      )
    case .attention(let heads, let isCausal):
      return attention(inputs, shape, heads, isCausal, &block)
    case .embedding(let entries, let weights):
      let table = block.constant(weights, [entries, shape[2]])
      let places = block.cast(inputs[0])
      let axis = block.constant(0)
      return block.apply("gather", ["x": [table], "indices": [places], "axis": [axis]], shape)
    case .shift(let numbers):
      let summand = block.constant(numbers, Array(shape.dropFirst()))
      return block.apply("add", ["x": inputs, "y": [summand]], shape)
    case .flatten: return inputs[0]
    case .sequence:
      guard hasPixels(operation.inputs[0]) else {
        return block.apply("reshape", ["x": inputs, "shape": [block.constant(shape)]], shape)
      }
      let turned = [1, shape[2], shape[1]]
      let pixels = block.apply("reshape", ["x": inputs, "shape": [block.constant(turned)]], turned)
      let order = block.constant([0, 2, 1])
      return block.apply("transpose", ["x": [pixels], "perm": [order]], shape)
    case .join:
      let (axis, no) = (block.constant(1), block.constant(false))
      return block.apply("concat", ["values": inputs, "axis": [axis], "interleave": [no]], shape)
    case .mean where operation.isWeighted:
      func sum(_ value: MILValue) -> MILValue {
        let (axes, no) = (block.constant([1]), block.constant(false))
        return block.apply(
          "reduce_sum",
          ["x": [value], "axes": [axes], "keep_dims": [no]],
          [1, value.shape[2]]
        )
      }
      let total = sum(
        block.apply("mul", ["x": [inputs[0]], "y": [inputs[1]]], inputs[0].shape)
      )
      let least = block.constant([StudentFormat.leastWeight], [])
      let weight = block.apply("maximum", ["x": [sum(inputs[1])], "y": [least]], [1, 1])
      return block.apply("real_div", ["x": [total], "y": [weight]], shape)
    case .mean:
      let (axes, no) = (block.constant([1]), block.constant(false))
      return block.apply("reduce_mean", ["x": inputs, "axes": [axes], "keep_dims": [no]], shape)
    case .recurrence:
      throw ExportError(
        "recurrent layers are not written for Core ML: export the student as onnx or runtime"
      )
    default: return nil
    }
  }

  /// - Parameter inputs: The sequence, and weights of its positions where there are some.
  private func attention(
    _ inputs: [MILValue],
    _ shape: [Int],
    _ heads: Int,
    _ isCausal: Bool,
    _ block: inout MILBlock
  ) -> MILValue {
    let (length, width) = (shape[1], shape[2] / heads)
    func reshaped(_ value: MILValue, _ shape: [Int]) -> MILValue {
      block.apply("reshape", ["x": [value], "shape": [block.constant(shape)]], shape)
    }
    func transposed(_ value: MILValue, _ order: [Int]) -> MILValue {
      let shape = order.map { value.shape[$0] }
      return block.apply("transpose", ["x": [value], "perm": [block.constant(order)]], shape)
    }
    func product(_ a: MILValue, _ b: MILValue) -> MILValue {
      let no = block.constant(false)
      return block.apply(
        "matmul",
        ["x": [a], "y": [b], "transpose_x": [no], "transpose_y": [no]],
        [1, heads, length, b.shape[3]]
      )
    }
    let all = transposed(reshaped(inputs[0], [1, length, 3 * heads, width]), [0, 2, 1, 3])
    let parts = (0..<3).map { part in
      block.apply(
        "slice_by_size",
        [
          "x": [all], "begin": [block.constant([0, part * heads, 0, 0])],
          "size": [block.constant([1, heads, length, width])],
        ],
        [1, heads, length, width]
      )
    }
    let products = product(parts[0], transposed(parts[1], [0, 1, 3, 2]))
    let factor = block.constant([Float(1 / Double(width).squareRoot())], [])
    var scores = block.apply("mul", ["x": [products], "y": [factor]], products.shape)
    if isCausal {
      // Far enough below zero that nothing is left of it, and no infinity.
      let mask = (0..<length).flatMap { row in (0..<length).map { $0 > row ? Float(-1e9) : 0 } }
      let summand = block.constant(mask, [length, length])
      scores = block.apply("add", ["x": [scores], "y": [summand]], scores.shape)
    }
    if inputs.count == 2 {
      // 0 where there is a weight, far below it elsewhere.
      let row = reshaped(inputs[1], [1, 1, 1, length])
      let sign = block.apply("sign", ["x": [row]], row.shape)
      let missing = block.apply("sub", ["x": [sign], "y": [block.constant([1], [])]], row.shape)
      let far = block.constant([StudentFormat.unheard], [])
      let summand = block.apply("mul", ["x": [missing], "y": [far]], row.shape)
      scores = block.apply("add", ["x": [scores], "y": [summand]], scores.shape)
    }
    let axis = block.constant(3)
    let weights = block.apply("softmax", ["x": [scores], "axis": [axis]], scores.shape)
    return reshaped(transposed(product(weights, parts[2]), [0, 2, 1, 3]), shape)
  }
}
