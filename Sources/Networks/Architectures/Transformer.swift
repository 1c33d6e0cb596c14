import Tensors

/// A ``TransformerNetwork`` as it is written: `transformer:1x28x28-7p32-4h64-4h64-10`.
///
/// | written | is |
/// |---|---|
/// | `1x28x28`, `60` | the shape of an image, or how many features there are; left out where the data will tell |
/// | `7p32` | pieces of 7 by 7 pixels, or of 7 features, each made 32 numbers and told where it is |
/// | `4h64` | a ``TransformerEncoderLayer`` of 4 heads, with 64 hidden units at each position |
/// | `10` | the outputs, from the mean over the pieces |
///
/// The activation after a comma is that of the hidden units.
public struct Transformer: Architecture {
  public static let example = "transformer:1x28x28-7p32-4h64-10"

  public static let notation: [(written: String, meaning: String)] = [
    ("transformer:1x28x28-…-10", "attention, on 1 channel of 28 by 28; may be left out"),
    ("7p32", "pieces of 7 by 7 pixels, or 7 features, as 32 numbers"),
    ("4h64", "encoder layer: 4 heads, 64 hidden units at each piece"),
  ]

  public struct Block: Hashable, Sendable {
    public let heads: Int
    public let hidden: Int
  }

  /// `[channels, height, width]` or `[features]`; nil where the data will tell.
  public private(set) var input: [Int]?
  /// The side of a piece of an image, or how many features are one.
  public let piece: Int
  /// The features of each piece.
  public let width: Int
  public let blocks: [Block]
  public let outputCount: Int
  public let activation: Activation

  public init(_ text: ArchitectureText) throws {
    activation = try text.activation()
    var rest = text.layers[...]
    input = try Self.input(rest.first!, in: text)
    if input != nil { rest.removeFirst() }
    guard let first = rest.first, let (piece, width) = Self.pair(first, "p") else {
      throw text.refused(
        at: rest.first?.place ?? text.whole.count,
        "pieces of the input are needed here, such as 7p32: of 7 by 7 pixels, or of 7 features, each "
          + "made 32 numbers"
      )
    }
    (self.piece, self.width) = (piece, width)
    rest.removeFirst()
    guard rest.count >= 2, let last = rest.popLast(), last.text.allSatisfy(\.isNumber) else {
      throw text.refused(
        at: text.layers.last!.place,
        "behind the pieces stand layers such as 4h64, and last the number of outputs, such as -10"
      )
    }
    outputCount = try text.width(last)
    blocks = try rest.map { layer in
      guard let (heads, hidden) = Self.pair(layer, "h") else {
        throw text.refused(
          at: layer.place,
          "'\(layer.text)' is not a layer: write such as 4h64, of 4 heads and 64 hidden units"
        )
      }
      guard width % heads == 0 else {
        throw text.refused(
          at: layer.place,
          "the \(width) numbers of a piece cannot be split among \(heads) heads"
        )
      }
      return Block(heads: heads, hidden: hidden)
    }
    if let problem = misfit { throw text.refused(problem) }
  }

  /// The shape of an input, where the text begins with one.
  private static func input(
    _ layer: ArchitectureText.Layer,
    in text: ArchitectureText
  ) throws -> [Int]? {
    if let size = try text.imageSize(layer) { return size }
    return layer.text.allSatisfy(\.isNumber) ? [try text.width(layer)] : nil
  }

  /// Two numbers with a letter between them.
  private static func pair(
    _ layer: ArchitectureText.Layer,
    _ letter: Character
  ) -> (Int, Int)? {
    var reader = LayerReader(layer)
    guard let first = reader.number(), reader.letter() == letter, let second = reader.number(),
      reader.isAtEnd
    else { return nil }
    return (first, second)
  }

  /// Why the input cannot be split; nil where it can, or is not known.
  private var misfit: String? {
    guard let input, input.suffix(2).contains(where: { $0 % piece != 0 }) else { return nil }
    let text = input.map(String.init).joined(separator: "x")
    return input.count == 3
      ? "an image of \(text) cannot be split into pieces of \(piece)x\(piece)"
      : "\(text) features cannot be split into pieces of \(piece)"
  }

  /// How many pieces there are, and numbers in one; nil where the data must tell.
  var pieces: (count: Int, numbers: Int)? {
    guard let input else { return nil }
    let numbers = input.count == 3 ? input[0] * piece * piece : piece
    return (input.reduce(1, *) / numbers, numbers)
  }

  /// The smallest pieces that an input can be split into at most 64 of.
  static func usualPiece(for shape: [Int]) -> Int? {
    let sides = shape.suffix(2)
    return (1...sides.min()!).first { piece in
      sides.allSatisfy { $0 % piece == 0 } && sides.reduce(1) { $0 * ($1 / piece) } <= 64
    }
  }

  /// Two layers over at most 64 of the smallest pieces that the input can be split into.
  public static func usual(for shape: [Int], outputs: Int) -> String? {
    usualPiece(for: shape).map { "transformer:\($0)p32-4h64-4h64-\(outputs)" }
  }

  public var inputShape: [Int]? { input }

  public func resolved(for shape: [Int]) throws -> Transformer {
    var network = self
    network.input = shape
    if let problem = network.misfit { throw SpecificationError("\(self): \(problem)") }
    return network
  }

  public func module(using generator: RandomGenerator) -> any Module {
    TransformerNetwork(self, using: generator)
  }

  public var size: NetworkSize? {
    let (count, numbers) = pieces.map { (Double($0.count), Double($0.numbers)) } ?? (1, 1)
    let (width, outputs) = (Double(width), Double(outputCount))
    // The embedding with its places, the last normalisation and the head.
    var parameters = (numbers + 1 + count) * width
    parameters += 2 * width + (width + 1) * outputs
    var values = count * (numbers + width) + outputs
    for block in blocks {
      let hidden = Double(block.hidden)
      let attention = 4 * (width + 1) * width
      parameters += attention + 4 * width
      parameters += (width + 1) * hidden + (hidden + 1) * width
      // Attention keeps no weights of pairs.
      values += count * (6 * width + hidden)
    }
    return NetworkSize(parameters: parameters, values: values)
  }

  public var description: String {
    let size = input.map { [$0.map(String.init).joined(separator: "x")] } ?? []
    let layers = ["\(piece)p\(width)"] + blocks.map { "\($0.heads)h\($0.hidden)" }
    return "transformer:" + (size + layers + ["\(outputCount)"]).joined(separator: "-")
      + activation.suffix
  }
}
