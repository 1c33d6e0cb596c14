import Foundation
import Networks
import StudentRuntime
import Tensors

extension StudentGraph {
  /// The student as a program of plain PyTorch, which loads its weights from a file beside it.
  ///
  /// `Student().logits` can be trained on; `load()` gives the student as it was exported.
  ///
  /// - Parameter weights: The name of the file of ``pyTorchWeights()``.
  public func pyTorchModule(weights: String) throws -> String {
    let shape = inputShape.map(String.init).joined(separator: ", ")
    var made = ["super().__init__()"]
    var steps = inputCheck + ["x0 = x.reshape(x.shape[0], \(shape))"]
    if !mean.isEmpty {
      let scaling = scalingShape.map(String.init).joined(separator: ", ")
      made.append("self.register_buffer(\"mean\", torch.zeros(\(scaling)))")
      made.append("self.register_buffer(\"deviation\", torch.ones(\(scaling)))")
      steps.append("x0 = (x0 - self.mean) / self.deviation")
    }
    let layouts = layouts()
    for (index, operation) in operations.enumerated() {
      let inputs = operation.inputs.map { value in
        layouts[index + 1] == .features && layouts[value] != .features && !operation.readsPositions
          ? "x\(value).flatten(1)" : "x\(value)"
      }
      made += layer(index + 1, operation, layouts[index + 1])
      let step = expression(index + 1, operation, inputs)
      steps.append("x\(index + 1) = \(Self.activated(step, operation.ownActivation))")
    }
    steps.append("return x\(output)" + (layouts[output] == .features ? "" : ".flatten(1)"))
    func lines(_ lines: [String]) -> String { lines.joined(separator: "\n        ") }
    return """
      \"\"\"A student that distill exported, in plain PyTorch: load()(inputs) are its answers.

      Inputs are [batch, \(shape)] as the training data had them; scaling is inside.
      \"\"\"

      \(SourceFacts.lines(of: provenance).map { "# \($0)\n" }.joined())
      import json
      import pathlib
      import struct

      import torch
      import torch.nn.functional as F

      TYPES = {"F32": torch.float32, "I64": torch.int64}
      CLASSES = \(try Self.json(classes))
      WEIGHTS = pathlib.Path(__file__).with_name(\(try Self.json(weights)))


      class Student(torch.nn.Module):
          def __init__(self):
              \(lines(made))

          def logits(self, x):
              \(lines(steps))

          def forward(self, x):
              logits = self.logits(x)
              return \(ending.expression(logitCount))


      \(functions)def load(path=WEIGHTS):
          \"\"\"The student with the weights of a safetensors file.\"\"\"
          data = pathlib.Path(path).read_bytes()
          (length,) = struct.unpack("<Q", data[:8])
          header = json.loads(data[8 : 8 + length])
          header.pop("__metadata__", None)
          tensors = {}
          for name, entry in header.items():
              begin, end = (8 + length + offset for offset in entry["data_offsets"])
              numbers = torch.frombuffer(bytearray(data[begin:end]), dtype=TYPES[entry["dtype"]])
              tensors[name] = numbers.reshape(entry["shape"])
          student = Student()
          student.load_state_dict(tensors)
          return student.eval()

      """
  }

  /// The lines that refuse what is no batch of inputs, each of its shape or flat.
  private var inputCheck: [String] {
    let count = inputShape.reduce(1, *)
    let shapes = inputShape.count == 1 ? [inputShape] : [inputShape, [count]]
    // Flat inputs may come in whatever shape the data have.
    guard inputShape.count > 1 else {
      return [
        "if x.ndim < 2 or x.shape[1:].numel() != \(count):",
        "    raise ValueError(f\"inputs are [batch, \(count)], not {list(x.shape)}\")",
      ]
    }
    func list(_ shape: [Int]) -> String { shape.map(String.init).joined(separator: ", ") }
    let tuples = shapes.map { "(\(list($0)),)" }.joined(separator: ", ")
    let wanted = shapes.map { "[batch, \(list($0))]" }.joined(separator: " or ")
    return [
      "if tuple(x.shape[1:]) not in (\(tuples),):",
      "    raise ValueError(f\"inputs are \(wanted), not {list(x.shape)}\")",
    ]
  }

