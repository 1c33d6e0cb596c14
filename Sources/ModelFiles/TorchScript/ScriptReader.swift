import Tensors

/// Turns the graph of a TorchScript program into one of ours.
struct ScriptReader {
  typealias Refusal = GraphBuilder.Refusal
  typealias Operand = ScriptSchema.Operand

  private let schema: ScriptSchema
  private let tensors: [Tensor]
  private var builder = GraphBuilder()
  /// The numbers of the weights' values.
  private var weightValues: [Int] = []
  /// What a value is called that another one is the same as.
  private var aliases: [String: String] = [:]
  /// Values that stand for the device the model is run on.
  private var devices: Set<String> = []
  /// The parts that a list of tensors is taken apart into.
  private var parts: [String: [String]] = [:]
  /// Values that are the shape of a tensor, and which tensor's.
  private var shapes: [String: String] = [:]

  init(_ schema: ScriptSchema, _ tensors: [Tensor]) {
    (self.schema, self.tensors) = (schema, tensors)
  }

  private static let exporting = "export the model with torch.export"

  mutating func graph() throws -> ModelGraph {
    guard schema.inputs.allSatisfy(\.isTensor), schema.outputs.allSatisfy(\.isTensor),
      !schema.inputs.isEmpty, !schema.outputs.isEmpty
    else {
      throw Refusal(
        problem: "it takes or gives what is no tensor",
        advice: "script or trace a model of tensors alone"
      )
    }
    let inputs = try schema.inputs.map { port in
      let facts = InputFacts(of: port.name, in: schema, tensors)
      return ModelGraph.Port(
        name: port.name,
        elementType: facts.elementType,
        shape: facts.shape,
        value: try builder.defineSource(port.name),
        isOpen: facts.isOpen
      )
    }
    var weights: [ModelGraph.Weight] = []
    for (index, (weight, tensor)) in zip(schema.weights, tensors).enumerated() {
      weightValues.append(try builder.defineSource("weight \(index)"))
      weights.append(
        .init(
          path: weight.path,
          tensor: tensor,
          isTrained: weight.isTrained && tensor.elementType.isFloatingPoint,
          value: weightValues[index]
        )
      )
    }
    for node in schema.nodes where node.kind == "prim::ListUnpack" {
      if case .value(let list)? = node.operands.first { parts[list] = node.results }
    }
    for node in schema.nodes { try add(node) }
    let outputs = try schema.outputs.map { port in
      ModelGraph.Port(
        name: port.name,
        elementType: .float32,
        shape: [nil, nil],
        value: try value(port.name)
      )
    }
    return builder.graph(inputs: inputs, outputs: outputs, weights: weights)
  }

  private func value(_ name: String) throws -> Int { try builder.value(resolved(name)) }

  private func resolved(_ name: String) -> String {
    var name = name
    while let other = aliases[name] { name = other }
    return name
  }

  private mutating func add(_ node: ScriptSchema.Node) throws {
    let name = node.kind.split(separator: ":").last.map(String.init) ?? node.kind
    switch node.kind {
    case "prim::NumToTensor":
      try alias(node)
    case "prim::ListUnpack":
      guard case .value(let list)? = node.operands.first else { throw unknown(node) }
      if let shape = shapes[list] {
        for (axis, result) in node.results.enumerated() { try size(of: shape, axis, result) }
      }
    case "prim::device":
      devices.formUnion(node.results)
    case "prim::dtype":
      guard let tensor = node.operands.first, let result = node.results.first else {
        throw unknown(node)
      }
      try builder.apply(
        Self.elementType,
        [operand(tensor, node)],
        named: result,
        results: [result],
        taps: []
      )
    case "prim::If", "prim::Loop":
      throw Refusal(
        problem: "it has a choice or a loop that depends on the inputs",
        advice: "trace the model with an example (torch.jit.trace), or \(Self.exporting)"
      )
    case "aten::size" where node.overload == "":
      guard case .value(let tensor)? = node.operands.first, let result = node.results.first
      else { throw unknown(node) }
      shapes[result] = tensor
    case "aten::__getitem__":
      guard case .value(let list)? = node.operands.first, let result = node.results.first,
        case .integer(let place)? = node.operands.last, let shape = shapes[list]
      else { throw unknown(node) }
      try size(of: shape, place, result)
    case "aten::Int", "aten::Float", "aten::Bool", "aten::IntImplicit", "aten::FloatImplicit",
      "aten::ScalarImplicit":
      try number(node)
    case "aten::warn": break
    default:
      if let operation = Self.arithmetic[name], Self.isArithmetic(node.overload) {
        guard let result = node.results.first else { throw unknown(node) }
        try builder.compute(
          operation,
          node.operands.map { try operand($0, node) },
          named: result,
          result: result
        )
      } else {
        try call(node)
      }
    }
  }

  /// libtorch's number of a tensor's type.
  private static var elementType: ModelGraph.Function {
    .init(name: "prim::dtype") { values, _ in
      guard let tensor = try values.first?.tensor() else { throw TorchError("it is given nothing") }
      return [.integer(Int(tensor.elementType.torch))]
    }
  }

