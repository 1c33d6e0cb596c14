import Foundation

/// Whether the first line of a table names its columns, by what is usual.
enum CSVHeader {
  struct Answer {
    let isHeader: Bool
    /// What a guess was, for people; nil where there was nothing to guess.
    var remark: String?
  }

  /// A line of names holds no number, or a name that was asked for, or text above a column of
  /// numbers, or is what a data frame without names writes: 0, 1, 2, ….
  ///
  /// - Parameters:
  ///   - sample: The first bytes of the file.
  ///   - decimalComma: Whether numbers have decimal commas.
  ///   - asked: Names of columns that the file is said to have.
  /// - Throws: ``FileError`` where the first line may be either.
  static func guess(
    _ sample: [UInt8],
    _ delimiter: UInt8,
    decimalComma: Bool,
    asked: [String],
    _ url: URL
  ) throws -> Answer {
    let rows = rows(of: sample, delimiter, url)
    guard let first = rows.first else { return Answer(isHeader: false) }
    func isNumeric(_ field: [UInt8]) -> Bool {
      CSVNumber.value(of: field[...], decimalComma: decimalComma) != nil
    }
    let isNumber = first.map(isNumeric)
    guard isNumber.contains(true) else { return Answer(isHeader: true) }
    let names = first.map {
      String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespaces)
    }
    let named = asked.filter { Int($0) == nil }
    if names.contains(where: named.contains) { return Answer(isHeader: true) }
    let rest = rows.dropFirst().filter { $0.count == first.count }
    let places = first.indices.filter { !isNumber[$0] && !CSVNumber.isMissing(first[$0][...]) }
    let isAboveNumbers = places.contains { place in
      !rest.isEmpty && rest.allSatisfy { isNumeric($0[place]) }
    }
    if isAboveNumbers { return Answer(isHeader: true) }
    let numbered = zip(names, isNumber).filter { $0.1 }.map(\.0)
    guard numbered == numbered.indices.map(String.init),
      names.dropFirst(names.first == "" ? 1 : 0).starts(with: numbered)
    else { return Answer(isHeader: false, remark: "no line of names") }
    let shown = names.prefix(4).joined(separator: ",") + (names.count > 4 ? ",…" : "")
    let yes = Answer(
      isHeader: true,
      remark: "the first line, \(shown), taken for names (--header no reads it as numbers)"
    )
    if names.first == "" { return yes }
    // A label that comes again is a label.
    if !places.isEmpty {
      let repeats = places.contains { place in rest.contains { $0[place] == first[place] } }
      return repeats ? Answer(isHeader: false, remark: "no line of names") : yes
    }
    let fractions = rest.count { row in row.contains { !isWhole($0) } }
    if first.count == 1 {
      return fractions > 1 && fractions == rest.count
        ? yes : Answer(isHeader: false, remark: "no line of names")
    }
    if fractions > 0 || first.count > 3 { return yes }
    throw FileError(
      url,
      at: .row(1, column: nil),
      "the line \(shown) may name the columns or be numbers",
      "say which with --header yes or --header no"
    )
  }

  /// The fields of the first records; one that the end of the sample cuts off says nothing.
  private static func rows(of sample: [UInt8], _ delimiter: UInt8, _ url: URL) -> [[[UInt8]]] {
    let records = CSVRecords(MemoryBytes(sample, url), delimiter: delimiter)
    var rows: [[[UInt8]]] = []
    while rows.count < 50, (try? records.advance()) == true {
      rows.append(records.ends.indices.map { Array(records.field($0)) })
    }
    let isCut = sample.count == sampleSize && rows.count < 50 && rows.count > 1
    return isCut ? Array(rows.dropLast()) : rows
  }

  /// How much of a file is looked at.
  static let sampleSize = 1 << 16

  /// Whether a field is written as a whole number.
  private static func isWhole(_ field: [UInt8]) -> Bool {
    !field.contains { ".,eEnN".utf8.contains($0) }
  }
}
