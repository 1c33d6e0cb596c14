/// The most probable way to write a word with tokens that have a probability each (Kudo 2018): found
/// by Viterbi's algorithm.
struct Unigram: Sendable {
  let vocabulary: Vocabulary
  private let scores: [Double]
  private let unknown: Int?
  private let unknownScore: Double
  /// The tokens of the bytes, where characters without a token are written by them.
  private let bytes: [Int]?

  /// - Throws: ``LanguageError`` when it is not what it must be.
  init(_ field: JSONField) throws(LanguageError) {
    var entries: [(bytes: [UInt8], number: Int)] = []
    var scores: [Double] = []
    for element in try field["vocab"].bareElements() {
      guard case .array(let pair) = element, pair.count == 2, case .string(let token) = pair[0],
        case .number(let score) = pair[1]
      else {
        throw LanguageError(
          "has entry \(entries.count) of \(field.path).vocab, which is no token with "
            + "its score"
        )
      }
      entries.append((token, entries.count))
      scores.append(score)
    }
    var seen: Set<[UInt8]> = []
    for (token, _) in entries where !seen.insert(token).inserted {
      throw LanguageError("has the token \(quoted(token)) twice")
    }
    vocabulary = try Vocabulary(entries)
    self.scores = scores
    let unknown = try field["unk_id"]
    self.unknown = unknown.isNull ? nil : try unknown.integer(in: 0..<scores.count)
    unknownScore = scores.min()! - 10
    bytes =
      try field["byte_fallback"].truth(or: false) ? ByteTokens.all(in: vocabulary) : nil
  }

  private struct Best {
    var score = 0.0
    /// Where the last token of the best way begins, −1 where there is no way.
    var start: Int32 = -1
    var number: Int32 = 0
  }

  /// Without a token for unknown characters those are left out, as all that stands with them.
  func append(_ word: ArraySlice<UInt8>, to numbers: inout [Int]) {
    let first = word.startIndex
    var best = [Best](repeating: Best(), count: word.count + 1)
    var start = first
    while start < word.endIndex {
      let base = best[start - first].score
      var reader = ScalarReader(word[start...])
      _ = reader.next()
      let next = reader.place
      var coversCharacter = false
      var (node, place) = (ByteTrie.root, start)
      func offer(_ score: Double, _ number: Int, at place: Int) {
        let slot = place - first
        if best[slot].start < 0 || score > best[slot].score {
          best[slot] = Best(
            score: score,
            start: Int32(start - first),
            number: Int32(number)
          )
        }
      }
      while place < word.endIndex, let step = vocabulary.trie.step(node, word[place]) {
        node = step
        place += 1
        guard let number = vocabulary.trie.number(node) else { continue }
        offer(scores[number] + base, number, at: place)
        if place == next { coversCharacter = true }
      }
      if !coversCharacter {
        guard let unknown else { return }
        offer(unknownScore + base, unknown, at: next)
      }
      start = next
    }
    trace(best, word, &numbers)
  }

  /// Follows the best way back from the end. Unknown characters in a row are one token.
  private func trace(_ best: [Best], _ word: ArraySlice<UInt8>, _ numbers: inout [Int]) {
    var found: [(number: Int, range: Range<Int>)] = []
    var end = word.count
    while end > 0 {
      let node = best[end]
      let start = Int(node.start)
      let number = Int(node.number)
      if number == unknown, let last = found.last, last.number == unknown {
        found[found.count - 1].range = start..<last.range.upperBound
      } else {
        found.append((number, start..<end))
      }
      end = start
    }
    for (number, range) in found.reversed() {
      let text = word[(word.startIndex + range.lowerBound)..<(word.startIndex + range.upperBound)]
      if number != unknown {
        numbers.append(number)
      } else if let known = vocabulary.trie.number(of: text) {
        numbers.append(known)
      } else if let bytes {
        numbers.append(contentsOf: text.map { bytes[Int($0)] })
      } else {
        numbers.append(number)
      }
    }
  }
}

/// Tokens such as `<0x0A>`, which stand for a byte each.
enum ByteTokens {
  static func token(_ byte: Int) -> [UInt8] {
    let digits = String(byte, radix: 16, uppercase: true)
    return Array("<0x\(byte < 16 ? "0" : "")\(digits)>".utf8)
  }

  /// - Throws: ``LanguageError`` when one is missing.
  static func all(in vocabulary: Vocabulary) throws(LanguageError) -> [Int] {
    var tokens: [Int] = []
    for byte in 0..<256 {
      tokens.append(try vocabulary.required(token(byte), as: "the token of a byte"))
    }
    return tokens
  }
}
