/// In recipes a specification is its text. It may also be written as a block:
///
/// ```yaml
/// kind: cnn
/// input: 1x28x28
/// layers: [8c3b, m2, 16c3b, m2, 10]
/// activation: gelu
/// ```
extension ModelSpecification: Codable {
  private enum Key: String, CodingKey, CaseIterable {
    case kind, input, layers, activation
  }

  private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }

  public init(from decoder: any Decoder) throws {
    if let text = try? decoder.singleValueContainer().decode(String.self) {
      try self.init(text)
      return
    }
    let names = Key.allCases.map(\.rawValue)
    let keys = try decoder.container(keyedBy: AnyKey.self).allKeys.map(\.stringValue)
    if let unknown = keys.first(where: { !names.contains($0) }) {
      throw SpecificationError(
        "a network has no '\(unknown)': write \(names.joined(separator: ", "))"
      )
    }
    let container = try decoder.container(keyedBy: Key.self)
    func text(_ key: Key) throws -> String? {
      try container.decodeIfPresent(String.self, forKey: key)
    }
    guard let kind = try text(.kind), container.contains(.layers) else {
      throw SpecificationError(
        "a network needs a kind and layers, such as kind: mlp, layers: [784, 10]"
      )
    }
    var list = try container.nestedUnkeyedContainer(forKey: .layers)
    var layers: [String] = []
    while !list.isAtEnd {
      // Numbers and words alike.
      layers.append(try (try? list.decode(Int.self)).map(String.init) ?? list.decode(String.self))
    }
    let written = (try text(.input).map { [$0] } ?? []) + layers
    let activation = try text(.activation).map { ",\($0)" } ?? ""
    try self.init("\(kind):\(written.joined(separator: "-"))\(activation)")
  }
}
