import Mathematics

/// The text of a network, taken apart: its kind, the layers between the dashes, and what stands after
/// a comma.
public struct ArchitectureText {
  /// One layer as it is written.
  public struct Layer {
    public let text: Substring
    /// Characters before it in the whole text.
    public let place: Int
  }

  /// As it was written.
  public let whole: String
  /// The name of what stands in front of the colon.
  public let kind: String
  public let layers: [Layer]
  /// What stands after the first comma.
  public let suffix: Layer?

  /// A network of this kind as it is written.
  private let example: String

  /// Far more layers than can be trained.
  private static let most = 1_000

  /// - Parameter example: Of a kind.
  package init<Kind>(
    _ text: String,
    among kinds: Catalogue<Kind>,
    example: (Kind) -> String
  ) throws {
    whole = text
    guard let colon = text.firstIndex(of: ":") else {
      throw SpecificationError(
        text,
        at: 0,
        "this is not a network: "
          + (kinds.nearestName(to: text).map { "did you mean \($0):?" }
            ?? "write \(kinds.choice) and its layers, such as \(kinds.all.first.map(example) ?? "")")
      )
    }
    let word = String(text[..<colon])
    guard let kind = kinds.name(written: word), let own = kinds[kind] else {
      throw SpecificationError(
        text,
        at: 0,
        "there is no kind '\(word)' of network: "
          + (kinds.nearestName(to: word).map { "did you mean \($0):?" }
            ?? "write \(kinds.choice)")
      )
    }
    self.kind = kind
    self.example = example(own)
    let body = text[text.index(after: colon)...]
    let pieces = body.split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false)
    var layers: [Layer] = []
    var place = text.distance(from: text.startIndex, to: body.startIndex)
    for layer in pieces[0].split(separator: "-", omittingEmptySubsequences: false) {
      defer { place += layer.count + 1 }
      guard layers.count < Self.most else {
        throw SpecificationError(text, at: place, "a network has at most \(Self.most) layers")
      }
      guard !layer.isEmpty else {
        throw SpecificationError(text, at: place, "a layer is missing here")
      }
      layers.append(Layer(text: layer, place: place))
    }
    self.layers = layers
    suffix =
      pieces.count == 2
      ? Layer(
        text: pieces[1],
        place: text.distance(from: text.startIndex, to: pieces[1].startIndex)
      ) : nil
  }

  /// A layer that is a width: a positive number and nothing else.
  public func width(_ layer: Layer) throws -> Int {
    guard let width = Int(layer.text), (1...1 << 24).contains(width),
      layer.text.allSatisfy(\.isNumber)
    else {
      throw refused(
        at: layer.place,
        "'\(layer.text)' is not a width: write positive numbers with '-' between them, such as "
          + example
      )
    }
    return width
  }

  /// A layer that is the size of an image, `[channels, height, width]`: `1x28x28`, or `28x28` for one
  /// channel; nil when it is something else.
  public func imageSize(_ layer: Layer) throws -> [Int]? {
    guard layer.text.contains("x") else { return nil }
    let lengths = layer.text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    let sizes = lengths.compactMap { $0 }.filter { (1...65_536).contains($0) }
    guard sizes.count == lengths.count, (2...3).contains(sizes.count) else {
      throw refused(
        at: layer.place,
        "'\(layer.text)' is not the size of an image: write channels x height x width, such as "
          + "1x28x28"
      )
    }
    return sizes.count == 2 ? [1] + sizes : sizes
  }

  /// The activation after the comma; ReLU where there is none.
  public func activation() throws -> Activation {
    guard let suffix else { return .relu }
    let name = suffix.text.trimmingPrefix(while: \.isWhitespace)
    let activations = Activation.allCases.map(\.rawValue)
    if let activation = Activation(rawValue: String(name)) { return activation }
    throw refused(
      at: suffix.place,
      "there is no activation '\(name)'"
        + (nearestName(to: String(name), among: activations).map { ": did you mean \($0)?" }
          ?? ": write one of \(activations.joined(separator: ", "))")
    )
  }

  /// What cannot be understood, as one sentence with its place.
  ///
  /// - Parameter place: Characters before it; the default is the beginning of the layers.
  public func refused(at place: Int? = nil, _ problem: String) -> SpecificationError {
    SpecificationError(whole, at: place ?? layers[0].place, problem)
  }
}

extension Activation {
  /// How the text of a network says it: nothing for ReLU, else `,gelu`.
  public var suffix: String { self == .relu ? "" : ",\(rawValue)" }
}

extension Catalogue {
  /// `mlp:, cnn: or transformer:`.
  fileprivate var choice: String {
    let words = names.map { "\($0):" }
    guard words.count > 1 else { return words.first ?? "" }
    return words.dropLast().joined(separator: ", ") + " or " + words.last!
  }
}
