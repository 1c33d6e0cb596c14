import Tensors

/// A perceptron as it is written, `mlp:784-50b-d0.5-30-10,gelu`: an ``MLP``, or where there is
/// normalisation or dropout, a ``Sequential`` with the paths of PyTorch's `nn.Sequential` of the same
/// layers, the activations among them.
public struct PerceptronSpecification: Architecture {
  public static let example = "mlp:784-50-10"

  public static let notation: [(written: String, meaning: String)] = [
    ("mlp:784-50-30-10", "perceptron: 784 inputs, two hidden layers, 10 outputs"),
    ("mlp:784-50b-30n-10", "b: BatchNorm1d, n: LayerNorm before the activation"),
    ("mlp:784-50-b-30-n-10", "the same behind it; in front of all, of the inputs"),
    ("mlp:784-50-d0.5-10", "dropout"),
    ("mlp:784-50-10,gelu", "another activation than ReLU, also of the others"),
  ]

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

  /// - Parameter widths: The numbers of inputs, of each hidden layer's units, and of outputs.
  public init(widths: [Int], _ activation: Activation = .relu) {
    precondition(widths.count >= 2, "PerceptronSpecification: the widths \(widths) say no layer")
    inputCount = widths[0]
    layers = widths.dropFirst().map { .linear($0, nil) }
    self.activation = activation
  }

  public init(_ text: ArchitectureText) throws {
    activation = try text.activation()
    inputCount = try text.width(text.layers[0])
    guard let last = text.layers.dropFirst().last else {
      throw text.refused(
        at: text.whole.count,
        "there is only one width: write inputs and outputs, such as \(Self.example)"
      )
    }
    layers =
      try text.layers.dropFirst().dropLast().map { try Self.layer($0, in: text) }
      + [.linear(try text.width(last), nil)]
  }

  public static func usual(for shape: [Int], outputs: Int) -> String? {
    "mlp:\(shape.reduce(1, *))-50-30-\(outputs)"
  }

  public var inputShape: [Int]? { [inputCount] }

  /// The numbers of inputs, units and outputs of an ``MLP``; nil where there is normalisation or
  /// dropout.
  private var widths: [Int]? {
    let outputs = layers.compactMap { layer -> Int? in
      guard case .linear(let width, nil) = layer else { return nil }
      return width
    }
    return outputs.count == layers.count ? [inputCount] + outputs : nil
  }

  public var hasFusedSteps: Bool { widths != nil }

  /// The normalisation that the last letter says.
  private static func normalization(_ text: Substring) -> Normalization? {
    text.last.flatMap { Normalization(rawValue: String($0)) }
  }

  private static func layer(
    _ written: ArchitectureText.Layer,
    in text: ArchitectureText
  ) throws -> Layer {
    let letters = written.text
    if let alone = Normalization(rawValue: String(letters)) { return .normalization(alone) }
    if letters.first == "d" {
      guard let probability = Double(letters.dropFirst()), (0..<1).contains(probability) else {
        throw text.refused(
          at: written.place,
          "dropout needs a probability from 0 to below 1, such as d0.2"
        )
      }
      return .dropout(probability)
    }
    guard let normalization = normalization(letters) else {
      return .linear(try text.width(written), nil)
    }
    let width = ArchitectureText.Layer(text: letters.dropLast(), place: written.place)
    return .linear(try text.width(width), normalization)
  }

  /// The network with its first weights, `[batch, inputs]` to `[batch, outputs]`.
  public func module(using generator: RandomGenerator) -> any Module {
    if let widths { return MLP(widths, activation: activation, using: generator) }
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

  public var size: NetworkSize? {
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
    return NetworkSize(parameters: parameters, values: values)
  }
}

extension PerceptronSpecification {
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
