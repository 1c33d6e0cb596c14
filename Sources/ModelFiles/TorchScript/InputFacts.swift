import Tensors

/// What the first operators that see an input tell of its shape and type: TorchScript says neither.
struct InputFacts {
  var elementType = ElementType.float32
  /// Lengths of the axes; nil where they are free.
  var shape: [Int?] = [nil, nil]
  /// Whether there may be more axes, or others.
  var isOpen = true

  init(of name: String, in schema: ScriptSchema, _ tensors: [Tensor]) {
    var same: Set = [name]
    func weight(_ operand: ScriptSchema.Operand?) -> Tensor? {
      guard case .weight(let index)? = operand, tensors.indices.contains(index) else { return nil }
      return tensors[index]
    }
    for node in schema.nodes {
      guard let place = node.operands.firstIndex(where: { $0.isOne(of: same) }) else { continue }
      let first = weight(node.operands.dropFirst().first)
      switch (node.kind, place) {
      case ("aten::linear", 0):
        shape = [nil, first?.shape.last]
      case ("aten::conv1d", 0), ("aten::conv2d", 0), ("aten::conv3d", 0), ("aten::_convolution", 0):
        guard let first, first.rank > 2, let channels = Self.channels(node, first) else { return }
        shape = [nil, channels] + Array(repeating: nil, count: first.rank - 2)
        isOpen = false
      case ("aten::batch_norm", 0):
        shape = [nil, first?.shape.first]
      case ("aten::embedding", 1):
        elementType = .int64
        return
      case ("aten::lstm", 0), ("aten::gru", 0), ("aten::rnn_tanh", 0), ("aten::rnn_relu", 0):
        shape = [nil, nil, nil]
        if case .list(let weights)? = node.operands.dropFirst(2).first,
          let width = weight(weights.first)?.shape.last
        {
          shape[2] = width
          isOpen = false
        }
      case ("aten::size", _), ("aten::dim", _), ("prim::dtype", _), ("prim::device", _): continue
      default:
        guard Self.keeping.contains(node.kind), place == 0 else { return }
        same.formUnion(node.results)
        continue
      }
      if let first { elementType = first.elementType }
      return
    }
  }

  /// The channels that a convolution takes, of which a transposed one has its weight's first axis.
  private static func channels(_ node: ScriptSchema.Node, _ weight: Tensor) -> Int? {
    let isGeneral = node.kind.hasSuffix("_convolution")
    if isGeneral, case .bool(true)? = node.operands.dropFirst(6).first { return weight.shape[0] }
    guard case .integer(let groups)? = node.operands.dropFirst(isGeneral ? 8 : 6).first, groups > 0
    else { return nil }
    let (channels, overflows) = weight.shape[1].multipliedReportingOverflow(by: groups)
    return overflows ? nil : channels
  }

  /// Operators that give the shape they are given.
  private static let keeping: Set = [
    "aten::to", "aten::sub", "aten::div", "aten::mul", "aten::add", "aten::float", "aten::relu",
    "aten::dropout", "aten::contiguous", "aten::detach",
  ]
}

extension ScriptSchema.Operand {
  fileprivate func isOne(of names: Set<String>) -> Bool {
    if case .value(let name) = self { names.contains(name) } else { false }
  }
}
