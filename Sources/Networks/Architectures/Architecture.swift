import Tensors

/// A kind of network that can be written in one line of text. Its values are networks of that kind,
/// without weights.
///
/// ```swift
/// struct LinearModel: Architecture {  // linear:784-10
///   static let example = "linear:784-10"
///   let widths: [Int]
///
///   init(_ text: ArchitectureText) throws {
///     widths = try text.layers.map(text.width)
///     guard widths.count == 2 else { throw text.refused("write inputs and outputs") }
///   }
///   var inputShape: [Int]? { [widths[0]] }
///   var outputCount: Int { widths[1] }
///   var description: String { "linear:\(widths[0])-\(widths[1])" }
///   func module(using generator: RandomGenerator) -> any Module {
///     Linear(widths[0], widths[1], using: generator)
///   }
/// }
///
/// var kinds = Catalogue<any Architecture.Type>.standard
/// kinds.add("linear", LinearModel.self)
/// let student = try ModelSpecification("linear:784-10", among: kinds)
/// ```
///
/// The description is the shortest text that reads back as the same network.
public protocol Architecture: Hashable, Sendable, CustomStringConvertible {
  /// A network of this kind as it is written, for refusals.
  static var example: String { get }

  /// Networks of this kind, and layers of them, as they are written, and what each is in a few words,
  /// for lists. The default is the example alone.
  static var notation: [(written: String, meaning: String)] { get }

  /// The network that the kind alone stands for; the default knows none.
  ///
  /// - Parameters:
  ///   - shape: Of an input, `[features]` or `[channels, height, width]`.
  ///   - outputs: How many the network has.
  static func usual(for shape: [Int], outputs: Int) -> String?

  /// Networks of several widths and depths, from small to large, among which a search may look for one;
  /// the default is that which the kind alone stands for.
  ///
  /// - Parameters:
  ///   - shape: Of an input, `[features]` or `[channels, height, width]`.
  ///   - outputs: How many each has.
  static func candidates(for shape: [Int], outputs: Int) -> [String]

  /// - Throws: ``SpecificationError`` in one sentence: see ``ArchitectureText/refused(at:_:)``.
  init(_ text: ArchitectureText) throws

  /// The shape of one input, `[features]` or `[channels, height, width]`; nil when the data must tell.
  var inputShape: [Int]? { get }

  var outputCount: Int { get }

  /// The same network for inputs of a shape. Called where ``inputShape`` is nil; the default changes
  /// nothing.
  ///
  /// - Throws: ``SpecificationError`` when it cannot take them.
  func resolved(for shape: [Int]) throws -> Self

  /// The network with its first weights. It takes inputs flat, `[batch, features]`, and of
  /// ``inputShape``, which is known.
  ///
  /// - Parameter generator: Where the weights are drawn from; the network is on its device.
  func module(using generator: RandomGenerator) -> any Module

  /// How large the network is, before it is made; the default does not know.
  var size: NetworkSize? { get }

  /// Whether the network is an ``MLP``, whose steps are fused: small batches are cheap, and learn more
  /// from few examples. The default is no.
  var hasFusedSteps: Bool { get }

  /// How many examples a step takes where nothing is said. The default is 20 for fused steps, else
  /// 100, as fewer cost mostly overhead.
  var usualBatchSize: Int { get }
}

extension Architecture {
  public static var notation: [(written: String, meaning: String)] { [(example, "")] }
  public static func usual(for shape: [Int], outputs: Int) -> String? { nil }
  public static func candidates(for shape: [Int], outputs: Int) -> [String] {
    usual(for: shape, outputs: outputs).map { [$0] } ?? []
  }
  public func resolved(for shape: [Int]) throws -> Self { self }
  public var size: NetworkSize? { nil }
  public var hasFusedSteps: Bool { false }
  public var usualBatchSize: Int { hasFusedSteps ? 20 : 100 }
}

/// How large a network is. The numbers are `Double`, because what is written may be beyond every count.
public struct NetworkSize: Hashable, Sendable {
  public var parameters: Double
  /// Numbers that the layers make of one input.
  public var values: Double

  public init(parameters: Double, values: Double) {
    (self.parameters, self.values) = (parameters, values)
  }
}

extension Catalogue<any Architecture.Type> {
  /// The kinds of networks of this package that classify or regress.
  public static var standard: Catalogue { standardKinds }
}

private let standardKinds = {
  var kinds = Catalogue<any Architecture.Type>()
  kinds.add("mlp", PerceptronSpecification.self)
  kinds.add("cnn", ConvolutionalSpecification.self)
  kinds.add("transformer", Transformer.self)
  return kinds
}()
