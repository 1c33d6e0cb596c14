/// The longest token that a word begins with, then the longest that the rest begins with, and so on
/// (Wu et al. 2016).
struct WordPiece: Sendable {
  let vocabulary: Vocabulary
  private let unknown: Int
  private let longestWord: Int
  /// Where tokens that go on within a word begin, nil where there are none.
  private let continued: Int?

  /// - Throws: ``LanguageError`` when it is not what it must be.
  init(_ field: JSONField) throws(LanguageError) {
    vocabulary = try Vocabulary(Vocabulary.entries(field["vocab"]))
    unknown = try vocabulary.required(field["unk_token"].bytes(), as: "the unknown token")
    let longest = try field["max_input_chars_per_word"]
    longestWord = longest.isNull ? 100 : try longest.integer(in: 0..<1 << 32)
    let prefix = try field["continuing_subword_prefix"]
    continued = vocabulary.trie.node(prefix.isNull ? Array("##".utf8) : try prefix.bytes())
  }

  func append(_ word: ArraySlice<UInt8>, to numbers: inout [Int]) {
    let before = numbers.count
    func giveUp() {
      numbers.removeSubrange(before...)
      numbers.append(unknown)
    }
    if word.count > longestWord {
      let characters = word.count { $0 & 0xC0 != 0x80 }
      if characters > longestWord { return giveUp() }
    }
    var place = word.startIndex
    while place < word.endIndex {
      let node = place == word.startIndex ? ByteTrie.root : continued
      guard let node, let found = vocabulary.trie.longest(in: word, from: place, after: node) else {
        return giveUp()
      }
      numbers.append(found.number)
      place = found.end
    }
  }
}
