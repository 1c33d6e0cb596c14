/// A message with what it quotes, and each of its words, shortened where it is long: the start and
/// the end are kept. People wrote files and options themselves; a message is there to be read.
package func abbreviated(_ message: String) -> String {
  guard message.utf8.count > mostQuoted else { return message }
  var whole = Array(message.unicodeScalars)
  // No message says as much of its own.
  let most = 10_000
  if whole.count > 2 * most { whole = whole.prefix(most) + ["…"] + whole.suffix(most) }
  var result = String.UnicodeScalarView()
  var place = 0
  var mayBeQuoted = true
  while place < whole.count {
    if mayBeQuoted, whole[place] == "'", place == 0 || !whole[place - 1].isOfWord {
      if let end = closingQuote(whole, after: place) {
        result.append(contentsOf: shortened(whole[place...end]))
        place = end + 1
        continue
      }
      mayBeQuoted = false
    }
    let rest = whole[place...].dropFirst()
    let end = rest.firstIndex { $0.properties.isWhitespace || $0 == "'" } ?? whole.count
    result.append(contentsOf: shortened(whole[place..<end]))
    place = end
  }
  return String(result)
}

private let mostQuoted = 200

/// Where a quotation ends that begins at a place: apostrophes inside words are passed over.
private func closingQuote(_ text: [Unicode.Scalar], after start: Int) -> Int? {
  text.indices[(start + 1)...].first { place in
    text[place] == "'" && (place + 1 == text.count || !text[place + 1].isOfWord)
  }
}

private func shortened(_ part: ArraySlice<Unicode.Scalar>) -> [Unicode.Scalar] {
  guard part.count > mostQuoted else { return Array(part) }
  return part.prefix(130) + ["…"] + part.suffix(60)
}

extension Unicode.Scalar {
  fileprivate var isOfWord: Bool { properties.isAlphabetic || properties.numericType != nil }
}
