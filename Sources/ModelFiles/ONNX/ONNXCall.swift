import Networks
import Tensors

/// What an ONNX operator computes: its outputs, nil where it leaves one out.
typealias ONNXFunction = @Sendable (ONNXCall) throws -> [Tensor?]

/// The same for an operator whose inputs or outputs are not always tensors of libtorch's numbers.
typealias ONNXValueFunction = @Sendable (ONNXCall) throws -> [ModelValue]

/// A call of an ONNX operator: its inputs, nil where they are left out, and its attributes.
struct ONNXCall {
  /// The operator.
  let name: String
  var values: [ModelValue]
  /// The values where they are tensors.
  var inputs: [Tensor?] = []
  let attributes: [String: ONNXAttribute]
  /// The version of the operators that the model was written for.
  let opset: Int
  /// How many outputs somebody may use.
  let outputCount: Int
  /// The graphs among the attributes.
  var graphs: [String: ONNXGraph] = [:]
  /// Counts multiply–adds.
  let pass: Pass?

  subscript(_ index: Int) -> Tensor {
    get throws {
      guard let tensor = optional(index) else { throw TorchError("input \(index + 1) is missing") }
      return tensor
    }
  }

  func optional(_ index: Int) -> Tensor? { inputs.indices.contains(index) ? inputs[index] : nil }

  /// All inputs of an operator that takes any number of them.
  func all() throws -> [Tensor] {
    let tensors = inputs.compactMap { $0 }
    guard !tensors.isEmpty, tensors.count == inputs.count else {
      throw TorchError("an input is missing")
    }
    return tensors
  }

  /// The integers of an input, such as a shape.
  func integers(_ index: Int) throws -> [Int]? {
    guard let tensor = optional(index) else { return nil }
    guard !tensor.elementType.isFloatingPoint, tensor.elementType != .bool, tensor.count <= 1 << 20
    else { throw TorchError("input \(index + 1) is no list of integers") }
    return tensor.moved(to: .cpu).cast(to: .int64).scalars(Int.self)
  }

  /// The one number of an input.
  func number(_ index: Int) throws -> Double? {
    guard let tensor = optional(index) else { return nil }
    guard tensor.count == 1 else { throw TorchError("input \(index + 1) is not one number") }
    return tensor.moved(to: .cpu).cast(to: .float64).reshaped(to: []).doubleValue
  }

  /// The one whole number of an input.
  func wholeNumber(_ index: Int) throws -> Int? {
    try number(index).map {
      guard $0.magnitude <= 2_147_483_648 else {
        throw TorchError("input \(index + 1) is no whole number")
      }
      return Int($0)
    }
  }

  /// An input of any kind, nil where it is left out.
  func value(_ index: Int) -> ModelValue? {
    guard values.indices.contains(index) else { return nil }
    if case .none = values[index] { return nil }
    return values[index]
  }

  func graph(_ name: String) throws -> ONNXGraph {
    guard let graph = graphs[name] else { throw TorchError("its graph '\(name)' is missing") }
    return graph
  }

  func integer(_ name: String, _ fallback: Int) throws -> Int {
    try optionalInteger(name) ?? fallback
  }

  func optionalInteger(_ name: String) throws -> Int? {
    guard let attribute = attributes[name] else { return nil }
    guard case .integer(let integer) = attribute else { throw wrong(name) }
    return integer
  }

  func integers(_ name: String) throws -> [Int]? {
    guard let attribute = attributes[name] else { return nil }
    guard case .integers(let integers) = attribute else { throw wrong(name) }
    return integers
  }

  func real(_ name: String, _ fallback: Double) throws -> Double {
    guard let attribute = attributes[name] else { return fallback }
    guard case .real(let real) = attribute else { throw wrong(name) }
    return real
  }

  func text(_ name: String, _ fallback: String) throws -> String {
    guard let attribute = attributes[name] else { return fallback }
    guard case .text(let text) = attribute else { throw wrong(name) }
    return text
  }

  /// Axes that are an attribute in earlier versions and an input in later ones.
  func axes(inputSince version: Int, at index: Int = 1) throws -> [Int]? {
    opset >= version ? try integers(index) : try integers("axes")
  }

  /// - Throws: When an attribute says what is not done here.
  func refuse(_ name: String, unless isUsual: Bool) throws {
    guard isUsual else { throw TorchError("its attribute '\(name)' is set as is not known here") }
  }

  private func wrong(_ name: String) -> TorchError {
    TorchError("its attribute '\(name)' is of another kind")
  }
}

extension Tensor {
  /// The place of an axis that may be counted from the end.
  func axis(_ axis: Int, of count: Int? = nil) throws -> Int {
    let count = count ?? rank
    let place = axis < 0 ? axis + count : axis
    guard place >= 0, place < count else {
      throw TorchError("there is no axis \(axis) in shape \(shape)")
    }
    return place
  }
}

/// A graph inside a node, with the values that it takes from outside.
struct ONNXGraph {
  let graph: ModelGraph
  let captured: [ModelValue]
  let pass: Pass?

  var inputCount: Int { graph.inputs.count - captured.count }
  var outputs: [ModelGraph.Port] { graph.outputs }

  /// - Throws: What its operators throw, ``TorchError`` when there are fewer or more inputs.
  func callAsFunction(_ inputs: [ModelValue], on device: Device = .cpu) throws -> [ModelValue] {
    guard inputs.count == inputCount else {
      throw TorchError("its graph takes \(inputCount) values, not \(inputs.count)")
    }
    return try graph.values(for: inputs + captured, on: device, counting: pass)
  }
}
