/// Tokens that are found in a text before it is split into words, such as `[SEP]`.
struct AddedTokens: Sendable {
  struct Token: Sendable {
    let content: [UInt8]
    let number: Int
    /// Whether it is looked for after normalisation.
    let isNormalized: Bool
    let isSingleWord: Bool
    let takesSpaceBefore: Bool
    let takesSpaceBehind: Bool
  }

  let tokens: [Token]
  private let plain: Finder?
  private let normalized: Finder?

  /// - Throws: ``LanguageError`` when it is not what it must be, or a token has another number in the
  ///   vocabulary.
  init(
    _ field: JSONField,
    _ vocabulary: Vocabulary,
    normalizing normalizer: TextNormalizer?
  ) throws(LanguageError) {
    var tokens: [Token] = []
    var contents: [Int: [UInt8]] = [:]
    let elements = field.isNull ? [] : try field.elements()
    let limit = Vocabulary.limit(vocabulary.tokens.count + elements.count)
    for element in elements {
      let content = try element["content"].bytes()
      let number = try element["id"].integer(in: 0..<limit)
      guard !content.isEmpty else { throw LanguageError("has \(element.path), which is empty") }
      if let own = vocabulary.number(of: content), own != number {
        throw LanguageError(
          "gives \(quoted(content)) the number \(number), and its vocabulary \(own)"
        )
      }
      let known = number < vocabulary.tokens.count ? vocabulary.tokens[number] : nil
      if let other = contents[number] ?? known, other != content {
        throw LanguageError(
          "gives \(quoted(other)) and \(quoted(content)) the same number \(number)"
        )
      }
      contents[number] = content
      tokens.append(
        Token(
          content: content,
          number: number,
          isNormalized: try element["normalized"].truth(or: false),
          isSingleWord: try element["single_word"].truth(or: false),
          takesSpaceBefore: try element["lstrip"].truth(or: false),
          takesSpaceBehind: try element["rstrip"].truth(or: false)
        )
      )
    }
    self.tokens = tokens
    plain = Finder(tokens.filter { !$0.isNormalized }) { $0 }
    normalized = Finder(tokens.filter(\.isNormalized)) { normalizer?($0) ?? $0 }
  }

  /// A part of a text.
  enum Part {
    case token(Int)
    case text(ArraySlice<UInt8>)
  }

  /// Those that stand in a text as it is given.
  func split(_ text: [UInt8]) -> [Part] { plain?.split(text) ?? [.text(text[...])] }

  /// Those that stand in a text after normalisation.
  func splitNormalized(_ text: [UInt8]) -> [Part] {
    normalized?.split(text) ?? [.text(text[...])]
  }
}

/// Finds the longest tokens, from left to right.
private struct Finder: Sendable {
  private let trie: ByteTrie
  private let tokens: [AddedTokens.Token]
  private let firstBytes: Set<UInt8>

  init?(_ tokens: [AddedTokens.Token], _ content: ([UInt8]) -> [UInt8]) {
    let entries = tokens.enumerated().map {
      (bytes: content($0.element.content), number: $0.offset)
    }
    .filter { !$0.bytes.isEmpty }
    guard !entries.isEmpty else { return nil }
    self.tokens = tokens
    trie = ByteTrie(entries)
    firstBytes = Set(entries.map { $0.bytes[0] })
  }

  func split(_ text: [UInt8]) -> [AddedTokens.Part] {
    var parts: [AddedTokens.Part] = []
    var (place, done) = (0, 0)
    while place < text.count {
      guard firstBytes.contains(text[place]), let found = trie.longest(in: text[...], from: place)
      else {
        place += 1
        continue
      }
      let token = tokens[found.number]
      var (start, end) = (place, found.end)
      place = found.end
      if token.isSingleWord, Self.endsInWord(text[..<start]) || Self.beginsWithWord(text[end...]) {
        continue
      }
      if token.takesSpaceBefore { start = max(done, Self.spaceStart(text[..<start])) }
      if token.takesSpaceBehind { end = Self.spaceEnd(text[end...]) }
      if done < start { parts.append(.text(text[done..<start])) }
      parts.append(.token(token.number))
      done = max(done, end)
    }
    if done < text.count { parts.append(.text(text[done...])) }
    return parts
  }

  private static func last(_ text: ArraySlice<UInt8>) -> (scalar: Unicode.Scalar, start: Int)? {
    guard let start = text.lastIndex(where: { $0 & 0xC0 != 0x80 }) else { return nil }
    return ScalarReader(text[start...]).peek.map { ($0, start) }
  }

  private static func endsInWord(_ text: ArraySlice<UInt8>) -> Bool {
    last(text)?.scalar.isWord ?? false
  }

  private static func beginsWithWord(_ text: ArraySlice<UInt8>) -> Bool {
    ScalarReader(text).peek?.isWord ?? false
  }

  private static func spaceStart(_ text: ArraySlice<UInt8>) -> Int {
    var rest = text
    while let (scalar, start) = last(rest), scalar.isSpace { rest = rest[..<start] }
    return rest.endIndex
  }

  private static func spaceEnd(_ text: ArraySlice<UInt8>) -> Int {
    var reader = ScalarReader(text)
    while let next = reader.peek, next.isSpace { _ = reader.next() }
    return reader.place
  }
}
