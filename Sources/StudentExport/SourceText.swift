/// Text of others, such as names of columns and classes, within files of source.
enum SourceText {
  /// A line that may stand in a comment of C, Swift, Python or JavaScript: letters and printable ASCII
  /// in which nothing begins or ends a comment, goes on in the next line, or is a line's end. A
  /// backslash is before what would, before itself, and before the numbers of other characters.
  static func comment(_ text: String) -> String {
    var line = "".unicodeScalars
    func append(numberOf scalar: Unicode.Scalar) {
      line += "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars
    }
    let scalars = text.unicodeScalars
    for (index, scalar) in zip(scalars.indices, scalars) {
      let isLast = scalars.index(after: index) == scalars.endIndex
      guard 32..<127 ~= scalar.value || scalar.properties.isAlphabetic,
        !isLast || (scalar != " " && scalar != "\\")
      else {
        append(numberOf: scalar)
        continue
      }
      let joins = line.last.map { ["*/", "/*", "??"].contains("\($0)\(scalar)") } ?? false
      if joins || scalar == "\\" { line.append("\\") }
      line.append(scalar)
    }
    return String(line)
  }

  /// What ``comment(_:)`` made a line of.
  static func text(ofComment line: some Sequence<Unicode.Scalar>) -> String {
    var text = "".unicodeScalars
    var rest = Array(line)[...]
    while let scalar = rest.popFirst() {
      guard scalar == "\\", let next = rest.popFirst() else {
        text.append(scalar)
        continue
      }
      guard next == "u", rest.first == "{", let end = rest.firstIndex(of: "}") else {
        text.append(next)
        continue
      }
      let digits = String(String.UnicodeScalarView(rest[(rest.startIndex + 1)..<end]))
      text.append(UInt32(digits, radix: 16).flatMap(Unicode.Scalar.init) ?? "\u{fffd}")
      rest = rest[(end + 1)...]
    }
    return String(text)
  }

  /// A literal of C of the text's UTF-8.
  static func cLiteral(_ text: String) -> String {
    let characters = text.utf8.map { byte in
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "?"):
        "\\" + String(UnicodeScalar(byte))
      case 32..<127: String(UnicodeScalar(byte))
      // Three octal digits end by themselves.
      default:
        "\\" + String(repeating: "0", count: 3 - String(byte, radix: 8).count)
          + String(byte, radix: 8)
      }
    }
    return "\"\(characters.joined())\""
  }

  /// A literal of Swift, of printable ASCII.
  static func swiftLiteral(_ text: String) -> String {
    let characters = text.unicodeScalars.map { scalar in
      scalar == "\"" || scalar == "\\"
        ? "\\\(scalar)"
        : (32..<127).contains(scalar.value)
          ? "\(scalar)" : "\\u{\(String(scalar.value, radix: 16))}"
    }
    return "\"\(characters.joined())\""
  }
}
