import Distillation
import Exchange
import Foundation
import ModelFiles
import StudentRuntime
import Tensors

extension StudentGraph {
  /// The student as an ONNX model of operator set 17, with a batch of any size.
  ///
  /// The input is called `input`, `[batch, features]` or `[batch, channels, height, width]`, not
  /// scaled; the output `probabilities` where there are classes, else `values`, `[batch, outputs]`.
  /// Class names, as a JSON array, and provenance are the model's `metadata_props`.
  ///
  /// - Throws: ``ExportError`` when the numbers are more than a file of ONNX can hold.
  public func onnxFile() throws -> Data {
    var graph = ONNXGraph()
    graph.nameGraph("student")
    graph.declare(.input, "input", inputShape)
    let output = classes.isEmpty ? "values" : "probabilities"
    graph.declare(.output, output, [outputCount])
    append(to: &graph, output)

    var model = ProtobufMessage()
    model.append(1, 8)
    model.append(2, "distill")
    var operators = ProtobufMessage()
    operators.append(1, "")
    operators.append(2, 17)
    model.append(8, operators)
    for (key, value) in try textualFacts().sorted(by: { $0.key < $1.key }) {
      var entry = ProtobufMessage()
      entry.append(1, key)
      entry.append(2, value)
      model.append(14, entry)
    }
    model.append(7, graph.message)
    guard model.bytes.count < 1 << 31 else {
      throw ExportError("the network is too large: an ONNX file holds 2 GB; use another form")
    }
    return Data(model.bytes)
  }

  /// The model, read back from its bytes and computed, with how its answers compare.
  ///
  /// - Parameter inputs: At most 100 of them are compared.
  /// - Throws: ``ExportError`` when they differ.
  func comparedONNXFile(
    _ expected: [Float],
    _ inputs: Tensor,
    _ name: String
  ) throws -> (content: Data, parity: Parity) {
    let model = try onnxFile()
    let place = FileManager.default.temporaryDirectory
      .appendingPathComponent("distill-\(UUID().uuidString).onnx")
    try model.write(to: place)
    defer { try? FileManager.default.removeItem(at: place) }
    let count = min(100, inputs.shape[0])
    let seen = try ModuleTeacher(ModelNetwork(contentsOf: place), observedAs: .reals)
      .observe(inputs[0..<count].cast(to: .float32))
    let compared = Array(expected[..<(count * outputCount)])
    let parity = Parity(seen.values.scalars(Float.self), compared, inputs: count)
    try parity.require(of: name)
    return (model, parity)
  }

  private func append(to graph: inout ONNXGraph, _ output: String) {
    let layouts = layouts()
    var names = ["input"]
    if !mean.isEmpty {
      let shape = scalingShape
      names[0] = graph.node("Sub", [names[0], graph.constant(mean, shape)])
      names[0] = graph.node("Div", [names[0], graph.constant(deviation, shape)])
    }
    for (index, operation) in operations.enumerated() {
      let layout = layouts[index + 1]
      var inputs = operation.inputs.map { names[$0] }
      if layout == .features, !operation.readsPositions {
        for (place, value) in operation.inputs.enumerated() where layouts[value] != .features {
          inputs[place] = graph.node("Flatten", [inputs[place]], [.integer("axis", 1)])
        }
      }
      let value =
        appendSequential(operation, inputs, layout, to: &graph)
        ?? appendDensity(operation, inputs, to: &graph)
        ?? append(operation, inputs, layout, to: &graph)
      names.append(append(operation.ownActivation, to: value, &graph))
    }
    var logits = names[self.output]
    if layouts[self.output] != .features {
      logits = graph.node("Flatten", [logits], [.integer("axis", 1)])
    }
    switch ending {
    case .values: graph.node("Identity", [logits], output: output)
    case .softmax: graph.node("Softmax", [logits], [.integer("axis", 1)], output: output)
    case .normalMixture, .poissonMixture:
      let parts = graph.split(logits, into: ending.partCount)
      let weights = graph.node("Softmax", [parts[0]], [.integer("axis", 1)])
      let last = graph.node("Exp", [parts[parts.count - 1]])
      let all = [weights] + parts.dropFirst().dropLast() + [last]
      graph.node("Concat", all, [.integer("axis", 1)], output: output)
    case .sigmoidPair:
      // A softmax, so that whoever reads the model knows probabilities.
      let first = graph.node("Mul", [logits, graph.constant([0], [])])
      let pair = graph.node("Concat", [first, logits], [.integer("axis", 1)])
      graph.node("Softmax", [pair], [.integer("axis", 1)], output: output)
    }
  }

