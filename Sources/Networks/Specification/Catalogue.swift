import Mathematics

/// Things by the names that they are written by: a value that one adds to and passes along.
///
/// ```swift
/// var losses = Catalogue<LossFormula>.standard
/// losses.add(LossFormula("huber", [.init("delta", 1, .positive)]) { huber($0["delta"]) })
/// let loss = try Loss(parsing: "huber(delta: 2) + crossEntropy", among: losses)
/// ```
public struct Catalogue<Item> {
  /// In the order in which they were added.
  public private(set) var names: [String] = []
  private var items: [String: Item] = [:]

  public init() {}

  /// Adds a thing, in the place of the one of that name if there is one.
  public mutating func add(_ name: String, _ item: Item) {
    if items.updateValue(item, forKey: name) == nil { names.append(name) }
  }

  /// The thing of a name; nil where there is none.
  public subscript(name: String) -> Item? { items[name] }

  /// The name that a word is, where capitals are not told apart; nil where it is none.
  public func name(written word: String) -> String? {
    items[word] == nil ? names.first { $0.lowercased() == word.lowercased() } : word
  }

  /// All of them, in the order in which they were added.
  public var all: [Item] { names.map { items[$0]! } }

  /// The name most like a word that is none of them.
  public func nearestName(to word: String) -> String? {
    Mathematics.nearestName(to: word, among: names)
  }
}

extension Catalogue: Sendable where Item: Sendable {}
