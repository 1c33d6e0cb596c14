import StudentRuntime

extension StudentGraph {
  /// The operations of a Core ML program, from an input of batch 1 to the answer.
  ///
  /// - Parameter output: What the answer is called.
  /// - Throws: ``ExportError`` for operations that are not written for Core ML.
  func milBlock(_ output: String) throws -> MILBlock {
    var block = MILBlock()
    let layouts = layouts()
    var values = [MILValue(name: "input", shape: [1] + inputShape)]
    if !mean.isEmpty {
      let shape = values[0].shape
      let (centre, spread) = (
        block.constant(mean, scalingShape), block.constant(deviation, scalingShape)
      )
      values[0] = block.apply("sub", ["x": [values[0]], "y": [centre]], shape)
      values[0] = block.apply("real_div", ["x": [values[0]], "y": [spread]], shape)
    }
    for (index, operation) in operations.enumerated() {
      let layout = layouts[index + 1]
      let inputs = operation.inputs.map { value in
        layout == .features && !operation.readsPositions
          ? Self.flattened(values[value], &block) : values[value]
      }
      let value =
        try appendSequential(operation, inputs, [1] + lengths(of: index + 1, layout), to: &block)
        ?? appendDensity(operation, inputs, to: &block)
        ?? append(operation, inputs, layout, to: &block)
      values.append(Self.append(operation.ownActivation, to: value, &block))
    }
    appendEnding(to: Self.flattened(values[self.output], &block), output, &block)
    return block
  }

  private static func flattened(_ value: MILValue, _ block: inout MILBlock) -> MILValue {
    if value.shape.count == 2 { return value }
    let shape = [1, value.shape.reduce(1, *)]
    return block.apply("reshape", ["x": [value], "shape": [block.constant(shape)]], shape)
  }

  private func appendEnding(to logits: MILValue, _ output: String, _ block: inout MILBlock) {
    let shape = [1, outputCount]
    func concatenated(_ parts: [MILValue]) {
      let (axis, none) = (block.constant(1), block.constant(false))
      _ = block.apply(
        "concat",
        ["values": parts, "axis": [axis], "interleave": [none]],
        shape,
        name: output
      )
    }
    switch ending {
    case .values: _ = block.apply("identity", ["x": [logits]], shape, name: output)
    case .softmax:
      let axis = block.constant(1)
      _ = block.apply("softmax", ["x": [logits], "axis": [axis]], shape, name: output)
    case .sigmoidPair:
      let negative = block.apply("mul", ["x": [logits], "y": [block.constant([-1], [])]], [1, 1])
      concatenated([negative, logits].map { block.apply("sigmoid", ["x": [$0]], [1, 1]) })
    case .normalMixture, .poissonMixture:
      let width = logitCount / ending.partCount
      var parts = (0..<ending.partCount).map { part in
        let (begin, size) = (block.constant([0, part * width]), block.constant([1, width]))
        return block.apply(
          "slice_by_size",
          ["x": [logits], "begin": [begin], "size": [size]],
          [1, width]
        )
      }
      let axis = block.constant(1)
      parts[0] = block.apply("softmax", ["x": [parts[0]], "axis": [axis]], [1, width])
      let last = parts.count - 1
      parts[last] = block.apply("exp", ["x": [parts[last]]], [1, width])
      concatenated(parts)
    }
  }

