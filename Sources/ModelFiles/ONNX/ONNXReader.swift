import Exchange
import Tensors

/// Turns a model into a graph: its nodes, the graphs inside them, and the model's own functions, which
/// are written out where they are called.
final class ONNXReader {
  typealias Refusal = GraphBuilder.Refusal

  private let model: ONNXModelProto
  private let content: ONNXGraphProto
  private let root: ONNXFrame
  /// The graph that this one is inside of, and where its names lead.
  private let outside: (reader: ONNXReader, frame: ONNXFrame)?
  private let depth: Int
  private var builder = GraphBuilder()
  private var weights: [ModelGraph.Weight] = []
  /// Values of graphs outside, by the names that they have there, and what they are here.
  private var captured: [(name: String, value: Int)] = []
  private var nodeCount = 0
  private var callCount = 0

  /// Operators whose inputs but the first are bounds, scales and the like.
  private static let withSettings: Set = [
    "Clip", "Resize", "Upsample", "Pad", "Dropout", "QuantizeLinear", "DequantizeLinear", "TopK",
  ]

  /// More than any model has, fewer than would fill the memory.
  private static let mostNodes = 1 << 17
  private static let mostLevels = 24

  convenience init(model: ONNXModelProto, graph: ONNXGraphProto) {
    self.init(model, graph, ONNXFrame(opsets: model.opsets), inside: nil, depth: 0)
  }

  private init(
    _ model: ONNXModelProto,
    _ content: ONNXGraphProto,
    _ root: ONNXFrame,
    inside outside: (reader: ONNXReader, frame: ONNXFrame)?,
    depth: Int
  ) {
    (self.model, self.content, self.root) = (model, content, root)
    (self.outside, self.depth) = (outside, depth)
  }

  /// The graph of the whole model.
  func graph() throws -> ModelGraph {
    // What works number by number is the same from the first version on.
    let isTimeless = content.nodes.allSatisfy { ONNXElementwise.names[$0.type] != nil }
    let opset = model.opsets[""] ?? 0
    guard opset >= 6 || isTimeless || !content.nodes.contains(where: \.domain.isEmpty) else {
      throw Refusal(
        problem: "its operators are of version \(opset), and 6 is the oldest known here",
        advice: "convert it with onnx.version_converter"
      )
    }
    // What cannot be run is named before anything is read.
    for node in content.nodes where model.functions[node.key] == nil {
      _ = try ONNXOperators.operation(of: node)
    }
    let inputs = try readSources()
    for node in content.nodes { try add(node, root) }
    let outputs = try content.outputs.map { try port($0, value($0.name)) }
    guard !outputs.isEmpty else {
      throw Refusal(problem: "it gives nothing", advice: "write the model again")
    }
    var result = builder.graph(inputs: inputs, outputs: outputs, weights: weights)
    result.notes = model.notes
    if let found = try ONNXTreeModel(content) {
      result.trees = found.trees
      if result.notes["classes"] == nil { result.notes["classes"] = found.classes }
    }
    return result
  }

  /// Defines inputs and weights.
  private func readSources() throws -> [ModelGraph.Port] {
    guard !content.hasSparse else {
      throw Refusal(
        problem: "it has sparse weights",
        advice: "write it without them, for example with onnxruntime"
      )
    }
    let statistics = Set(
      content.nodes.filter { $0.type == "BatchNormalization" }.flatMap { $0.inputs.dropFirst(3) }
    )
    // What says how, not what, is no weight.
    let settings = Set(
      content.nodes.filter { Self.withSettings.contains($0.type) }.flatMap { $0.inputs.dropFirst() }
    )
    for initializer in content.initializers {
      let isSetting = statistics.contains(initializer.name) || settings.contains(initializer.name)
      try keep(initializer, isTrained: !isSetting)
    }
    // Before version 4 of the format weights were inputs too.
    let kept = Set(content.initializers.map(\.name))
    return try content.inputs.filter { !kept.contains($0.name) }.map { input in
      let slot = try builder.defineSource(input.name)
      return outside == nil ? try port(input, slot) : .inner(input.name, slot)
    }
  }

