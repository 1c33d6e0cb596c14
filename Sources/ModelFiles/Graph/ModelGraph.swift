import Distillation
import Networks
import Tensors

/// A model as a list of operators, libtorch's or functions of them, each with its arguments and the
/// path of the module that it is of.
///
/// Values are numbered. A node only uses what inputs, weights and earlier nodes gave, so that running
/// a graph is one walk from its first node to its last.
public struct ModelGraph {
  /// What an operator's argument is, or a part of a list.
  indirect enum Operand {
    case constant(Argument)
    case value(Int)
    case integers([Operand])
    case tensors([Int?])
    /// The device that the model is run on.
    case device
  }

  enum Operation {
    case tensors(NamedOperator)
    case numbers(NumberOperation)
    case function(Function)
  }

  /// An operator of another format, computed with those of libtorch; it counts its multiply–adds itself.
  struct Function {
    var name: String
    var body: ([ModelValue], Pass?) throws -> [ModelValue]
  }

  struct Node {
    var name: String
    var operation: Operation
    /// In the order of the operator's schema.
    var operands: [Operand]
    /// The values that the results become; nil where nobody can use them.
    var results: [Int?]
    /// The values that are needed no more afterwards.
    var finished: [Int] = []
    /// The taps that this node gives the value of, innermost first, and which value.
    var taps: [(name: String, value: Int)] = []
  }

  /// An input or output of the model.
  public struct Port: Sendable, Equatable {
    public let name: String
    /// Of the tensor that carries the numbers.
    public internal(set) var elementType: ElementType
    /// Lengths of the axes; nil where they depend on the inputs.
    public let shape: [Int?]
    let value: Int
    var kind = Kind.numbers
    /// Whether ``shape`` is a guess, because the file does not say how many axes there are.
    var isOpen = false

    /// The type as the file has it.
    public var typeName: String {
      switch kind {
      case .numbers: elementType.rawValue
      case .foreign(let type): type.rawValue
      case .other: "no tensor of numbers"
      }
    }
  }

  /// What goes in or out.
  enum Kind: Sendable, Equatable {
    case numbers
    case foreign(ForeignType)
    /// Texts, or a sequence or an optional value.
    case other
  }

  /// What the model keeps: its parameters, buffers and constants.
  struct Weight {
    var path: String
    var tensor: Tensor
    var isTrained: Bool
    var value: Int
    var foreignType: ForeignType?
    /// Whether nodes write into it, so that a run needs a copy.
    var isWritten = false
  }

  /// The tensors that the model takes.
  public let inputs: [Port]
  /// The tensors that it gives.
  public let outputs: [Port]
  /// Text that the file keeps beside the model, by name.
  public internal(set) var notes: [String: String] = [:]
  /// The trees, where the model is nothing else.
  public internal(set) var trees: TreeModel?
  let weights: [Weight]
  let nodes: [Node]
  let valueCount: Int
  /// Whether nodes change values, inputs among them.
  let writes: Bool

  /// What an output is, by the operator that gives it: softmax gives probabilities, anything that is
  /// not known to give something else gives logits.
  func meaning(of output: Int) -> Observation.Meaning {
    switch lastOperation(of: output) {
    case nil: return .logits
    case "softmax", "_softmax", "treeensembleclassifier": return .probabilities
    case "treeensembleregressor", "treeensemble": return .reals
    case "log_softmax", "_log_softmax", "logsoftmax": return .logProbabilities
    case "sigmoid" where outputs[output].shape.dropFirst().allSatisfy({ $0 == 1 }):
      return .probabilities
    // So they are called by whoever writes classifiers without a softmax at the end.
    default: return outputs[output].name == "probabilities" ? .probabilities : .logits
    }
  }

  /// The name of the operator that gives an output, in small letters; nil where none does.
  func lastOperation(of output: Int) -> String? {
    var value = outputs[output].value
    var node = nodes.last { $0.results.contains(value) }
    // What hands its input on says nothing about it.
    while let giver = node, ["Identity", "Cast", "ZipMap"].contains(giver.operationName),
      case .value(let given)? = giver.operands.first, given != value
    {
      value = given
      node = nodes.last { $0.results.contains(value) }
    }
    let name = node?.operationName.split(separator: ":").last?.split(separator: ".").first
    return name?.lowercased()
  }

  /// The output that is observed where nobody says which: the first of real numbers, because
  /// classifiers may give labels before them.
  var observedOutput: Int {
    outputs.firstIndex { $0.kind == .numbers && $0.elementType.isFloatingPoint } ?? 0
  }

  /// Whether an operator gives the same everywhere between thresholds, so that its derivatives are 0.
  public var isPiecewiseConstant: Bool {
    nodes.contains { $0.operationName.hasPrefix("TreeEnsemble") }
  }

  /// The operators, each with how often it occurs, the commonest first.
  public var operatorCounts: [(name: String, count: Int)] {
    Dictionary(grouping: nodes.map(\.operationName)) { $0 }
      .map { (name: $0.key, count: $0.value.count) }
      .sorted { ($1.count, $0.name) < ($0.count, $1.name) }
  }

  /// The paths of the modules inside, in the order in which they finish: the names of the taps.
  public var taps: [String] { nodes.flatMap { $0.taps.map(\.name) } }

  /// The number of trained numbers.
  public var parameterCount: Int {
    weights.filter(\.isTrained).reduce(0) { $0 + $1.tensor.count }
  }

  /// The parameters, buffers and constants by the paths that PyTorch gives them.
  public var namedWeights: [(path: String, tensor: Tensor)] { weights.map { ($0.path, $0.tensor) } }
}

extension ModelGraph.Node {
  var operationName: String {
    switch operation {
    case .tensors(let found): found.name
    case .numbers(let operation): operation.rawValue
    case .function(let function): function.name
    }
  }
}
