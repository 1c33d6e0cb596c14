import Tensors

/// A network in one line of text, from which it can be built again.
///
/// ```swift
/// let student = try ModelSpecification("mlp:784-50-30-10").module(using: generator)
/// let small = try ModelSpecification("cnn:1x28x28-16c3-32c3s2-64c3s2-gap-10,gelu")
/// print(small)  // cnn:1x28x28-16c3-32c3s2-64c3s2-gap-10,gelu
/// ```
///
/// | written | is |
/// |---|---|
/// | `mlp:784-50-30-10` | an ``MLP`` of 784 inputs, two hidden layers and 10 outputs |
/// | `mlp:784-50b-d0.5-30n-10` | a ``PerceptronSpecification``: batch normalisation (`b`) or layer normalisation (`n`) before the activation, and dropout |
/// | `mlp:784-b-50-n-10` | the same normalisations of the inputs, and behind an activation |
/// | `cnn:1x28x28-…` | a ``ConvolutionalNetwork`` for images of 1 channel, 28 high, 28 wide |
/// | `cnn:16c3-…-10` | the same for images whose size the data will tell |
/// | `…,gelu` | with another activation than ReLU: one of ``Activation`` |
///
/// The layers of a convolutional network, from the images to the outputs:
///
/// | layer | is |
/// |---|---|
/// | `16c3` | a convolution of 16 filters, 3 by 3, and the activation; zeros around the image keep its size |
/// | `16c3s2p0g4b` | with stride 2, no zeros around, in 4 groups, and with batch normalisation |
/// | `16r3s2` | a residual block: two such convolutions with batch normalisation, added to their input |
/// | `m2`, `a2`, `m3s2` | the largest, or the mean, of each window of 2 by 2; of 3 by 3 with stride 2 |
/// | `gap` | the mean of each channel over the whole image |
/// | `d0.2` | dropout |
/// | `128` | a linear layer and the activation; the last number are the outputs, without one |
public enum ModelSpecification: Hashable, Sendable {
  case perceptron(widths: [Int], Activation)
  /// A perceptron with more than linear layers and activations.
  case layered(PerceptronSpecification)
  case convolutional(ConvolutionalSpecification)

  /// Reads a specification.
  ///
  /// - Throws: ``SpecificationError`` in one sentence with the place of what cannot be understood.
  public init(_ text: String) throws {
    let (family, layers, activation) = try Self.parts(of: text)
    switch family {
    case "mlp" where layers.count > 1 && layers.contains(where: PerceptronSpecification.isMore):
      self = .layered(try PerceptronSpecification(layers, activation, in: text))
    case "mlp":
      let widths = try layers.map { try $0.width(in: text) }
      guard widths.count >= 2 else {
        throw SpecificationError(
          text,
          at: text.count,
          "there is only one width: write inputs and outputs, such as mlp:784-50-10"
        )
      }
      self = .perceptron(widths: widths, activation)
    default:
      self = .convolutional(try ConvolutionalSpecification(layers, activation, in: text))
    }
  }

  /// The shape of one input, `[features]` or `[channels, height, width]`; nil when the data must
  /// tell.
  public var inputShape: [Int]? {
    switch self {
    case .perceptron(let widths, _): [widths[0]]
    case .layered(let network): [network.inputCount]
    case .convolutional(let network): network.input
    }
  }

  /// The numbers in one input.
  public var inputCount: Int? { inputShape.map { $0.reduce(1, *) } }

  public var outputCount: Int {
    switch self {
    case .perceptron(let widths, _): widths.last!
    case .layered(let network): network.outputCount
    case .convolutional(let network): network.outputCount
    }
  }

  /// The same network for inputs of a shape, where it does not say itself what they are.
  ///
  /// - Parameter shape: `[channels, height, width]`, or `[features]`.
  /// - Throws: ``SpecificationError`` when the shape is not that of images, or they are too small.
  public func resolved(for shape: [Int]) throws -> ModelSpecification {
    guard case .convolutional(var network) = self, network.input == nil else { return self }
    guard shape.count == 3 else {
      throw SpecificationError(
        "\(self) is for images, and the inputs are \(shape.map(String.init).joined(separator: "x")) "
          + "numbers: write the size in front, such as cnn:1x28x28-…, or choose mlp:…"
      )
    }
    network.input = shape
    try network.check(in: description)
    return .convolutional(network)
  }

  /// The network with its first weights.
  ///
  /// Inputs may be flat, `[batch, inputs]`, for either kind.
  ///
  /// - Parameter generator: Where the weights are drawn from; the network is on its device.
  public func module(using generator: RandomGenerator) -> any Module {
    switch self {
    case .perceptron(let widths, let activation):
      MLP(widths, activation: activation, using: generator)
    case .layered(let network): network.module(using: generator)
    case .convolutional(let network):
      ConvolutionalNetwork(network, using: generator)
    }
  }
}

extension ModelSpecification: CustomStringConvertible {
  /// The shortest text that reads back as this.
  public var description: String {
    switch self {
    case .perceptron(let widths, let activation):
      "mlp:" + widths.map(String.init).joined(separator: "-") + activation.suffix
    case .layered(let network): network.description
    case .convolutional(let network): network.description
    }
  }
}

extension Activation {
  /// How a specification says it.
  var suffix: String { self == .relu ? "" : ",\(rawValue)" }
}

/// What is wrong with the text of a specification.
public struct SpecificationError: Error, CustomStringConvertible, Sendable, Equatable {
  /// One sentence with the place.
  public let description: String

  init(_ description: String) { self.description = description }

  /// - Parameter place: Characters before the one that cannot be understood.
  init(_ text: String, at place: Int, _ problem: String) {
    description = "'\(text)', character \(place + 1): \(problem)"
  }
}
