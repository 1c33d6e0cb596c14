/// How a text is split into words, which the model sees one by one: the `pre_tokenizer` of a tokenizer.
indirect enum PreTokenizer: Sendable {
  case sequence([PreTokenizer])
  /// At spaces, which are left out, and around marks of punctuation.
  case bert
  case whitespace
  /// By GPT-2's rule, then a letter for each byte.
  case byteLevel(addsSpace: Bool, splits: Bool)
  /// At spaces, which become a visible mark before the next word.
  case metaspace(mark: [UInt8], prepends: Prepending, splits: Bool)

  /// Whether a text begins with a mark though it has no space there.
  enum Prepending: String, Sendable, CaseIterable {
    case always, first, never
  }

  /// - Parameter isFirst: Whether the text is the beginning of the whole.
  func words(of text: ArraySlice<UInt8>, isFirst: Bool) -> [ArraySlice<UInt8>] {
    switch self {
    case .sequence(let parts):
      return parts.reduce([text]) { words, part in
        words.enumerated().flatMap {
          part.words(of: $0.element, isFirst: isFirst && $0.offset == 0)
        }
      }
    case .bert: return Self.split(text) { $0.isASCIIPunctuation || $0.isPunctuation }
    case .whitespace: return Self.split(text) { _ in false }
    case .byteLevel(let addsSpace, let splits):
      let spaced = addsSpace && text.first != 0x20 ? [0x20] + text : text
      let words = splits ? GPT2Words.split(spaced) : [spaced]
      return words.map { ByteAlphabet.letters(of: $0)[...] }
    case .metaspace(let mark, let prepends, let splits):
      var marked: [UInt8] = []
      marked.reserveCapacity(text.count + 8)
      for byte in text { if byte == 0x20 { marked += mark } else { marked.append(byte) } }
      if prepends == .always || prepends == .first && isFirst, !marked.starts(with: mark) {
        marked = mark + marked
      }
      return splits ? Self.split(marked[...], before: mark) : [marked[...]]
    }
  }

  private static func split(
    _ text: ArraySlice<UInt8>,
    isAlone: (Unicode.Scalar) -> Bool
  ) -> [ArraySlice<UInt8>] {
    var words: [ArraySlice<UInt8>] = []
    var reader = ScalarReader(text)
    var start = text.startIndex
    while case let place = reader.place, let scalar = reader.next() {
      let isSpace = scalar.isSpace
      guard isSpace || isAlone(scalar) else { continue }
      if start < place { words.append(text[start..<place]) }
      if !isSpace { words.append(text[place..<reader.place]) }
      start = reader.place
    }
    if start < text.endIndex { words.append(text[start...]) }
    return words
  }

  private static func split(
    _ text: ArraySlice<UInt8>,
    before mark: [UInt8]
  ) -> [ArraySlice<UInt8>] {
    var words: [ArraySlice<UInt8>] = []
    var (start, place) = (text.startIndex, text.startIndex)
    while place < text.endIndex {
      if text[place] == mark[0], text[place...].starts(with: mark) {
        if start < place { words.append(text[start..<place]) }
        start = place
        place += mark.count
      } else {
        place += 1
      }
    }
    if start < text.endIndex { words.append(text[start...]) }
    return words
  }
}

extension PreTokenizer {
  /// - Throws: ``LanguageError`` when it is of a kind that is not known here, or not what it must be.
  init?(_ field: JSONField) throws(LanguageError) {
    guard let type = try field.type() else { return nil }
    switch type {
    case "Sequence":
      var parts: [PreTokenizer] = []
      for part in try field["pretokenizers"].elements() {
        if let part = try PreTokenizer(part) { parts.append(part) }
      }
      self = .sequence(parts)
    case "BertPreTokenizer": self = .bert
    case "WhitespaceSplit": self = .whitespace
    case "ByteLevel":
      self = .byteLevel(
        addsSpace: try field["add_prefix_space"].truth(or: true),
        splits: try field["use_regex"].truth(or: true)
      )
    case "Metaspace":
      let mark = try field["replacement"].bytes()
      guard String(decoding: mark, as: UTF8.self).unicodeScalars.count == 1 else {
        throw LanguageError("has \(field.path).replacement, which is not one character")
      }
      var prepends = Prepending.always
      if try !field["prepend_scheme"].isNull {
        let name = try field["prepend_scheme"].text()
        guard let scheme = Prepending(rawValue: name) else {
          throw LanguageError(
            "has \(field.path).prepend_scheme \(quoted(Array(name.utf8))), which must be always, "
              + "first or never"
          )
        }
        prepends = scheme
      } else if try !field["add_prefix_space"].truth(or: true) {
        prepends = .never
      }
      self = .metaspace(
        mark: mark,
        prepends: prepends,
        splits: try field["split"].truth(or: true)
      )
    default:
      throw LanguageError(
        "has \(field.path) of type \(quoted(Array(type.utf8))), and those that are read are Sequence, "
          + "BertPreTokenizer, WhitespaceSplit, ByteLevel and Metaspace"
      )
    }
  }
}