  /// The operators of Python's numbers.
  private static let arithmetic: [String: NumberOperation] = [
    "add": .add, "sub": .sub, "mul": .mul, "floordiv": .floordiv, "div": .truediv,
    "remainder": .mod, "pow": .pow, "neg": .neg, "eq": .eq, "ne": .ne, "lt": .lt, "le": .le,
    "gt": .gt, "ge": .ge, "__and__": .and, "__or__": .or, "__not__": .not,
  ]

  /// Whether an overload is one of numbers: those of tensors begin with a capital letter.
  private static func isArithmetic(_ overload: String?) -> Bool {
    ["int", "float", "bool", "int_float", "float_int"].contains(overload ?? "")
  }

  private mutating func alias(_ node: ScriptSchema.Node) throws {
    guard case .value(let given)? = node.operands.first, let result = node.results.first else {
      throw unknown(node)
    }
    aliases[result] = given
  }

  /// A number out of a tensor or another number.
  private mutating func number(_ node: ScriptSchema.Node) throws {
    guard let result = node.results.first, let given = node.operands.first else {
      throw unknown(node)
    }
    let item = try builder.tensorOperator("aten::item", "")
    let isWhole = node.kind.contains("Int")
    let name = isWhole ? result + " as it is" : result
    let number = try operand(given, node)
    try builder.call(item, ["self": number], named: name, results: [name], modules: [])
    if isWhole {
      try builder.compute(
        .integer,
        [.value(builder.value(name))],
        named: result,
        result: result
      )
    }
  }

  private mutating func size(of tensor: String, _ axis: Int, _ result: String) throws {
    try builder.call(
      builder.tensorOperator("aten::size", "int"),
      ["self": .value(value(tensor)), "dim": .constant(.integer(axis))],
      named: result,
      results: [result],
      modules: []
    )
  }

  private mutating func call(_ node: ScriptSchema.Node) throws {
    guard node.kind.hasPrefix("aten::"), let formal = node.arguments,
      formal.count >= node.operands.count, !node.results.isEmpty
    else { throw unknown(node) }
    let called = try builder.tensorOperator(node.kind, node.overload ?? "")
    var arguments: [String: ModelGraph.Operand] = [:]
    for (name, given) in zip(formal, node.operands) {
      let given = try operand(given, node)
      // PyTorch's own default where nothing is said.
      if case .constant(.none) = given, name == "layout" || name == "pin_memory" { continue }
      arguments[name] = given
    }
    try builder.call(
      called,
      arguments,
      named: node.results[0],
      results: parts[node.results[0]] ?? node.results,
      modules: modules(of: node)
    )
  }

  private func operand(_ operand: Operand, _ node: ScriptSchema.Node) throws -> ModelGraph.Operand {
    switch operand {
    case .value(let name):
      return devices.contains(name) ? .device : .value(try value(name))
    case .weight(let index):
      guard weightValues.indices.contains(index) else { throw unknown(node) }
      return .value(weightValues[index])
    case .integer(let integer): return .constant(.integer(integer))
    case .real(let real): return .constant(.real(real))
    case .bool(let bool): return .constant(.bool(bool))
    case .string(let string): return .constant(.string(string))
    case .none: return .constant(.none)
    case .device: return .device
    case .list(let list): return try self.list(list, node)
    case .unknown: throw unknown(node)
    }
  }

  private func list(_ list: [Operand], _ node: ScriptSchema.Node) throws -> ModelGraph.Operand {
    let operands = try list.map { try operand($0, node) }
    var (reals, bools, tensors, isOfTensors): ([Double], [Bool], [Int?], Bool) = ([], [], [], false)
    for (part, operand) in zip(list, operands) {
      switch operand {
      case .constant(.real(let real)): reals.append(real)
      case .constant(.bool(let bool)): bools.append(bool)
      case .constant(.none): tensors.append(nil)
      case .value(let value): tensors.append(value)
      default: break
      }
      if case .weight = part { isOfTensors = true }
    }
    if !list.isEmpty, reals.count == list.count { return .constant(.reals(reals)) }
    if !list.isEmpty, bools.count == list.count { return .constant(.bools(bools)) }
    let takesTensors = Self.takesTensors(node)
    if !list.isEmpty, tensors.count == list.count, isOfTensors || takesTensors {
      return .tensors(tensors)
    }
    return .integers(operands)
  }

  /// Whether the lists of an operator are of tensors, where its arguments do not tell.
  private static func takesTensors(_ node: ScriptSchema.Node) -> Bool {
    !Set(["tensors", "hx", "indices", "params", "data"]).isDisjoint(with: node.arguments ?? [])
  }

  /// The modules around a node, innermost first. Where a weight of the module says more of its path
  /// than the call does, the weight is right.
  private func modules(of node: ScriptSchema.Node) -> [String] {
    guard !node.module.isEmpty else { return [] }
    var path = node.module
    for case .weight(let index) in node.operands where schema.weights[index].isTrained {
      let owner = schema.weights[index].path.split(separator: ".").dropLast().joined(separator: ".")
      if owner.hasSuffix("." + path) { path = owner }
    }
    var paths = [path]
    while let dot = path.lastIndex(of: ".") {
      path = String(path[..<dot])
      paths.append(path)
    }
    return paths
  }

  private func unknown(_ node: ScriptSchema.Node) -> Refusal {
    Refusal(
      problem: "it calls \(node.kind.prefix(80)) in a way that is not known here",
      advice: Self.exporting
    )
  }
}