  /// Weights of graphs inside are kept by the outermost, so that all have one list of them.
  private func keep(_ initializer: ONNXTensorProto, isTrained: Bool) throws {
    let content = try initializer.value()
    let tensor: Tensor
    var foreignType: ForeignType?
    switch content {
    case .tensor(let numbers): tensor = numbers
    case .foreign(let numbers, let type): (tensor, foreignType) = (numbers, type)
    default:
      return try builder.apply(
        .init(name: "Constant", body: { _, _ in [content] }),
        [],
        named: initializer.name,
        results: [initializer.name],
        taps: []
      )
    }
    var outermost = self
    while let outside = outermost.outside { outermost = outside.reader }
    var path = initializer.name
    if outermost !== self { path = outermost.freePath(path) }
    let key = outermost === self ? path : ONNXFrame.fromOutermost(path)
    outermost.weights.append(
      .init(
        path: path,
        tensor: tensor,
        isTrained: isTrained && foreignType == nil && tensor.elementType.isFloatingPoint,
        value: try outermost.builder.defineSource(key),
        foreignType: foreignType
      )
    )
    if outermost !== self {
      captured.append((key, try builder.defineSource(initializer.name)))
    }
  }

  private func freePath(_ path: String) -> String {
    let taken = { (path: String) in self.builder.slot(ONNXFrame.fromOutermost(path)) != nil }
    guard taken(path) || builder.slot(path) != nil else { return path }
    var number = 2
    while taken("\(path)#\(number)") { number += 1 }
    return "\(path)#\(number)"
  }

  private func port(_ value: ONNXValueProto, _ slot: Int) throws -> ModelGraph.Port {
    var port = ModelGraph.Port.inner(value.name, slot)
    if let count = ONNXTables.zippedClasses(value.name, content) {
      return .init(name: value.name, elementType: .float32, shape: [nil, count], value: slot)
    }
    if value.isOther || value.type == ONNXNumber.textCode { return port }
    guard let type = ONNXNumber(value.type) else {
      throw Refusal(
        problem: "'\(value.name.prefix(60))' goes in or out and is no tensor of numbers known here",
        advice: "write a model of real numbers or integers"
      )
    }
    port = .init(
      name: value.name,
      elementType: type.carrier,
      shape: value.shape ?? [],
      value: slot
    )
    if case .foreign(let type) = type { port.kind = .foreign(type) }
    return port
  }

  /// The number of a value, which may be of a graph outside.
  private func value(_ name: String) throws -> Int {
    if let slot = builder.slot(name) { return slot }
    guard let outside, outside.reader.knows(outside.frame.name(name)) else {
      return try builder.value(name)
    }
    let slot = try builder.defineSource(name)
    captured.append((outside.frame.name(name), slot))
    return slot
  }

  private func knows(_ name: String) -> Bool {
    builder.slot(name) != nil || outside.map { $0.reader.knows($0.frame.name(name)) } ?? false
  }

  private func add(_ node: ONNXNodeProto, _ frame: ONNXFrame) throws {
    if !frame.calls.isEmpty { nodeCount += 1 }
    guard nodeCount <= Self.mostNodes else {
      throw Refusal(
        problem: "its functions written out have more than \(Self.mostNodes) nodes",
        advice: "the file is damaged: export the model again"
      )
    }
    if let function = model.functions[node.key] { return try write(out: function, node, frame) }
    var operands = try node.inputs.map { name -> ModelGraph.Operand in
      let name = name.isEmpty ? "" : frame.name(name)
      return name.isEmpty ? .constant(.none) : .value(try value(name))
    }
    var results: [String?] = node.outputs.map { $0.isEmpty ? nil : frame.name($0) }
    while case .some(nil) = results.last { results.removeLast() }
    var attributes = frame.resolved(node.attributes)
    var graphs: [(name: String, graph: ModelGraph, captured: Range<Int>)] = []
    for (name, attribute) in attributes.sorted(by: { $0.key < $1.key }) {
      guard case .graph(let message) = attribute else { continue }
      attributes[name] = nil
      let (graph, names) = try inner(message, frame, at: node)
      let first = operands.count
      operands += try names.map { .value(try value($0)) }
      graphs.append((name, graph, first..<operands.count))
    }
    let operation = try ONNXOperators.operation(of: node).prepared(for: attributes)
    let inputCount = node.inputs.count
    let count = results.count
    let opset = frame.opsets[node.domain] ?? frame.opsets[""] ?? 0
    // What was prepared needs them no more.
    let kept = node.domain == ONNXTables.domain ? [:] : attributes
    let (type, isOwn) = (node.type, node.domain.isEmpty)
    try builder.apply(
      .init(name: type) { values, pass in
        var call = ONNXCall(
          name: type,
          values: Array(values.prefix(inputCount)),
          attributes: kept,
          opset: opset,
          outputCount: count,
          pass: pass
        )
        if opset == 6, isOwn { call = try ONNXVersionSix.renewed(call) }
        for (name, graph, range) in graphs {
          call.graphs[name] = ONNXGraph(graph: graph, captured: Array(values[range]), pass: pass)
        }
        return try operation.results(of: call)
      },
      operands,
      named: node.place,
      results: results,
      // Inner values are named by what they become.
      taps: outside == nil ? results.compactMap { $0 }.prefix(1).map { $0 } : []
    )
  }

