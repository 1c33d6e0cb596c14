import Exchange
import Foundation
import Tensors

/// Programs that PyTorch exported: the `.pt2` files of `torch.export.save`.
///
/// ```python
/// program = torch.export.export(model.eval(), (x,), dynamic_shapes=({0: torch.export.Dim("batch")},))
/// torch.export.save(program, "net.pt2")
/// ```
public enum ExportedProgram {
  /// The graph of a program. Nothing in the file is executed; its sample inputs are left alone.
  ///
  /// - Throws: `FileError` with one sentence when the file is missing, damaged, or holds what cannot
  ///   be run: operators of other libraries, of higher order (`cond`, `scan`) or that draw random
  ///   numbers.
  public static func read(from url: URL) throws -> ModelGraph {
    var archive = try ProgramArchive(url)
    var reader = ProgramReader(program: archive.program)
    do {
      var graph = try reader.graph { try archive.weight($0) }
      graph.notes = try archive.notes()
      return graph
    } catch let refusal as GraphBuilder.Refusal {
      throw FileError(url, refusal.problem, refusal.advice)
    } catch let error as TorchError {
      throw FileError(url, error.description, FileError.exportAgain)
    }
  }
}

extension ModelFormat {
  static let exportedProgram = ModelFormat(
    "pt2",
    "exported PyTorch program",
    graph: { url in
      try ExportedProgram.read(from: url)
    }
  )
}

extension FileError {
  fileprivate static let exportAgain = "export the model again"
}

/// Turns a program's JSON into a graph.
struct ProgramReader {
  let program: ProgramSchema
  private var builder = GraphBuilder()

  typealias Refusal = GraphBuilder.Refusal

  init(program: ProgramSchema) { self.program = program }

  /// - Parameter weight: A weight by its path.
  mutating func graph(_ weight: (String) throws -> Tensor) throws -> ModelGraph {
    var inputs: [ModelGraph.Port] = []
    var weights: [ModelGraph.Weight] = []
    for specification in program.graphModule.signature.inputSpecs {
      guard let (kind, input) = specification.first, specification.count == 1 else {
        throw damaged("an input is of no kind")
      }
      if kind == "constant_input" { continue }
      guard case .tensor(let name)? = input.arg else {
        throw Refusal(
          problem: "it takes an input that is no tensor",
          advice: "export a model of tensors alone"
        )
      }
      if kind == "user_input" {
        inputs.append(try port(name, try builder.defineSource(name)))
        continue
      }
      guard let path = input.parameterName ?? input.bufferName ?? input.tensorConstantName
      else {
        throw Refusal(
          problem: "it takes an input of the kind '\(kind.prefix(40))'",
          advice: "export a model of tensors alone"
        )
      }
      let tensor = try weight(path)
      if let facts = program.graphModule.graph.tensorValues[name],
        facts.sizes.map(\.asInt) != tensor.shape.map(Optional.some)
          || ElementType(exported: facts.dtype) != tensor.elementType
      {
        throw damaged("the weight '\(path.prefix(80))' is not what the graph takes")
      }
      weights.append(
        .init(
          path: path,
          tensor: tensor,
          isTrained: kind == "parameter" && tensor.elementType.isFloatingPoint,
          value: try builder.defineSource(name)
        )
      )
    }
    for (index, node) in program.graphModule.graph.nodes.enumerated() { try add(node, index) }
    var outputs: [ModelGraph.Port] = []
    for specification in program.graphModule.signature.outputSpecs {
      // Buffers that a run changes, such as counters, stay as they are here.
      guard let output = specification["user_output"] else { continue }
      guard case .tensor(let name)? = output.arg else { continue }
      outputs.append(try port(name, try builder.value(name)))
    }
    guard !outputs.isEmpty else { throw damaged("it gives no tensor") }
    return builder.graph(inputs: inputs, outputs: outputs, weights: weights)
  }

  private func damaged(_ problem: String) -> Refusal {
    Refusal(problem: problem, advice: "the file is damaged: export the model again")
  }

  private func port(_ name: String, _ value: Int) throws -> ModelGraph.Port {
    guard let facts = program.graphModule.graph.tensorValues[name] else {
      throw damaged("nothing is said about the tensor '\(name.prefix(60))'")
    }
    guard let type = ElementType(exported: facts.dtype) else {
      throw Refusal(
        problem: "the tensor '\(name.prefix(60))' has an element type that is not known here",
        advice: "export a model of real numbers or integers"
      )
    }
    return .init(name: name, elementType: type, shape: facts.sizes.map(\.asInt), value: value)
  }

