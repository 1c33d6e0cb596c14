/// A value of a JSON file with the path to it, which refusals name.
struct JSONField {
  let value: JSONText
  let path: String

  var isNull: Bool { if case .null = value { true } else { false } }

  private func wanted(_ what: String) -> LanguageError {
    LanguageError("\(path.isEmpty ? "is not" : "has \(path), which is not") \(what)")
  }

  /// A member of an object, null where there is none.
  subscript(_ name: String) -> JSONField {
    get throws(LanguageError) {
      guard case .object(let members) = value else { throw wanted("an object") }
      let found = members.first { $0.name.elementsEqual(name.utf8) }
      return JSONField(value: found?.value ?? .null, path: path.isEmpty ? name : "\(path).\(name)")
    }
  }

  func members() throws(LanguageError) -> [(name: [UInt8], value: JSONText)] {
    guard case .object(let members) = value else { throw wanted("an object") }
    return members
  }

  func elements() throws(LanguageError) -> [JSONField] {
    guard case .array(let elements) = value else { throw wanted("a list") }
    return elements.enumerated().map { JSONField(value: $0.element, path: "\(path)[\($0.offset)]") }
  }

  /// The elements without paths of their own, which long lists are quicker to read by.
  func bareElements() throws(LanguageError) -> [JSONText] {
    guard case .array(let elements) = value else { throw wanted("a list") }
    return elements
  }

  func bytes() throws(LanguageError) -> [UInt8] {
    guard case .string(let text) = value else { throw wanted("a text") }
    return text
  }

  func text() throws(LanguageError) -> String { String(decoding: try bytes(), as: UTF8.self) }

  /// The type that the part of a tokenizer says to be of, nil for null.
  func type() throws(LanguageError) -> String? { isNull ? nil : try self["type"].text() }

  func truth(or missing: Bool) throws(LanguageError) -> Bool {
    switch value {
    case .truth(let truth): return truth
    case .null: return missing
    default: throw wanted("true or false")
    }
  }

  func number() throws(LanguageError) -> Double {
    guard case .number(let number) = value else { throw wanted("a number") }
    return number
  }

  func integer(in range: Range<Int>) throws(LanguageError) -> Int {
    guard case .number(let number) = value, let integer = Int(exactly: number),
      range.contains(integer)
    else { throw wanted("a whole number from \(range.lowerBound) to \(range.upperBound - 1)") }
    return integer
  }
}
