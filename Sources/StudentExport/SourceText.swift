/// Text of others, such as names of columns and classes, within files of source.
enum SourceText {
  /// A line that may stand in a comment of C, Swift, Python or JavaScript: letters and printable ASCII
  /// in which nothing begins or ends a comment, goes on in the next line, or is a line's end.
  static func comment(_ text: String) -> String {
    var line = "".unicodeScalars
    for scalar in text.unicodeScalars {
      let isPlain = 32..<127 ~= scalar.value || scalar.properties.isAlphabetic
      let next: Unicode.Scalar = isPlain ? scalar : " "
      if let last = line.last, ["*/", "/*", "??"].contains("\(last)\(next)") { line.append(" ") }
      line.append(next)
    }
    // A backslash, which question marks are for C too, continues a line at its end.
    return String(line) + (line.last { $0 != " " } == "\\" ? " ." : "")
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

extension StudentGraph {
  /// Where the student comes from, a line each, for the comment at the beginning of a source file.
  var remarks: [String] {
    provenance.sorted { $0.key < $1.key }.filter { $0.key != "recipe" }
      .map { SourceText.comment("\($0): \($1)") }
  }
}
