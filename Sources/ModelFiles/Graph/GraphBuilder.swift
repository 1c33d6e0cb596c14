import Tensors

/// Puts a graph together node by node and checks that it can be run: values are made before they are
/// used, operators exist and answer the same every time.
struct GraphBuilder {
  /// What is wrong with a graph.
  struct Refusal: Error {
    let problem: String
    let advice: String
  }

  private var slots: [String: Int] = [:]
  private(set) var nodes: [ModelGraph.Node] = []
  /// What the memory of a value may be shared with: inputs and weights, by their values.
  private var sources: [Int: Set<Int>] = [:]
  private var written: Set<Int> = []
  private var writes = false
  /// The last value that each module gave.
  private var moduleValues: [String: (node: Int, value: Int)] = [:]
  private var found: [String: NamedOperator] = [:]

  /// The number of a value, nil where nothing has made it yet.
  func slot(_ name: String) -> Int? { slots[name] }

  /// The number of a value made before.
  func value(_ name: String) throws -> Int {
    guard let slot = slots[name] else {
      throw Refusal(
        problem: "the value '\(name.prefix(60))' is used before anything makes it",
        advice: "the file is damaged: export the model again"
      )
    }
    return slot
  }

  /// A new value.
  mutating func define(_ name: String) throws -> Int {
    guard slots[name] == nil else {
      throw Refusal(
        problem: "the value '\(name.prefix(60))' is made twice",
        advice: "the file is damaged: export the model again"
      )
    }
    slots[name] = slots.count
    return slots.count - 1
  }

  /// A new value that comes from outside: an input or a weight.
  mutating func defineSource(_ name: String) throws -> Int {
    let value = try define(name)
    sources[value] = [value]
    return value
  }

  /// An operator of libtorch that may be run.
  mutating func tensorOperator(_ name: String, _ overload: String) throws -> NamedOperator {
    let full = "\(name).\(overload)"
    if let known = found[full] { return known }
    let base = name.split(separator: ":").last.map(String.init) ?? name
    guard !Self.forbidden.contains(base) else {
      throw Refusal(
        problem: "the operator \(name) reaches beyond the model",
        advice: "do not use this file"
      )
    }
    guard let found = NamedOperator(name, overload) else {
      throw Refusal(
        problem: "libtorch has no operator \(full.prefix(80))",
        advice: "export the model without operators of other libraries"
      )
    }
    self.found[full] = found
    return found
  }

  /// Operators that read or write files, or change what is differentiated.
  private static let forbidden: Set = [
    "from_file", "_backward", "backward", "set_data", "requires_grad_", "retain_grad", "_print",
  ]

  /// Adds a call of a libtorch operator.
  ///
  /// - Parameters:
  ///   - arguments: By their names in the schema.
  ///   - results: The names of the results; nil where nobody uses one.
  ///   - modules: The paths of the modules that the call is in, innermost first.
  mutating func call(
    _ called: NamedOperator,
    _ arguments: [String: ModelGraph.Operand],
    named name: String,
    results: [String?],
    modules: [String]
  ) throws {
    if let unknown = arguments.keys.first(where: { key in
      !called.arguments.contains { $0.name == key }
    }) {
      throw Refusal(
        problem: "the operator \(called.name) has no argument '\(unknown.prefix(60))'",
        advice: "export the model with a release of PyTorch close to this libtorch"
      )
    }
    try requireSteady(called, arguments, node: name)
    var operands = called.arguments.map { arguments[$0.name] ?? .constant(.unspecified) }
    while case .constant(.unspecified)? = operands.last { operands.removeLast() }
    var shared: Set<Int> = []
    // Dropout gives back its input outside training, although its schema does not say so.
    let givesBack = called.name.contains("dropout")
    for (formal, operand) in zip(called.arguments, operands) {
      let reached = operand.values.reduce(into: Set<Int>()) { $0.formUnion(sources[$1] ?? []) }
      if formal.aliasing == .writes {
        writes = writes || !called.name.contains("detach_")
        written.formUnion(reached)
      }
      if formal.aliasing != .reads || givesBack { shared.formUnion(reached) }
    }
    try append(.tensors(called), operands, name, results, modules, sharing: shared)
  }

