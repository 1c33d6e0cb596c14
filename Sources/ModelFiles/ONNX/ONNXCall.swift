import Tensors

/// What an ONNX operator computes: its outputs, nil where it leaves one out.
typealias ONNXFunction = @Sendable (ONNXCall) throws -> [Tensor?]

/// A call of an ONNX operator: its inputs, nil where they are left out, and its attributes.
struct ONNXCall {
  var inputs: [Tensor?]
  let attributes: [String: ONNXAttribute]
  /// The version of the operators that the model was written for.
  let opset: Int
  /// How many outputs somebody may use.
  let outputCount: Int

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

/// The ONNX operators that are known here, by name.
enum ONNXOperators {
  static let all: [String: ONNXFunction] = [
    ONNXElementwise.all, ONNXActivations.all, ONNXShapes.all, ONNXIndexing.all, ONNXReductions.all,
    ONNXProducts.all, ONNXWindows.all, ONNXNormalization.all, ONNXRecurrence.all,
    ONNXResampling.all, ONNXQuantization.all,
  ].reduce(into: [:]) { all, group in
    all.merge(group) { _, _ in preconditionFailure("an operator is in two groups") }
  }

  /// How many multiply–adds a call takes, of the operators that have nearly all of them.
  static func multiplyAdds(_ name: String, _ inputs: [Tensor?], _ outputs: [Tensor?]) -> Int {
    func shape(_ index: Int) -> [Int] {
      inputs.indices.contains(index) ? inputs[index]?.shape ?? [] : []
    }
    func count(_ index: Int) -> Int { shape(index).reduce(1, *) }
    guard let output = outputs.first ?? nil else { return 0 }
    let kernel = shape(1).dropFirst().reduce(1, *)
    switch name {
    case "Conv", "ConvInteger": return output.count * kernel
    case "ConvTranspose": return count(0) * kernel
    case "MatMul", "MatMulInteger": return output.count * (shape(0).last ?? 1)
    case "Gemm": return output.count * (count(0) / max(output.shape.first ?? 1, 1))
    case "LSTM", "GRU", "RNN":
      return shape(0).dropLast().reduce(1, *) * (count(1) + count(2))
    default: return 0
    }
  }

  /// Operators that answer differently each time.
  static let random: Set = [
    "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Bernoulli",
    "Multinomial",
  ]
}
