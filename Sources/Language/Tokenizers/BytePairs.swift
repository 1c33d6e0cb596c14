/// Characters, of which the pair that was merged first in training is merged first, again and again
/// (Sennrich et al. 2016).
struct BytePairs: Sendable {
  let vocabulary: Vocabulary
  /// From a pair of tokens to the number of its merge.
  private let ranks: IntegerTable
  /// The token that each merge makes.
  private let merged: [Int32]
  private let unknown: Int?
  private let fusesUnknown: Bool
  /// The tokens of the bytes, where characters without a token are written by them.
  private let bytes: [Int]?
  /// Whether a word that is a token is not looked at any further.
  private let knowsWords: Bool

  /// - Throws: ``LanguageError`` when it is not what it must be, such as a merge of tokens that the
  ///   vocabulary does not have.
  init(_ field: JSONField) throws(LanguageError) {
    for name in ["continuing_subword_prefix", "end_of_word_suffix"] {
      let affix = try field[name]
      let text = affix.isNull ? [] : try affix.bytes()
      guard text.isEmpty else {
        throw LanguageError("has \(affix.path), and byte pairs with one are not read")
      }
    }
    let dropout = try field["dropout"]
    let chance = dropout.isNull ? 0 : try dropout.number()
    guard chance == 0 else {
      throw LanguageError("has \(dropout.path), and tokens that are drawn by chance are not read")
    }
    vocabulary = try Vocabulary(Vocabulary.entries(field["vocab"]))
    let token = try field["unk_token"]
    unknown =
      token.isNull ? nil : try vocabulary.required(token.bytes(), as: "the unknown token")
    fusesUnknown = try field["fuse_unk"].truth(or: false)
    bytes =
      try field["byte_fallback"].truth(or: false) ? ByteTokens.all(in: vocabulary) : nil
    knowsWords = try field["ignore_merges"].truth(or: false)
    (ranks, merged) = try Self.merges(field["merges"], vocabulary)
  }

  private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  private static func merges(
    _ field: JSONField,
    _ vocabulary: Vocabulary
  ) throws(LanguageError) -> (IntegerTable, [Int32]) {
    let elements = try field.bareElements()
    var ranks = IntegerTable(capacity: elements.count)
    var merged: [Int32] = []
    for (rank, element) in elements.enumerated() {
      guard let (left, right) = pair(element) else {
        throw LanguageError("has merge \(rank), which is no pair of tokens")
      }
      var numbers: [Int32] = []
      for token in [left, right, left + right] {
        guard let number = vocabulary.number(of: token) else {
          throw LanguageError(
            "has merge \(rank) of \(quoted(left)) and \(quoted(right)), and no token \(quoted(token))"
          )
        }
        numbers.append(Int32(number))
      }
      ranks[key(numbers[0], numbers[1])] = UInt32(rank)
      merged.append(numbers[2])
    }
    return (ranks, merged)
  }

  /// Two texts, or one with a space between them.
  private static func pair(_ element: JSONText) -> ([UInt8], [UInt8])? {
    switch element {
    case .string(let text):
      let parts = text.split(separator: 0x20, omittingEmptySubsequences: false)
      guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else { return nil }
      return (Array(parts[0]), Array(parts[1]))
    case .array(let parts):
      guard parts.count == 2, case .string(let left) = parts[0], case .string(let right) = parts[1],
        !left.isEmpty, !right.isEmpty
      else { return nil }
      return (left, right)
    default: return nil
    }
  }

  func append(_ word: ArraySlice<UInt8>, to numbers: inout [Int]) {
    if knowsWords, let number = vocabulary.trie.number(of: word) {
      numbers.append(number)
      return
    }
    var symbols = characters(word)
    merge(&symbols)
    for symbol in symbols where symbol >= 0 { numbers.append(Int(symbol)) }
  }

  private func characters(_ word: ArraySlice<UInt8>) -> [Int32] {
    var symbols: [Int32] = []
    symbols.reserveCapacity(word.count)
    var reader = ScalarReader(word)
    var isUnknown = false
    func flush() {
      if isUnknown { symbols.append(Int32(unknown!)) }
      isUnknown = false
    }
    while case let start = reader.place, reader.next() != nil {
      let character = word[start..<reader.place]
      if let number = vocabulary.trie.number(of: character) {
        flush()
        symbols.append(Int32(number))
      } else if let bytes {
        symbols.append(contentsOf: character.map { Int32(bytes[Int($0)]) })
      } else if unknown != nil {
        if !fusesUnknown { flush() }
        isUnknown = true
      }
    }
    flush()
    return symbols
  }

  /// Merges in order of rank, then of place. A symbol that became part of the one before it is −1.
  private func merge(_ symbols: inout [Int32]) {
    guard symbols.count > 1 else { return }
    var next = (1...symbols.count).map { Int32($0) }
    var previous = (0..<symbols.count).map { Int32($0) - 1 }
    let count = Int32(symbols.count)
    var waiting = Heap()
    func offer(_ place: Int32, in symbols: [Int32]) {
      let right = next[Int(place)]
      guard right < count,
        let rank = ranks[Self.key(symbols[Int(place)], symbols[Int(right)])]
      else { return }
      waiting.insert(UInt64(rank) << 32 | UInt64(place))
    }
    for place in 0..<count - 1 { offer(place, in: symbols) }
    while let top = waiting.removeFirst() {
      let (rank, place) = (Int(top >> 32), Int32(top & 0xFFFF_FFFF))
      let right = next[Int(place)]
      // A pair that has changed since it was put in.
      guard symbols[Int(place)] >= 0, right < count,
        let now = ranks[Self.key(symbols[Int(place)], symbols[Int(right)])], Int(now) == rank
      else { continue }
      symbols[Int(place)] = merged[rank]
      symbols[Int(right)] = -1
      let after = next[Int(right)]
      next[Int(place)] = after
      if after < count { previous[Int(after)] = place }
      if previous[Int(place)] >= 0 { offer(previous[Int(place)], in: symbols) }
      offer(place, in: symbols)
    }
  }
}

/// Numbers, of which the least comes out first.
private struct Heap {
  private var items: [UInt64] = []

  mutating func insert(_ item: UInt64) {
    items.append(item)
    var child = items.count - 1
    while child > 0, case let parent = (child - 1) / 2, items[child] < items[parent] {
      items.swapAt(child, parent)
      child = parent
    }
  }

  mutating func removeFirst() -> UInt64? {
    guard let first = items.first, let last = items.popLast() else { return nil }
    guard !items.isEmpty else { return first }
    items[0] = last
    var parent = 0
    while case var child = 2 * parent + 1, child < items.count {
      if child + 1 < items.count, items[child + 1] < items[child] { child += 1 }
      guard items[child] < items[parent] else { break }
      items.swapAt(child, parent)
      parent = child
    }
    return first
  }
}