  /// Adds arithmetic on numbers.
  mutating func compute(
    _ operation: NumberOperation,
    _ operands: [ModelGraph.Operand],
    named name: String,
    result: String?
  ) throws {
    try append(.numbers(operation), operands, name, [result], [], sharing: [])
  }

  /// Adds a function of tensors.
  ///
  /// - Parameter taps: The names under which its first result is seen.
  mutating func apply(
    _ function: ModelGraph.Function,
    _ operands: [ModelGraph.Operand],
    named name: String,
    results: [String?],
    taps: [String]
  ) throws {
    try append(.function(function), operands, name, results, taps, sharing: [])
  }

  /// Refuses what answers differently each time.
  private func requireSteady(
    _ called: NamedOperator,
    _ arguments: [String: ModelGraph.Operand],
    node: String
  ) throws {
    for name in ["train", "training"] {
      guard called.arguments.contains(where: { $0.name == name }) else { continue }
      switch arguments[name] {
      case .constant(.bool(false)): return
      case .constant(.bool(true)):
        throw Refusal(
          problem: "it was exported in training mode (\(called.name) at '\(node)')",
          advice: "call model.eval() before torch.export.export"
        )
      default: break
      }
    }
    guard called.isRandom else { return }
    if called.arguments.contains(where: { $0.name == "dropout_p" }) {
      switch arguments["dropout_p"] {
      case nil, .constant(.real(0)), .constant(.integer(0)): return
      default: break
      }
    }
    throw Refusal(
      problem: "the operator \(called.name) at '\(node)' draws random numbers",
      advice: "export a model that answers the same every time"
    )
  }

  private mutating func append(
    _ operation: ModelGraph.Operation,
    _ operands: [ModelGraph.Operand],
    _ name: String,
    _ results: [String?],
    _ modules: [String],
    sharing shared: Set<Int>
  ) throws {
    let values = try results.map { try $0.map { try define($0) } }
    for value in values.compactMap({ $0 }) where !shared.isEmpty { sources[value] = shared }
    if let first = values.compactMap({ $0 }).first {
      for module in modules { moduleValues[module] = (nodes.count, first) }
    }
    nodes.append(.init(name: name, operation: operation, operands: operands, results: values))
  }

  /// The graph of what was added.
  func graph(
    inputs: [ModelGraph.Port],
    outputs: [ModelGraph.Port],
    weights: [ModelGraph.Weight]
  ) -> ModelGraph {
    var nodes = nodes
    // The deepest first: a module's last value is often the last one of a module inside.
    let taps = moduleValues.sorted { ($1.key.count, $0.key) < ($0.key.count, $1.key) }
    for (module, place) in taps { nodes[place.node].taps.append((module, place.value)) }
    var needed = Set(outputs.map(\.value))
    for index in nodes.indices.reversed() {
      let used = nodes[index].operands.flatMap(\.values) + nodes[index].results.compactMap { $0 }
      for value in used where needed.insert(value).inserted { nodes[index].finished.append(value) }
    }
    return ModelGraph(
      inputs: inputs,
      outputs: outputs,
      weights: weights.map { weight in
        var weight = weight
        weight.isWritten = written.contains(weight.value)
        return weight
      },
      nodes: nodes,
      valueCount: slots.count,
      writes: writes
    )
  }
}

extension ModelGraph.Operand {
  /// The values that it uses.
  var values: [Int] {
    switch self {
    case .constant, .device: []
    case .value(let value): [value]
    case .integers(let parts): parts.flatMap(\.values)
    case .tensors(let values): values.compactMap { $0 }
    }
  }
}
