import Foundation
import StudentRuntime

extension StudentGraph {
  /// The student as an ONNX model of operator set 17, with a batch of any size.
  ///
  /// The input is called `input`, `[batch, features]` or `[batch, channels, height, width]`, not
  /// scaled; the output `probabilities` or `values`, `[batch, outputs]`. Class names, as a JSON array,
  /// and provenance are the model's `metadata_props`.
  ///
  /// - Throws: ``ExportError`` when the numbers are more than a file of ONNX can hold.
  public func onnxFile() throws -> Data {
    var graph = ONNXGraph()
    graph.nameGraph("student")
    graph.declare(.input, "input", inputShape)
    let output = ending == .values ? "values" : "probabilities"
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

  private func append(to graph: inout ONNXGraph, _ output: String) {
    let flat = flatness()
    var names = ["input"]
    if !mean.isEmpty {
      let shape = scalingShape
      names[0] = graph.node("Sub", [names[0], graph.constant(mean, shape)])
      names[0] = graph.node("Div", [names[0], graph.constant(deviation, shape)])
    }
    for (index, operation) in operations.enumerated() {
      var inputs = operation.inputs.map { names[$0] }
      if flat[index + 1] {
        for (place, value) in operation.inputs.enumerated() where !flat[value] {
          inputs[place] = graph.node("Flatten", [inputs[place]], [.integer("axis", 1)])
        }
      }
      let value = append(operation, inputs, isFlat: flat[index + 1], to: &graph)
      names.append(append(operation.activation, to: value, &graph))
    }
    var logits = names[self.output]
    if !flat[self.output] { logits = graph.node("Flatten", [logits], [.integer("axis", 1)]) }
    switch ending {
    case .values: graph.node("Identity", [logits], output: output)
    case .softmax: graph.node("Softmax", [logits], [.integer("axis", 1)], output: output)
    case .sigmoidPair:
      let first = graph.node("Sigmoid", [graph.node("Neg", [logits])])
      let pair = [first, graph.node("Sigmoid", [logits])]
      graph.node("Concat", pair, [.integer("axis", 1)], output: output)
    }
  }

  private func append(
    _ operation: Operation,
    _ inputs: [String],
    isFlat: Bool,
    to graph: inout ONNXGraph
  ) -> String {
    switch operation.kind {
    case .linear(let weights, let biases):
      let shape = [biases.count, weights.count / biases.count]
      let constants = [graph.constant(weights, shape), graph.constant(biases, [biases.count])]
      return graph.node("Gemm", inputs + constants, [.integer("transB", 1)])
    case .convolution(_, let weights, let biases) where operation.isPointwise:
      let shape = isFlat ? [biases.count] : [biases.count, 1, 1]
      let scaled = graph.node("Mul", inputs + [graph.constant(weights, shape)])
      return graph.node("Add", [scaled, graph.constant(biases, shape)])
    case .convolution(let window, let weights, let biases):
      let area = window.height * window.width
      let shape = [biases.count, weights.count / biases.count / area, window.height, window.width]
      let constants = [graph.constant(weights, shape), graph.constant(biases, [biases.count])]
      let (top, left) = (window.paddingTop, window.paddingLeft)
      let more = [
        ONNXGraph.Attribute.integers("pads", [top, left, top, left]),
        .integer("group", window.groups),
      ]
      return graph.node("Conv", inputs + constants, window.attributes + more)
    case .maxPool(let window): return graph.node("MaxPool", inputs, window.attributes)
    case .meanPool(let window): return graph.node("AveragePool", inputs, window.attributes)
    case .sum: return graph.node("Add", inputs)
    }
  }

  private func append(
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
    case .gelu: appendGELU(to: value, &graph)
    }
  }

  /// x Φ(x), of which the operator set knows only the error function.
  private func appendGELU(to value: String, _ graph: inout ONNXGraph) -> String {
    let scaled = graph.node("Mul", [value, graph.constant([Float(0.5).squareRoot()], [])])
    let error = graph.node("Erf", [scaled])
    let sum = graph.node("Add", [error, graph.constant([1], [])])
    let half = graph.node("Mul", [value, graph.constant([0.5], [])])
    return graph.node("Mul", [half, sum])
  }
}

extension StudentGraph.Window {
  fileprivate var attributes: [ONNXGraph.Attribute] {
    [.integers("kernel_shape", [height, width]), .integers("strides", [strideDown, strideRight])]
  }
}
