/// The tokens that text is written in, each some bytes: single ones, and frequent neighbours that were
/// merged (Gage 1994; Sennrich, Haddow & Birch 2016).
///
/// Token 0 ends a document and is what comes before its first byte: the byte of a line's end, which no
/// document has inside. Text is cut into the longest tokens from its beginning on, so every document of
/// known bytes has one way to be written and is read back as it was.
public struct ByteVocabulary: Hashable, Sendable, Codable {
  /// The bytes of each token, those of one byte first, by value.
  public let tokens: [[UInt8]]
  private let trie: ByteTrie

  /// The byte that ends documents.
  public static let end: UInt8 = 10

  /// The number of tokens.
  public var count: Int { tokens.count }

  /// One token for each byte that stands in the documents, and for their end.
  public init(bytesOf documents: [[UInt8]]) {
    let known = Set(documents.joined()).subtracting([Self.end])
    self.init(checked: [[Self.end]] + known.sorted().map { [$0] })
  }

  /// - Throws: ``LanguageError`` where they are no vocabulary.
  public init(_ tokens: [[UInt8]]) throws {
    guard tokens.first == [Self.end], Set(tokens).count == tokens.count,
      tokens.dropFirst().allSatisfy({ !$0.isEmpty && !$0.contains(Self.end) })
    else {
      throw LanguageError(
        "tokens must be different, none empty, the first the end of a line and no other with one inside"
      )
    }
    self.init(checked: tokens)
  }

  private init(checked tokens: [[UInt8]]) {
    self.tokens = tokens
    trie = ByteTrie(tokens.enumerated().map { (bytes: $1, number: $0) })
  }

  public init(from decoder: any Decoder) throws {
    try self.init(decoder.singleValueContainer().decode([[UInt8]].self))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(tokens)
  }

  /// The same with as many more tokens as are asked for: again and again the two neighbours that stand
  /// together most often, the first such pair of equals, become one.
  ///
  /// - Parameter documents: What is counted in; fewer tokens come where no two stand together twice.
  /// - Throws: ``LanguageError`` where a document has a byte that has no token.
  public func merging(_ count: Int, in documents: [[UInt8]]) throws -> ByteVocabulary {
    var merged = tokens
    var text: [Int32] = []
    for document in documents { text += try encoded(document).map(Int32.init) + [0] }
    let most = tokens.count + count
    for _ in 0..<count {
      var counts = [Int32](repeating: 0, count: most * most)
      for place in text.indices.dropLast() where text[place] != 0 && text[place + 1] != 0 {
        counts[Int(text[place]) * most + Int(text[place + 1])] += 1
      }
      let best = counts.indices.max { (counts[$0], -$0) < (counts[$1], -$1) }!
      guard counts[best] > 1 else { break }
      let (first, second) = (Int32(best / most), Int32(best % most))
      let bytes = merged[Int(first)] + merged[Int(second)]
      // Two pairs may spell the same.
      let token = Int32(merged.firstIndex(of: bytes) ?? merged.count)
      if token == merged.count { merged.append(bytes) }
      var (next, place) = ([Int32](), 0)
      next.reserveCapacity(text.count)
      while place < text.count {
        let isPair = place + 1 < text.count && text[place] == first && text[place + 1] == second
        next.append(isPair ? token : text[place])
        place += isPair ? 2 : 1
      }
      text = next
    }
    return ByteVocabulary(checked: merged)
  }

  /// The tokens of a document, without its end.
  ///
  /// - Throws: ``LanguageError`` where it has a byte that has no token, or a line's end.
  public func encoded(_ document: [UInt8]) throws -> [Int] {
    var (found, place) = ([Int](), 0)
    while place < document.count {
      guard document[place] != Self.end,
        let (next, token) = trie.longest(in: document[...], from: place)
      else {
        throw LanguageError(
          "byte \(document[place]) at place \(place) of a document has no token: make the vocabulary of "
            + "text that has it, or leave the document out"
        )
      }
      found.append(token)
      place = next
    }
    return found
  }

  public static func == (a: ByteVocabulary, b: ByteVocabulary) -> Bool { a.tokens == b.tokens }
  public func hash(into hasher: inout Hasher) { hasher.combine(tokens) }

  /// The bytes of tokens one after the other.
  public func decoded(_ tokens: [Int]) -> [UInt8] { tokens.flatMap { self.tokens[$0] } }
}
