import Mathematics

/// Something that text names: a member of a catalogue that one adds to.
public protocol Nameable: Sendable {
  /// What it is, in a word, for refusals: `optimizer`.
  static var kind: String { get }

  /// What text may name, also inside recipes.
  static var known: Catalogue<Self> { get }

  var name: String { get }
}

extension Catalogue where Item: Nameable {
  /// Adds a thing by its name.
  public mutating func add(_ item: Item) { add(item.name, item) }
}

/// What a word in a recipe or an option names. Capitals are not told apart.
public struct Named<Item: Nameable>: RawRepresentable, Sendable {
  public let item: Item
  /// As it was written.
  public let rawValue: String

  public init(_ item: Item) { (self.item, rawValue) = (item, item.name) }

  /// Nil where nothing is called so.
  public init?(rawValue: String) {
    let known = Item.known
    guard let item = known.name(written: rawValue).flatMap({ known[$0] }) else { return nil }
    (self.item, self.rawValue) = (item, rawValue)
  }
}

extension Named: Hashable {
  public static func == (a: Named, b: Named) -> Bool { a.item.name == b.item.name }

  public func hash(into hasher: inout Hasher) { hasher.combine(item.name) }
}

extension Named: Codable {
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(rawValue)
  }

  /// - Throws: ``SpecificationError`` with the nearest name.
  public init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let named = Named(rawValue: text) else {
      let names = Item.known.names.joined(separator: ", ")
      throw SpecificationError(
        "there is no \(Item.kind) '\(text)': "
          + (Item.known.nearestName(to: text).map { "did you mean \($0)?" } ?? "there are \(names)")
      )
    }
    self = named
  }
}