  /// A graph inside a node, with the names of the values that it takes from outside.
  private func inner(
    _ message: WireMessage,
    _ frame: ONNXFrame,
    at node: ONNXNodeProto
  ) throws -> (ModelGraph, [String]) {
    guard depth < Self.mostLevels else {
      throw Refusal(
        problem: "its graphs are inside one another more than \(Self.mostLevels) deep",
        advice: "the file is damaged: export the model again"
      )
    }
    let reader = ONNXReader(
      model,
      try ONNXGraphProto(message),
      ONNXFrame(opsets: frame.opsets, attributes: frame.attributes, calls: frame.calls),
      inside: (self, frame),
      depth: depth + 1
    )
    reader.nodeCount = nodeCount
    let inputs = try reader.readSources()
    for node in reader.content.nodes { try reader.add(node, reader.root) }
    let outputs = try reader.content.outputs.map { output -> ModelGraph.Port in
      var port = ModelGraph.Port.inner(output.name, try reader.value(output.name), output.shape)
      port.elementType = ONNXNumber(output.type)?.carrier ?? .float32
      return port
    }
    nodeCount = reader.nodeCount
    let captured = reader.captured.map { ModelGraph.Port.inner($0.name, $0.value) }
    let graph = reader.builder.graph(inputs: inputs + captured, outputs: outputs, weights: [])
    return (graph, reader.captured.map(\.name))
  }

  /// Adds the nodes of a function in place of a call of it.
  private func write(
    out function: ONNXFunctionProto,
    _ node: ONNXNodeProto,
    _ frame: ONNXFrame
  ) throws {
    guard !frame.calls.contains(function.key), frame.calls.count < Self.mostLevels else {
      throw Refusal(
        problem:
          "its function '\(function.name.prefix(60))' calls itself, or the calls are too deep",
        advice: "the file is damaged: export the model again"
      )
    }
    guard node.inputs.count <= function.inputs.count, node.outputs.count <= function.outputs.count
    else {
      throw Refusal(
        problem:
          "the call of '\(function.name.prefix(60))' at '\(node.place.prefix(60))' does not fit",
        advice: "the file is damaged: export the model again"
      )
    }
    var inner = ONNXFrame(
      opsets: function.opsets,
      attributes: function.defaults.merging(frame.resolved(node.attributes)) { _, own in own },
      calls: frame.calls + [function.key]
    )
    callCount += 1
    inner.prefix = "\(frame.prefix)\(node.place)#\(callCount)/"
    for (index, name) in function.inputs.enumerated() {
      let given = node.inputs.indices.contains(index) ? node.inputs[index] : ""
      inner.names[name] = given.isEmpty ? "" : frame.name(given)
    }
    var passed: [(from: String, to: String)] = []
    for (own, name) in zip(function.outputs, node.outputs) where !name.isEmpty {
      if let known = inner.names[own] {
        passed.append((known, frame.name(name)))
      } else {
        inner.names[own] = frame.name(name)
      }
    }
    for node in function.nodes { try add(node, inner) }
    for (from, to) in passed {
      try builder.apply(
        .init(name: "Identity", body: { values, _ in values }),
        [.value(try value(from))],
        named: to,
        results: [to],
        taps: []
      )
    }
  }
}

/// Where the names in a list of nodes lead: those of a graph itself, or of one call of a function.
struct ONNXFrame {
  var opsets: [String: Int]
  /// What the function was called with.
  var attributes: [String: ONNXAttribute] = [:]
  /// The functions that are being written out, the outermost first.
  var calls: [String] = []
  var prefix = ""
  var names: [String: String] = [:]

  /// A name that is the same in all graphs: no text of a file begins like it.
  static func fromOutermost(_ path: String) -> String { "\u{0}\(path)" }

  func name(_ own: String) -> String {
    names[own] ?? (own.hasPrefix("\u{0}") ? own : prefix + own)
  }

  /// Attributes in which references are what the function was called with.
  func resolved(_ attributes: [String: ONNXAttribute]) -> [String: ONNXAttribute] {
    attributes.compactMapValues { attribute in
      if case .reference(let name) = attribute { self.attributes[name] } else { attribute }
    }
  }
}

extension ModelGraph.Port {
  /// What goes into or out of a graph inside another; of any kind.
  fileprivate static func inner(_ name: String, _ value: Int, _ shape: [Int?]? = nil) -> Self {
    .init(name: name, elementType: .float32, shape: shape ?? [], value: value, kind: .other)
  }
}
