import Exchange

/// The words of a command, split as a shell does, with nothing that a shell would do besides.
///
/// Spaces part words; quotes of either kind keep them together, and a backslash takes the next
/// character as it is, in double quotes only `"` and `\`. There are no variables and no patterns.
package enum CommandWords {
  /// What a shell would understand, and a program that is started directly does not.
  private static let operators: Set = ["|", "||", "&&", "&", ";", "<", ">", ">>", "2>", "2>&1"]

  /// - Throws: ``RunError`` when a quote is not closed, there is no word, or a word is an operator of
  ///   shells.
  package static func split(_ text: String) throws -> [String] {
    var words: [String] = []
    var (word, isWord, isQuoted) = ("", false, false)
    var quote: Character?
    var rest = text[...]
    func finish() throws {
      guard isWord else { return }
      guard isQuoted || !operators.contains(word) else {
        throw RunError(
          "the command \(text) has a '\(word)' for a shell, and it is started without one: write "
            + "sh -c '…' around it, or leave it out"
        )
      }
      words.append(word)
      (word, isWord, isQuoted) = ("", false, false)
    }
    while let character = rest.popFirst() {
      switch (character, quote) {
      case ("\\", nil), ("\\", "\""):
        guard let next = rest.popFirst() else {
          throw RunError("the command \(text) ends with a backslash, which stands before nothing")
        }
        if quote == "\"", next != "\"", next != "\\" { word.append(character) }
        word.append(next)
        (isWord, isQuoted) = (true, true)
      case (_, quote?) where character == quote: quote = nil
      case (_, .some): word.append(character)
      case ("'", nil), ("\"", nil): (quote, isWord, isQuoted) = (character, true, true)
      case _ where character.isWhitespace: try finish()
      default:
        word.append(character)
        isWord = true
      }
    }
    guard quote == nil else {
      throw RunError("the command \(text) opens a quote \(quote!) that it does not close")
    }
    try finish()
    guard let program = words.first, !program.isEmpty else {
      throw RunError("the command '\(text)' names no program")
    }
    guard !words.contains(where: { $0.contains("\0") }) else {
      throw RunError("the command names a program with a character 0, which no system can start")
    }
    return words
  }
}
