/// GPT-2's words (Radford et al. 2019): the matches of
///
/// ```
/// 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
/// ```
enum GPT2Words {
  private enum Kind { case letter, number, space, other }

  private static func kind(_ scalar: Unicode.Scalar) -> Kind {
    scalar.isLetter ? .letter : scalar.isSpace ? .space : scalar.isNumber ? .number : .other
  }

  private static let endings: [[UInt8]] = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"].map {
    Array($0.utf8)
  }

  static func split(_ text: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
    var words: [ArraySlice<UInt8>] = []
    var reader = ScalarReader(text)
    while case let start = reader.place, let first = reader.next() {
      if first == "'", let ending = endings.first(where: { text[start...].starts(with: $0) }) {
        reader.skip(to: start + ending.count)
      } else {
        var kind = kind(first)
        var isSpaced = false
        if first == " ", let next = reader.peek, Self.kind(next) != .space {
          kind = Self.kind(next)
          isSpaced = true
        }
        var last = start
        while let next = reader.peek, Self.kind(next) == kind {
          last = reader.place
          _ = reader.next()
        }
        // Of several spaces the last belongs to the word behind them.
        if kind == .space, !isSpaced, reader.peek != nil, last > start { reader.skip(to: last) }
      }
      words.append(text[start..<reader.place])
    }
    return words
  }
}

/// A visible letter for each byte, as GPT-2 has them: those of Latin-1 that are visible for
/// themselves, and others from U+0100 on.
enum ByteAlphabet {
  static let letters: [[UInt8]] = {
    var others: UInt32 = 0x100
    return (0...255).map { byte -> [UInt8] in
      switch byte {
      case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF:
        return Array(String(Unicode.Scalar(UInt8(byte))).utf8)
      default:
        defer { others += 1 }
        return Array(String(Unicode.Scalar(others)!).utf8)
      }
    }
  }()

  static func letters(of text: ArraySlice<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(2 * text.count)
    for byte in text { result.append(contentsOf: letters[Int(byte)]) }
    return result
  }
}
