import Foundation

/// What is done to a text before it is split: the `normalizer` of a tokenizer.
indirect enum TextNormalizer: Sendable {
  case sequence([TextNormalizer])
  case bert(BertNormalizer)
  case precompiled(CharacterMap)
  case composed(compatibility: Bool)
  case decomposed(compatibility: Bool)
  case lowercase
  case stripAccents
  case strip(left: Bool, right: Bool)
  /// Before a text that is not empty.
  case prepend([UInt8])
  case replace([UInt8], with: [UInt8])
  /// Two spaces or more in a row.
  case replaceSpaces(with: [UInt8])

  func callAsFunction(_ text: [UInt8]) -> [UInt8] {
    switch self {
    case .sequence(let parts): return parts.reduce(text) { $1($0) }
    case .bert(let normalizer): return normalizer(text)
    case .precompiled(let map): return map(text)
    case .composed(let compatibility):
      return changed(text) {
        compatibility
          ? $0.precomposedStringWithCompatibilityMapping : $0.precomposedStringWithCanonicalMapping
      }
    case .decomposed(let compatibility):
      return changed(text) {
        compatibility
          ? $0.decomposedStringWithCompatibilityMapping : $0.decomposedStringWithCanonicalMapping
      }
    case .lowercase:
      return eachScalar(text) { $1.append(contentsOf: $0.properties.lowercaseMapping.utf8) }
    case .stripAccents:
      return eachScalar(text) { if !$0.isMark { $1.append($0) } }
    case .strip(let left, let right): return stripped(text, left, right)
    case .prepend(let prefix): return text.isEmpty ? text : prefix + text
    case .replace(let pattern, let replacement): return replaced(text, pattern, replacement)
    case .replaceSpaces(let replacement): return spacesReplaced(text, replacement)
    }
  }

  private func changed(_ text: [UInt8], _ change: (String) -> String) -> [UInt8] {
    if text.allSatisfy({ $0 < 0x80 }) { return text }
    return Array(String(decoding: text, as: UTF8.self).normalized(change).utf8)
  }

  private func eachScalar(
    _ text: [UInt8],
    _ body: (Unicode.Scalar, inout [UInt8]) -> Void
  ) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    var reader = ScalarReader(text[...])
    while let scalar = reader.next() { body(scalar, &result) }
    return result
  }

  private func stripped(_ text: [UInt8], _ left: Bool, _ right: Bool) -> [UInt8] {
    var reader = ScalarReader(text[...])
    var (first, last) = (text.endIndex, text.startIndex)
    while true {
      let place = reader.place
      guard let scalar = reader.next() else { break }
      if !scalar.isSpace {
        first = min(first, place)
        last = reader.place
      }
    }
    if first == text.endIndex { return left || right ? [] : text }
    return Array(text[(left ? first : 0)..<(right ? last : text.count)])
  }

  private func replaced(
    _ text: [UInt8],
    _ pattern: [UInt8],
    _ replacement: [UInt8]
  ) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    var place = 0
    while place < text.count {
      if text[place] == pattern[0], text[place...].starts(with: pattern) {
        result.append(contentsOf: replacement)
        place += pattern.count
      } else {
        result.append(text[place])
        place += 1
      }
    }
    return result
  }

  private func spacesReplaced(_ text: [UInt8], _ replacement: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    var place = 0
    while place < text.count {
      var end = place
      while end < text.count, text[end] == 0x20 { end += 1 }
      if end - place >= 2 {
        result.append(contentsOf: replacement)
        place = end
      } else {
        result.append(text[place])
        place += 1
      }
    }
    return result
  }
}

extension TextNormalizer {
  /// - Throws: ``LanguageError`` when it is of a kind that is not known here, or not what it must be.
  init?(_ field: JSONField) throws(LanguageError) {
    guard let type = try field.type() else { return nil }
    switch type {
    case "Sequence":
      var parts: [TextNormalizer] = []
      for part in try field["normalizers"].elements() {
        if let part = try TextNormalizer(part) { parts.append(part) }
      }
      self = .sequence(parts)
    case "BertNormalizer":
      let lowercases = try field["lowercase"].truth(or: true)
      self = .bert(
        BertNormalizer(
          cleans: try field["clean_text"].truth(or: true),
          separatesIdeographs: try field["handle_chinese_chars"].truth(or: true),
          stripsAccents: try field["strip_accents"].truth(or: lowercases),
          lowercases: lowercases
        )
      )
    case "Precompiled": self = .precompiled(try CharacterMap(field["precompiled_charsmap"]))
    case "NFC": self = .composed(compatibility: false)
    case "NFKC": self = .composed(compatibility: true)
    case "NFD": self = .decomposed(compatibility: false)
    case "NFKD": self = .decomposed(compatibility: true)
    case "Lowercase": self = .lowercase
    case "StripAccents": self = .stripAccents
    case "Strip":
      self = .strip(
        left: try field["strip_left"].truth(or: true),
        right: try field["strip_right"].truth(or: true)
      )
    case "Prepend": self = .prepend(try field["prepend"].bytes())
    case "Replace":
      let replacement = try field["content"].bytes()
      let pattern = try field["pattern"]
      if try !pattern["Regex"].isNull {
        guard try pattern["Regex"].text() == " {2,}" else {
          throw LanguageError(
            "replaces by the regular expression \(quoted(try pattern["Regex"].bytes())), and the only "
              + "one that is read is ' {2,}'"
          )
        }
        self = .replaceSpaces(with: replacement)
      } else {
        let text = try pattern["String"].bytes()
        guard !text.isEmpty else { throw LanguageError("replaces a text that is empty") }
        self = .replace(text, with: replacement)
      }
    default:
      throw LanguageError(
        "has \(field.path) of type \(quoted(Array(type.utf8))), and those that are read are Sequence, "
          + "BertNormalizer, Precompiled, NFC, NFD, NFKC, NFKD, Lowercase, StripAccents, Strip, "
          + "Prepend and Replace"
      )
    }
  }
}
