/// Tokens and their numbers.
struct Vocabulary: Sendable {
  /// By number, nil where there is none.
  private(set) var tokens: [[UInt8]?]
  let trie: ByteTrie

  /// - Throws: ``LanguageError`` when two tokens have one number, or numbers are far beyond how many
  ///   tokens there are.
  init(_ entries: [(bytes: [UInt8], number: Int)]) throws(LanguageError) {
    guard !entries.isEmpty else { throw LanguageError("has a vocabulary without tokens") }
    tokens = []
    let limit = Self.limit(entries.count)
    tokens = [[UInt8]?](
      repeating: nil,
      count: min(limit, (entries.map(\.number).max() ?? 0) + 1)
    )
    for (bytes, number) in entries {
      guard 0..<limit ~= number else {
        throw LanguageError(
          "gives \(quoted(bytes)) the number \(number), which is beyond what \(entries.count) tokens "
            + "need"
        )
      }
      if let other = tokens[number] {
        throw LanguageError(
          "gives \(quoted(other)) and \(quoted(bytes)) the same number \(number)"
        )
      }
      tokens[number] = bytes
    }
    trie = ByteTrie(entries)
  }

  /// The numbers that a file with so many tokens may use: a small file must not make large tables.
  static func limit(_ count: Int) -> Int { 2 * count + 1_024 }

  /// Of the member `vocab` of a model.
  static func entries(
    _ field: JSONField
  ) throws(LanguageError) -> [(bytes: [UInt8], number: Int)] {
    var entries: [(bytes: [UInt8], number: Int)] = []
    for (name, value) in try field.members() {
      guard case .number(let number) = value, let number = Int(exactly: number) else {
        throw LanguageError("gives \(quoted(name)) a number that is no whole one")
      }
      entries.append((name, number))
    }
    return entries
  }

  func number(of token: [UInt8]) -> Int? { trie.number(of: token) }

  /// - Throws: ``LanguageError`` when there is no such token.
  func required(_ token: [UInt8], as role: String) throws(LanguageError) -> Int {
    guard let number = number(of: token) else {
      throw LanguageError("names \(quoted(token)) as \(role), which its vocabulary does not have")
    }
    return number
  }
}