  private func append(
    _ operation: Operation,
    _ inputs: [String],
    _ layout: Layout,
    to graph: inout ONNXGraph
  ) -> String {
    switch operation.kind {
    case .linear(let weights, let biases):
      let shape = [biases.count, weights.count / biases.count]
      let constants = [graph.constant(weights, shape), graph.constant(biases, [biases.count])]
      return graph.node("Gemm", inputs + constants, [.integer("transB", 1)])
    case .convolution(_, let weights, let biases) where operation.isPointwise:
      let shape = operation.channelShape(layout)
      let scaled = graph.node("Mul", inputs + [graph.constant(weights, shape)])
      return graph.node("Add", [scaled, graph.constant(biases, shape)])
    case .convolution(let window, let weights, let biases) where operation.isAlongSequence:
      let shape = [biases.count, weights.count / biases.count / window.width, window.width]
      let constants = [graph.constant(weights, shape), graph.constant(biases, [biases.count])]
      let turned = graph.node("Transpose", inputs, [.integers("perm", [0, 2, 1])])
      let attributes: [ONNXGraph.Attribute] = [
        .integers("kernel_shape", [window.width]), .integers("strides", [window.strideRight]),
        .integers("dilations", [window.dilationRight]),
        .integers("pads", [window.paddingLeft, window.paddingLeft]),
        .integer("group", window.groups),
      ]
      let result = graph.node("Conv", [turned] + constants, attributes)
      return graph.node("Transpose", [result], [.integers("perm", [0, 2, 1])])
    case .convolution(let window, let weights, let biases):
      let area = window.height * window.width
      let shape = [biases.count, weights.count / biases.count / area, window.height, window.width]
      let constants = [graph.constant(weights, shape), graph.constant(biases, [biases.count])]
      let (top, left) = (window.paddingTop, window.paddingLeft)
      let more = [
        ONNXGraph.Attribute.integers("pads", [top, left, top, left]),
        .integers("dilations", [window.dilationDown, window.dilationRight]),
        .integer("group", window.groups),
      ]
      return graph.node("Conv", inputs + constants, window.attributes + more)
    case .maxPool(let window): return graph.node("MaxPool", inputs, window.attributes)
    case .meanPool(let window): return graph.node("AveragePool", inputs, window.attributes)
    case .sum: return graph.node("Add", inputs)
    case .upsample(let times):
      let scales = graph.constant([1, 1, Float(times), Float(times)], [4])
      return graph.node(
        "Resize",
        [inputs[0], "", scales],
        [
          .text("mode", "nearest"), .text("coordinate_transformation_mode", "asymmetric"),
          .text("nearest_mode", "floor"),
        ]
      )
    case .softmax(let groups):
      let runs = graph.constant(integers: [-1, groups, operation.shape.channels / groups])
      let split = graph.node("Reshape", [inputs[0], runs])
      let normalized = graph.node("Softmax", [split], [.integer("axis", 2)])
      return graph.node("Flatten", [normalized], [.integer("axis", 1)])
    case .positionwise, .layerNorm, .attention, .recurrence, .embedding, .shift, .flatten,
      .sequence, .mean, .join, .nade, .bernoulli, .prefixes, .rows, .normalDensity, .logSum:
      preconditionFailure("sequences and densities are written elsewhere")
    }
  }

  func append(
    _ activation: StudentActivation,
    to value: String,
    _ graph: inout ONNXGraph
  ) -> String {
    switch activation {
    case .identity: value
    case .relu: graph.node("Relu", [value])
    case .tanh: graph.node("Tanh", [value])
    case .sigmoid: graph.node("Sigmoid", [value])
    case .elu: graph.node("Elu", [value], [.number("alpha", 1)])
    case .leakyReLU: graph.node("LeakyRelu", [value], [.number("alpha", 0.01)])
    case .softplus: graph.node("Softplus", [value])
    case .hardSwish: graph.node("HardSwish", [value])
    case .silu: graph.node("Mul", [value, graph.node("Sigmoid", [value])])
    case .gelu: graph.node("Mul", [value, appendCumulative(to: value, &graph)])
    case .normalCumulative: appendCumulative(to: value, &graph)
    }
  }

  /// Φ(x), of which the operator set knows only the error function.
  private func appendCumulative(to value: String, _ graph: inout ONNXGraph) -> String {
    let scaled = graph.node("Mul", [value, graph.constant([Float(0.5).squareRoot()], [])])
    let sum = graph.node("Add", [graph.node("Erf", [scaled]), graph.constant([1], [])])
    return graph.node("Mul", [sum, graph.constant([0.5], [])])
  }

}

extension StudentGraph.Window {
  fileprivate var attributes: [ONNXGraph.Attribute] {
    [.integers("kernel_shape", [height, width]), .integers("strides", [strideDown, strideRight])]
  }
}
