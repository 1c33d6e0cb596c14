import Tensors

/// The layers of a perceptron with normalisation or dropout, written as ``ModelSpecification`` says.
///
/// Its module is a ``Sequential`` with the paths of PyTorch's `nn.Sequential` of the same layers, the
/// activations among them.
public struct PerceptronSpecification: Hashable, Sendable {
  public enum Normalization: String, Hashable, Sendable {
    /// A ``BatchNorm``.
    case batch = "b"
    /// A ``LayerNorm``.
    case layer = "n"
  }

  public enum Layer: Hashable, Sendable {
    /// A linear layer, what normalises it, and the activation.
    case linear(Int, Normalization?)
    /// Behind an activation, or of the inputs.
    case normalization(Normalization)
    case dropout(Double)
  }

  public let inputCount: Int
  /// The last is linear and has no activation.
  public let layers: [Layer]
  public let activation: Activation

  public var outputCount: Int {
    guard case .linear(let width, _)? = layers.last else { return 0 }
    return width
  }

  init(_ written: [WrittenLayer], _ activation: Activation, in text: String) throws {
    inputCount = try written[0].width(in: text)
    let last = written[written.count - 1]
    layers =
      try written[1..<written.count - 1].map { try Self.layer($0, in: text) }
      + [.linear(try last.width(in: text), nil)]
    self.activation = activation
  }

  /// Whether a layer is meant to be more than a width.
  static func isMore(_ written: WrittenLayer) -> Bool {
    written.text.first == "d" || normalization(written.text) != nil
  }

  /// The normalisation that the last letter says.
  private static func normalization(_ text: Substring) -> Normalization? {
    text.last.flatMap { Normalization(rawValue: String($0)) }
  }

  private static func layer(_ written: WrittenLayer, in text: String) throws -> Layer {
    let letters = written.text
    if let alone = Normalization(rawValue: String(letters)) { return .normalization(alone) }
    if letters.first == "d" {
      guard let probability = Double(letters.dropFirst()), (0..<1).contains(probability) else {
        throw SpecificationError(
          text,
          at: written.place,
          "dropout needs a probability from 0 to below 1, such as d0.2"
        )
      }
      return .dropout(probability)
    }
    guard let normalization = normalization(letters) else {
      return .linear(try written.width(in: text), nil)
    }
    let width = WrittenLayer(text: letters.dropLast(), place: written.place)
    return .linear(try width.width(in: text), normalization)
  }

  /// The network with its first weights, `[batch, inputs]` to `[batch, outputs]`.
  public func module(using generator: RandomGenerator) -> Sequential {
    var modules: [any Module] = []
    var width = inputCount
    func normalizer(_ kind: Normalization) -> any Module {
      switch kind {
      case .batch: BatchNorm(width, on: generator.device)
      case .layer: LayerNorm(width, on: generator.device)
      }
    }
    for (index, layer) in layers.enumerated() {
      switch layer {
      case .linear(let outputs, let normalization):
        modules.append(Linear(width, outputs, using: generator))
        width = outputs
        if let normalization { modules.append(normalizer(normalization)) }
        if index < layers.count - 1 { modules.append(activation) }
      case .normalization(let kind): modules.append(normalizer(kind))
      case .dropout(let probability): modules.append(Dropout(probability))
      }
    }
    return Sequential(modules)
  }

  /// How many parameters there are, and numbers that the layers make of one input.
  var numbers: (parameters: Double, values: Double) {
    var (parameters, width) = (0.0, Double(inputCount))
    var values = width
    for layer in layers {
      switch layer {
      case .linear(let outputs, let normalization):
        parameters += (width + 1) * Double(outputs)
        width = Double(outputs)
        if normalization != nil { (parameters, values) = (parameters + 2 * width, values + width) }
      case .normalization: parameters += 2 * width
      case .dropout: break
      }
      values += width
    }
    return (parameters, values)
  }
}

extension PerceptronSpecification: CustomStringConvertible {
  public var description: String {
    let texts = layers.map { layer in
      switch layer {
      case .linear(let width, let normalization): "\(width)" + (normalization?.rawValue ?? "")
      case .normalization(let kind): kind.rawValue
      case .dropout(let probability): "d\(probability)"
      }
    }
    return "mlp:" + (["\(inputCount)"] + texts).joined(separator: "-") + activation.suffix
  }
}