  private func append(
    _ operation: Operation,
    _ inputs: [MILValue],
    _ layout: Layout,
    to block: inout MILBlock
  ) -> MILValue {
    let result = operation.shape
    let shape =
      layout == .features
      ? [1, result.count]
      : layout == .sequence
        ? [1, result.width, result.channels] : [1, result.channels, result.height, result.width]
    switch operation.kind {
    case .linear(let weights, let biases):
      let weight = block.constant(weights, [biases.count, weights.count / biases.count])
      let bias = block.constant(biases, [biases.count])
      return block.apply("linear", ["x": inputs, "weight": [weight], "bias": [bias]], shape)
    case .convolution(_, let weights, let biases) where operation.isPointwise:
      let own = operation.channelShape(layout)
      let (factor, summand) = (block.constant(weights, own), block.constant(biases, own))
      let scaled = block.apply("mul", ["x": inputs, "y": [factor]], shape)
      return block.apply("add", ["x": [scaled], "y": [summand]], shape)
    case .convolution(let window, let weights, let biases) where operation.isAlongSequence:
      let input = inputs[0].shape
      func turned(_ value: MILValue, _ shape: [Int]) -> MILValue {
        let order = block.constant([0, 2, 1])
        return block.apply("transpose", ["x": [value], "perm": [order]], shape)
      }
      let seen = convolution(
        window,
        weights,
        biases,
        of: turned(inputs[0], [1, input[2], input[1]]),
        [1, shape[2], shape[1]],
        &block
      )
      return turned(seen, shape)
    case .convolution(let window, let weights, let biases):
      return convolution(window, weights, biases, of: inputs[0], shape, &block)
    case .upsample(let times):
      let factor = block.constant(times)
      return block.apply(
        "upsample_nearest_neighbor",
        ["x": inputs, "scale_factor_height": [factor], "scale_factor_width": [factor]],
        shape
      )
    case .maxPool(let window):
      return block.apply(
        "max_pool",
        [
          "x": inputs, "kernel_sizes": [block.constant([window.height, window.width])],
          "strides": [block.constant([window.strideDown, window.strideRight])],
          "pad_type": [block.constant("valid")], "pad": [block.constant([0, 0, 0, 0])],
          "ceil_mode": [block.constant(false)],
        ],
        shape
      )
    case .meanPool(let window):
      return block.apply(
        "avg_pool",
        [
          "x": inputs, "kernel_sizes": [block.constant([window.height, window.width])],
          "strides": [block.constant([window.strideDown, window.strideRight])],
          "pad_type": [block.constant("valid")], "pad": [block.constant([0, 0, 0, 0])],
          "exclude_padding_from_average": [block.constant(false)],
          "ceil_mode": [block.constant(false)],
        ],
        shape
      )
    case .sum: return block.apply("add", ["x": [inputs[0]], "y": [inputs[1]]], shape)
    case .softmax(let groups):
      let runs = [1, groups, result.channels / groups]
      let split = block.apply("reshape", ["x": inputs, "shape": [block.constant(runs)]], runs)
      let axis = block.constant(2)
      let normalized = block.apply("softmax", ["x": [split], "axis": [axis]], runs)
      return Self.flattened(normalized, &block)
    case .positionwise, .layerNorm, .attention, .recurrence, .embedding, .shift, .flatten,
      .sequence, .mean, .join, .nade, .bernoulli, .prefixes, .rows, .normalDensity, .logSum:
      preconditionFailure("sequences and densities are written elsewhere")
    }
  }

  /// Over an image, or over what has one axis alone beside its channels.
  private func convolution(
    _ window: Window,
    _ weights: [Float],
    _ biases: [Float],
    of input: MILValue,
    _ shape: [Int],
    _ block: inout MILBlock
  ) -> MILValue {
    let isImage = shape.count == 4
    func axes(_ down: Int, _ right: Int) -> [Int] { isImage ? [down, right] : [right] }
    let area = window.height * window.width
    let size = axes(window.height, window.width)
    let weight = block.constant(
      weights,
      [biases.count, weights.count / biases.count / area] + size
    )
    let pad = axes(window.paddingTop, window.paddingLeft).flatMap { [$0, $0] }
    return block.apply(
      "conv",
      [
        "x": [input], "weight": [weight], "bias": [block.constant(biases, [biases.count])],
        "strides": [block.constant(axes(window.strideDown, window.strideRight))],
        "pad_type": [block.constant("custom")], "pad": [block.constant(pad)],
        "dilations": [block.constant(axes(window.dilationDown, window.dilationRight))],
        "groups": [block.constant(window.groups)],
      ],
      shape
    )
  }

  static func append(
    _ activation: StudentActivation,
    to value: MILValue,
    _ block: inout MILBlock
  ) -> MILValue {
    func apply(_ type: String, _ parameter: String = "y", _ other: MILValue? = nil) -> MILValue {
      guard let other else { return block.apply(type, ["x": [value]], value.shape) }
      return block.apply(type, ["x": [value], parameter: [other]], value.shape)
    }
    switch activation {
    case .identity: return value
    case .relu: return apply("relu")
    case .tanh: return apply("tanh")
    case .sigmoid: return apply("sigmoid")
    case .silu: return apply("silu")
    case .gelu: return apply("gelu", "mode", block.constant("EXACT"))
    case .elu: return apply("elu", "alpha", block.constant([1], []))
    case .leakyReLU: return apply("leaky_relu", "alpha", block.constant([0.01], []))
    case .softplus: return apply("softplus")
    case .hardSwish:
      let (slope, shift) = (block.constant([1 / 6], []), block.constant([0.5], []))
      let gate = block.apply(
        "sigmoid_hard",
        ["x": [value], "alpha": [slope], "beta": [shift]],
        value.shape
      )
      return apply("mul", "y", gate)
    case .normalCumulative:
      let half = block.constant([0.5], [])
      let scaled = apply("mul", "y", block.constant([Float(0.5).squareRoot()], []))
      let error = block.apply("erf", ["x": [scaled]], value.shape)
      let sum = block.apply("add", ["x": [error], "y": [block.constant([1], [])]], value.shape)
      return block.apply("mul", ["x": [sum], "y": [half]], value.shape)
    }
  }
}
