import Foundation

/// The header of a table of draws, and what it says of how the rows are written.
struct TableHeader {
  /// The names of the columns that hold numbers.
  let names: [String]
  /// Comma, semicolon or tab.
  let separator: CChar
  /// Whether each row begins with its name or number, as R and pandas write it.
  var beginsWithRowName: Bool

  /// With semicolons between numbers a comma is a decimal point.
  var hasDecimalCommas: Bool { separator == CChar(UInt8(ascii: ";")) }

  init(_ line: String, of source: String) throws {
    let mark: Character = line.contains("\t") ? "\t" : line.contains(";") ? ";" : ","
    separator = CChar(mark.asciiValue!)
    let fields = line.split(separator: mark, omittingEmptySubsequences: false)
    var names = mark == "," ? Self.joined(fields) : fields.map(String.init)
    names = names.map { $0.trimmingCharacters(in: CharacterSet(charactersIn: " \t\r\"\u{FEFF}")) }
    if names.count == 1, names[0].contains(where: \.isWhitespace) {
      throw PredictiveError(
        "the columns of \(source) are separated by spaces: write them with commas, in R with "
          + "write.csv(draws, \"draws.csv\", row.names = FALSE)"
      )
    }
    beginsWithRowName = names.count > 1 && (names[0].isEmpty || names[0] == "Unnamed: 0")
    self.names = beginsWithRowName ? Array(names.dropFirst()) : names
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
