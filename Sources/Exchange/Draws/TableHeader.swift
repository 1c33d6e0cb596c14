import Foundation

/// The header of a table of draws, and what it says of how the rows are written.
struct TableHeader {
  /// The names of the columns that hold numbers.
  let names: [String]
  /// Comma, semicolon, tab or bar.
  let separator: CChar
  /// Whether each row begins with its name or number, as R and pandas write it.
  var beginsWithRowName: Bool

  /// With semicolons between numbers a comma is a decimal point.
  var hasDecimalCommas: Bool { separator == CChar(UInt8(ascii: ";")) }

  init(_ line: String, of source: String) throws {
    let mark = (["\t", ";", ",", "|"] as [Character]).first(where: line.contains) ?? ","
    separator = CChar(mark.asciiValue!)
    let fields = Self.fields(of: line, mark)
    var names = mark == "," ? Self.joined(fields) : fields.map(String.init)
    names = names.map {
      Self.withoutGroup(
        $0.trimmingCharacters(in: CharacterSet(charactersIn: " \t\r\"\u{FEFF}"))
      )
    }
    if names.count == 1, names[0].contains(where: \.isWhitespace) {
      throw DrawError(
        "the columns of \(source) are separated by spaces: write them with commas, in R with "
          + "write.csv(draws, \"draws.csv\", row.names = FALSE)"
      )
    }
    beginsWithRowName = names.count > 1 && (names[0].isEmpty || names[0] == "Unnamed: 0")
    self.names = beginsWithRowName ? Array(names.dropFirst()) : names
  }

  /// What stands between separators that are in no quotes.
  private static func fields(of line: String, _ mark: Character) -> [Substring] {
    var isQuoted = false
    return line.split(omittingEmptySubsequences: false) { character in
      if character == "\"" { isQuoted.toggle() }
      return character == mark && !isQuoted
    }
  }

  /// `beta[0]` of `('posterior', 'beta[0]', 0)`, as ArviZ's data frames of several groups call it.
  private static func withoutGroup(_ name: String) -> String {
    let parts = name.split(separator: "'", omittingEmptySubsequences: false)
    guard parts.count >= 5, parts[0] == "(", parts[2] == ", ", name.hasSuffix(")") else {
      return name
    }
    switch parts[1] {
    case "posterior": return String(parts[3])
    case "sample_stats": return parts[3] == "diverging" ? "divergent__" : parts[3] + "__"
    default: return "\(parts[1])/\(parts[3])"
    }
  }

  /// Names of `beta[1,2]` that a comma cut in two are put together.
  private static func joined(_ fields: [Substring]) -> [String] {
    var names: [String] = []
    var isOpen = false
    for field in fields {
      if isOpen { names[names.count - 1] += "," + field } else { names.append(String(field)) }
      // Looked for in what is new only: a name may be of many fields.
      isOpen = (isOpen || field.contains("[")) && !field.contains("]")
    }
    return names
  }
}
