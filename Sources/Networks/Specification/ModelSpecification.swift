import Tensors

/// A network in one line of text, from which it can be built again.
///
/// ```swift
/// let student = try ModelSpecification("mlp:784-50-30-10").module(using: generator)
/// let small = try ModelSpecification("cnn:1x28x28-8c3b-m2-16c3b-m2-10,gelu")
/// print(small)  // cnn:1x28x28-8c3b-m2-16c3b-m2-10,gelu
/// ```
///
/// | written | is |
/// |---|---|
/// | `mlp:784-50-30-10` | an ``MLP`` of 784 inputs, two hidden layers and 10 outputs |
/// | `mlp:784-50b-d0.5-30n-10` | a ``PerceptronSpecification``: batch normalisation (`b`) or layer normalisation (`n`) before the activation, and dropout |
/// | `mlp:784-b-50-n-10` | the same normalisations of the inputs, and behind an activation |
/// | `cnn:1x28x28-…` | a ``ConvolutionalNetwork`` for images of 1 channel, 28 high, 28 wide |
/// | `cnn:16c3-…-10` | the same for images whose size the data will tell |
/// | `transformer:1x28x28-7p32-4h64-10` | a ``TransformerNetwork``: see ``Transformer`` |
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
///
/// Kinds of networks are members of a ``Catalogue``; one's own is an ``Architecture``.
public struct ModelSpecification: Sendable {
  public let architecture: any Architecture

  /// The kinds that text may name where none are given, also inside recipes:
  ///
  /// ```swift
  /// try ModelSpecification.$known.withValue(kinds) { try run(recipe) }
  /// ```
  @TaskLocal public static var known: Catalogue<any Architecture.Type> = .standard

  public init(_ architecture: any Architecture) { self.architecture = architecture }

  /// Reads a specification.
  ///
  /// - Throws: ``SpecificationError`` in one sentence with the place of what cannot be understood.
  public init(
    _ text: String,
    among kinds: Catalogue<any Architecture.Type> = ModelSpecification.known
  ) throws {
    let parts = try ArchitectureText(text, among: kinds) { $0.example }
    architecture = try kinds[parts.kind]!.init(parts)
  }

  /// The whole notation: what is written, a network or a layer of the one before, and what it is.
  public static var notation: [(written: String, meaning: String)] {
    known.all.flatMap { $0.notation }
  }

  /// The network that a kind alone stands for, such as `mlp`; nil where the word is no kind, or there
  /// is no such network.
  ///
  /// - Parameters:
  ///   - shape: Of an input, `[features]` or `[channels, height, width]`.
  ///   - outputs: How many the network has.
  public static func usual(_ kind: String, for shape: [Int], outputs: Int) -> String? {
    known.name(written: kind).flatMap { known[$0] }?.usual(for: shape, outputs: outputs)
  }

  /// The shape of one input, `[features]` or `[channels, height, width]`; nil when the data must
  /// tell.
  public var inputShape: [Int]? { architecture.inputShape }

  /// The numbers in one input.
  public var inputCount: Int? { inputShape.map { $0.reduce(1, *) } }

  public var outputCount: Int { architecture.outputCount }

  /// The same network for inputs of a shape, where it does not say itself what they are.
  ///
  /// - Parameter shape: `[channels, height, width]`, or `[features]`.
  /// - Throws: ``SpecificationError`` when the shape is not that of images, or they are too small.
  public func resolved(for shape: [Int]) throws -> ModelSpecification {
    inputShape == nil ? ModelSpecification(try architecture.resolved(for: shape)) : self
  }

  /// The network with its first weights.
  ///
  /// Inputs may be flat, `[batch, inputs]`, for every kind.
  ///
  /// - Parameter generator: Where the weights are drawn from; the network is on its device.
  public func module(using generator: RandomGenerator) -> any Module {
    architecture.module(using: generator)
  }

  /// The bytes that training takes at least: parameters, their gradients and the two moments of Adam,
  /// and what the layers make of a batch, forwards and backwards; zero where nobody knows.
  ///
  /// Images whose size the data must tell are taken to be of one pixel.
  package func bytesToTrain(batch: Int) -> Double {
    guard let size = architecture.size else { return 0 }
    return 4 * (4 * size.parameters + 2 * Double(batch) * size.values)
  }
}

extension ModelSpecification: Hashable {
  public static func == (a: ModelSpecification, b: ModelSpecification) -> Bool {
    AnyHashable(a.architecture) == AnyHashable(b.architecture)
  }

  public func hash(into hasher: inout Hasher) { architecture.hash(into: &hasher) }
}

extension ModelSpecification: CustomStringConvertible {
  /// The shortest text that reads back as this.
  public var description: String { architecture.description }
}

/// What is wrong with the text of a specification.
public struct SpecificationError: Error, CustomStringConvertible, Sendable, Equatable {
  /// One sentence with the place.
  public let description: String

  public init(_ description: String) { self.description = description }

  /// - Parameter place: Characters before the one that cannot be understood.
  init(_ text: String, at place: Int, _ problem: String) {
    description = "'\(text)', character \(place + 1): \(problem)"
  }
}