  /// What ``pyTorchModule(weights:)`` loads, by the names of its state.
  public func pyTorchWeights() -> [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    if !mean.isEmpty {
      tensors["mean"] = Tensor(mean, shape: scalingShape)
      tensors["deviation"] = Tensor(deviation, shape: scalingShape)
    }
    let layouts = layouts()
    for (index, operation) in operations.enumerated() {
      let value = index + 1
      switch operation.kind {
      case .convolution(_, let weights, let biases) where operation.isPointwise:
        let shape = operation.channelShape(layouts[value])
        tensors["factor\(value)"] = Tensor(weights, shape: shape)
        tensors["summand\(value)"] = Tensor(biases, shape: shape)
      case .linear(let weights, let biases), .positionwise(let weights, let biases):
        let shape = [biases.count, weights.count / biases.count]
        tensors["layer\(value).weight"] = Tensor(weights, shape: shape)
        tensors["layer\(value).bias"] = Tensor(biases)
      case .convolution(let window, let weights, let biases):
        let size = operation.isAlongSequence ? [window.width] : [window.height, window.width]
        let shape = [biases.count, -1] + size
        tensors["layer\(value).weight"] = Tensor(weights).reshaped(to: shape)
        tensors["layer\(value).bias"] = Tensor(biases)
      case .layerNorm(let weights, let biases, _):
        tensors["layer\(value).weight"] = Tensor(weights)
        tensors["layer\(value).bias"] = Tensor(biases)
      case .embedding(let entries, let weights):
        tensors["layer\(value).weight"] = Tensor(
          weights,
          shape: [entries, operation.shape.channels]
        )
      case .shift(let numbers):
        tensors["shift\(value)"] = Tensor(numbers, shape: lengths(of: value, layouts[value]))
      case .recurrence(let recurrence):
        for (name, tensor) in recurrence.tensors { tensors["layer\(value).\(name)"] = tensor }
      case .nade, .bernoulli, .prefixes, .rows, .normalDensity, .logSum:
        for (name, tensor) in operation.densityTensors { tensors["\(name)\(value)"] = tensor }
      case .maxPool, .meanPool, .sum, .softmax, .attention, .flatten, .sequence, .mean, .upsample,
        .join:
        break
      }
    }
    return tensors
  }

  /// The lines that make what an operation trains.
  private func layer(_ value: Int, _ operation: Operation, _ layout: Layout) -> [String] {
    switch operation.kind {
    case .convolution where operation.isPointwise:
      let shape = operation.channelShape(layout).map(String.init).joined(separator: ", ")
      return ["factor", "summand"].map {
        "self.\($0)\(value) = torch.nn.Parameter(torch.zeros(\(shape)))"
      }
    case .linear(let weights, let biases), .positionwise(let weights, let biases):
      return [
        "self.layer\(value) = torch.nn.Linear(\(weights.count / biases.count), \(biases.count))"
      ]
    case .convolution(let window, _, let biases):
      let channels = shape(of: operation.inputs[0]).channels
      let (type, numbers) =
        operation.isAlongSequence
        ? (
          "Conv1d",
          "\(window.width), \(window.strideRight), \(window.paddingLeft), \(window.dilationRight)"
        )
        : (
          "Conv2d",
          "\(window.size), \(window.strides), (\(window.paddingTop), \(window.paddingLeft)), "
            + "(\(window.dilationDown), \(window.dilationRight))"
        )
      return [
        "self.layer\(value) = torch.nn.\(type)(\(channels), \(biases.count), \(numbers), "
          + "groups=\(window.groups))"
      ]
    case .layerNorm(let weights, _, let epsilon):
      return ["self.layer\(value) = torch.nn.LayerNorm(\(weights.count), eps=\(epsilon))"]
    case .embedding(let entries, _):
      return ["self.layer\(value) = torch.nn.Embedding(\(entries), \(operation.shape.channels))"]
    case .shift:
      let shape = lengths(of: value, layout).map(String.init).joined(separator: ", ")
      return ["self.shift\(value) = torch.nn.Parameter(torch.zeros(\(shape)))"]
    case .recurrence(let recurrence):
      let options =
        "batch_first=True" + (recurrence.directions.count == 2 ? ", bidirectional=True" : "")
      return [
        "self.layer\(value) = torch.nn.\(recurrence.cell.rawValue.uppercased())(\(recurrence.inputs), "
          + "\(recurrence.hidden), \(options))"
      ]
    case .nade, .bernoulli, .prefixes, .rows, .normalDensity, .logSum:
      return operation.densityTensors.map { name, tensor in
        let shape = tensor.shape.map(String.init).joined(separator: ", ")
        return name == "order"
          ? "self.register_buffer(\"order\(value)\", torch.arange(\(shape)))"
          : "self.\(name)\(value) = torch.nn.Parameter(torch.zeros(\(shape)))"
      }
    case .maxPool, .meanPool, .sum, .softmax, .attention, .flatten, .sequence, .mean, .upsample,
      .join:
      return []
    }
  }

