/// One layer of a specification as it is written.
struct WrittenLayer {
  let text: Substring
  /// Characters before it.
  let place: Int

  /// A width: a positive number and nothing else.
  func width(in whole: String) throws -> Int {
    guard let width = Int(text), (1...1 << 24).contains(width), text.allSatisfy(\.isNumber) else {
      throw SpecificationError(
        whole,
        at: place,
        "'\(text)' is not a width: write positive numbers with '-' between them, such as "
          + "mlp:784-50-10"
      )
    }
    return width
  }
}

extension ModelSpecification {
  static let families = ["mlp", "cnn"]
  /// Far more layers than can be trained.
  private static let most = 1_000

  /// The family, the layers between the dashes, and the activation after a comma.
  static func parts(
    of text: String
  ) throws -> (family: String, layers: [WrittenLayer], activation: Activation) {
    guard let colon = text.firstIndex(of: ":") else {
      throw SpecificationError(
        text,
        at: 0,
        "this is not a network: write mlp: or cnn: and its layers, such as mlp:784-50-10"
      )
    }
    let family = text[..<colon].lowercased()
    guard families.contains(family) else {
      throw SpecificationError(
        text,
        at: 0,
        "there is no kind '\(family)' of network: write mlp: or cnn:"
      )
    }
    let body = text[text.index(after: colon)...]
    let pieces = body.split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false)
    var layers: [WrittenLayer] = []
    var place = text.distance(from: text.startIndex, to: body.startIndex)
    for layer in pieces[0].split(separator: "-", omittingEmptySubsequences: false) {
      defer { place += layer.count + 1 }
      guard layers.count < most else {
        throw SpecificationError(text, at: place, "a network has at most \(most) layers")
      }
      guard !layer.isEmpty else {
        throw SpecificationError(text, at: place, "a layer is missing here")
      }
      layers.append(WrittenLayer(text: layer, place: place))
    }
    guard pieces.count == 2 else { return (family, layers, .relu) }
    let name = pieces[1].trimmingPrefix(while: \.isWhitespace)
    let activations = Activation.allCases.map(\.rawValue)
    guard let activation = Activation.allCases.first(where: { $0.rawValue == name }) else {
      let nearest = nearestName(to: String(name), among: activations)
      throw SpecificationError(
        text,
        at: text.distance(from: text.startIndex, to: pieces[1].startIndex),
        "there is no activation '\(name)'"
          + (nearest.map { ": did you mean \($0)?" }
            ?? ": write one of \(activations.joined(separator: ", "))")
      )
    }
    return (family, layers, activation)
  }
}