  private mutating func add(_ node: ProgramSchema.Node, _ index: Int) throws {
    let results = try node.outputs.flatMap(names)
    let name = node.name ?? results.compactMap { $0 }.first ?? "\(index)"
    let parts = node.target.split(separator: ".").map(String.init)
    if parts.count == 5, parts[0] == "torch", parts[1] == "ops", parts[2] == "aten" {
      let called = try builder.tensorOperator(
        "aten::\(parts[3])",
        parts[4] == "default" ? "" : parts[4]
      )
      var arguments: [String: ModelGraph.Operand] = [:]
      for input in node.inputs {
        guard arguments[input.name] == nil else {
          throw damaged("node '\(name)' has the argument '\(input.name.prefix(60))' twice")
        }
        arguments[input.name] = try operand(input.arg, node)
      }
      try builder.call(
        called,
        arguments,
        named: name,
        results: results,
        modules: Self.modules(node.metadata)
      )
      return
    }
    let isArithmetic = ["_operator", "math", "torch"].contains(parts.first) && parts.count == 2
    if isArithmetic, let operation = NumberOperation(rawValue: parts[1]) {
      try builder.compute(
        operation,
        node.inputs.map { try operand($0.arg, node) },
        named: name,
        result: results.first ?? nil
      )
      return
    }
    let isHigher = node.target.hasPrefix("torch.ops.higher_order.")
    throw Refusal(
      problem: "the node '\(name)' calls \(node.target.prefix(80)), "
        + (isHigher ? "which runs other graphs" : "which is no operator of PyTorch's own"),
      advice: isHigher
        ? "export a model without control flow"
        : "export the model without operators of other libraries"
    )
  }

  /// The names of the results that a node's output is, flat.
  private func names(_ output: ProgramArgument) throws -> [String?] {
    switch output {
    case .tensor(let name), .number(let name): [name]
    case .tensors(let names): names
    case .none: [nil]
    default: throw damaged("a node gives a value of an unknown kind")
    }
  }

  private func operand(_ argument: ProgramArgument, _ node: ProgramSchema.Node) throws
    -> ModelGraph.Operand
  {
    switch argument {
    case .none: return .constant(.none)
    case .tensor(let name), .number(let name): return .value(try builder.value(name))
    case .tensors(let names):
      return .tensors(try names.map { try $0.map { try builder.value($0) } })
    case .integer(let integer): return .constant(.integer(integer))
    case .real(let real): return .constant(.real(real))
    case .bool(let bool): return .constant(.bool(bool))
    case .string(let string): return .constant(.string(string))
    case .device: return .device
    case .list(let parts): return try list(parts, node)
    case .scalarType(let code):
      // Complex numbers have no type here, but inner values may be of them.
      guard (1...13).contains(code) else { break }
      return .constant(.integer(code == 12 ? 11 : code == 13 ? 15 : code - 1))
    case .memoryFormat(let code):
      // Contiguous, channels last, channels last in three dimensions, as it is.
      guard (1...4).contains(code) else { break }
      return .constant(.integer([0, 2, 3, 1][code - 1]))
    case .layout(7): return .constant(.integer(0))
    case .layout, .other: break
    }
    throw Refusal(
      problem:
        "\(node.target.prefix(80)) is called with an argument of a kind that is not known here",
      advice: "export a model of dense tensors without control flow"
    )
  }

  private func list(_ parts: [ProgramArgument], _ node: ProgramSchema.Node) throws
    -> ModelGraph.Operand
  {
    let operands = try parts.map { try operand($0, node) }
    var reals: [Double] = []
    var bools: [Bool] = []
    for case .constant(let constant) in operands {
      switch constant {
      case .real(let real): reals.append(real)
      case .bool(let bool): bools.append(bool)
      default: break
      }
    }
    if !parts.isEmpty, reals.count == parts.count { return .constant(.reals(reals)) }
    if !parts.isEmpty, bools.count == parts.count { return .constant(.bools(bools)) }
    return .integers(operands)
  }

  /// The paths of the modules around a node, innermost first: of each entry `key,path,type`.
  private static func modules(_ metadata: [String: String]?) -> [String] {
    guard let stack = metadata?["nn_module_stack"] else { return [] }
    var paths: [String] = []
    for entry in stack.split(separator: ";").reversed() {
      let parts = entry.split(separator: ",", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3, !parts[1].isEmpty, !parts[1].hasPrefix("_empty") else { continue }
      let path = String(parts[1])
      if !paths.contains(path) { paths.append(path) }
    }
    return paths
  }
}