  private func expression(_ value: Int, _ operation: Operation, _ inputs: [String]) -> String {
    switch operation.kind {
    case .convolution where operation.isPointwise:
      "\(inputs[0]) * self.factor\(value) + self.summand\(value)"
    case .convolution where operation.isAlongSequence:
      "self.layer\(value)(\(inputs[0]).transpose(1, 2)).transpose(1, 2)"
    case .linear, .convolution, .positionwise, .layerNorm: "self.layer\(value)(\(inputs[0]))"
    case .embedding: "self.layer\(value)(\(inputs[0]).long())"
    case .recurrence: "self.layer\(value)(\(inputs[0]))[0]"
    case .attention(let heads, let isCausal):
      "attention(\(inputs.joined(separator: ", ")), heads=\(heads), is_causal=\(isCausal ? "True" : "False"))"
    case .shift: "\(inputs[0]) + self.shift\(value)"
    case .flatten: inputs[0]
    case .sequence:
      hasPixels(operation.inputs[0])
        ? "\(inputs[0]).flatten(2).transpose(1, 2)"
        : "\(inputs[0]).reshape(-1, \(operation.shape.width), \(operation.shape.channels))"
    case .mean where operation.isWeighted:
      "(\(inputs[0]) * \(inputs[1])).sum(1) / \(inputs[1]).sum(1).clamp(min=\(StudentFormat.leastWeight))"
    case .mean: "\(inputs[0]).mean(1)"
    case .upsample(let times): "F.interpolate(\(inputs[0]), scale_factor=\(times))"
    case .join: "torch.cat([\(inputs.joined(separator: ", "))], 1)"
    case .maxPool(let window): "F.max_pool2d(\(inputs[0]), \(window.size), \(window.strides))"
    case .meanPool(let window): "F.avg_pool2d(\(inputs[0]), \(window.size), \(window.strides))"
    case .sum: inputs.joined(separator: " + ")
    case .softmax(let groups):
      "\(inputs[0]).unflatten(1, (\(groups), \(operation.shape.channels / groups)))"
        + ".softmax(2).flatten(1)"
    case .nade, .bernoulli, .prefixes, .rows, .normalDensity, .logSum:
      operation.densityExpression(value, inputs, Self.name(of: operation.activation))!
    }
  }

  /// The functions that operations call.
  private var functions: String {
    let attends = operations.contains { if case .attention = $0.kind { true } else { false } }
    return densityFunctions + (attends ? Self.attentionFunction : "")
  }

  private static let attentionFunction = """
    def attention(x, weights=None, *, heads, is_causal):
        \"\"\"Attention of queries, keys and values that lie side by side, to positions that have a weight.\"\"\"
        q, k, v = x.unflatten(2, (3, heads, -1)).permute(2, 0, 3, 1, 4)
        mask = None if weights is None else (weights.sign() - 1).transpose(1, 2)[:, None] * \(StudentFormat.unheard)
        heard = F.scaled_dot_product_attention(q, k, v, mask, is_causal=is_causal)
        return heard.transpose(1, 2).flatten(2)



    """

  private static func activated(_ value: String, _ activation: StudentActivation) -> String {
    name(of: activation).map { "\($0)(\(value))" } ?? value
  }

  private static func name(of activation: StudentActivation) -> String? {
    switch activation {
    case .identity: nil
    case .relu: "F.relu"
    case .tanh: "torch.tanh"
    case .sigmoid: "torch.sigmoid"
    case .gelu: "F.gelu"
    case .silu: "F.silu"
    case .elu: "F.elu"
    case .leakyReLU: "F.leaky_relu"
    case .softplus: "F.softplus"
    case .hardSwish: "F.hardswish"
    case .normalCumulative: "torch.special.ndtr"
    }
  }

  /// How the name of the weights differs from that of the module.
  static let pyTorchWeightsSuffix = "_weights.safetensors"
}

extension StudentGraph.Window {
  fileprivate var size: String { "(\(height), \(width))" }
  fileprivate var strides: String { "(\(strideDown), \(strideRight))" }
}

extension StudentEnding {
  fileprivate func expression(_ logits: Int) -> String {
    let (first, last) = (logits / partCount, logits - logits / partCount)
    return switch self {
    case .normalMixture, .poissonMixture:
      "torch.cat([logits[:, :\(first)].softmax(1), logits[:, \(first):\(last)], "
        + "logits[:, \(last):].exp()], 1)"
    case .values: "logits"
    case .softmax: "torch.softmax(logits, 1)"
    case .sigmoidPair: "torch.sigmoid(torch.cat([-logits, logits], 1))"
    }
  }
}
