/// What stands around the tokens of a text: the `post_processor` of a tokenizer.
struct TokenTemplate: Sendable {
  private(set) var before: [Int] = []
  private(set) var behind: [Int] = []

  var count: Int { before.count + behind.count }

  /// - Throws: ``LanguageError`` when it is of a kind that is not known here, not what it must be, or
  ///   names tokens that are nowhere.
  init(_ field: JSONField, knows isKnown: (Int) -> Bool) throws(LanguageError) {
    switch try field.type() {
    case nil, "ByteLevel": break
    case "Sequence":
      for part in try field["processors"].elements() {
        let inner = try TokenTemplate(part, knows: isKnown)
        before = inner.before + before
        behind += inner.behind
      }
    case "BertProcessing", "RobertaProcessing":
      before = [try Self.number(field["cls"])]
      behind = [try Self.number(field["sep"])]
    case "TemplateProcessing": try readTemplate(field)
    case let type?:
      throw LanguageError(
        "has \(field.path) of type \(quoted(Array(type.utf8))), and those that are read are Sequence, "
          + "TemplateProcessing, BertProcessing, RobertaProcessing and ByteLevel"
      )
    }
    for number in before + behind where !isKnown(number) {
      throw LanguageError("puts the token \(number) around texts, which is nowhere")
    }
    guard count <= 64 else { throw LanguageError("puts \(count) tokens around each text") }
  }

  private static func number(_ field: JSONField) throws(LanguageError) -> Int {
    guard case .array(let pair) = field.value, pair.count == 2, case .number(let number) = pair[1],
      let number = Int(exactly: number)
    else { throw LanguageError("has \(field.path), which is no token with its number") }
    return number
  }

  private mutating func readTemplate(_ field: JSONField) throws(LanguageError) {
    var isBehind = false
    for piece in try field["single"].elements() {
      if try !piece["Sequence"].isNull {
        let name = try piece["Sequence"]["id"].text()
        guard !isBehind, name == "A" else {
          throw LanguageError("has \(field.path).single, which is not of one text")
        }
        isBehind = true
        continue
      }
      let name = try piece["SpecialToken"]["id"].text()
      for number in try field["special_tokens"][name]["ids"].elements() {
        let number = try number.integer(in: 0..<1 << 31)
        if isBehind { behind.append(number) } else { before.append(number) }
      }
    }
    guard isBehind else {
      throw LanguageError("has \(field.path).single, which leaves the text out")
    }
  }
}
