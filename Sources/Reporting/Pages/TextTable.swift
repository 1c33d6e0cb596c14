import Tensors

/// A table in plain text, with aligned columns.
///
/// ```
/// student               accuracy         per image
/// ────────────────────────────────────────────────
/// on the labels         0.8712 ± 0.0067     1.2 µs
/// on soft targets       0.8834 ± 0.0064     1.2 µs
/// ```
///
/// The first column is aligned to the left, the others to the right unless said otherwise.
public struct TextTable: Hashable, Sendable, Codable, CustomStringConvertible {
  public enum Alignment: String, Sendable, Codable {
    case left, right
  }

  public var columns: [String]
  public var rows: [[String]]
  public var alignments: [Alignment]

  /// - Parameter alignments: One for each column. The default is left for the first, then right.
  public init(columns: [String], rows: [[String]] = [], alignments: [Alignment]? = nil) {
    self.columns = columns
    self.rows = rows
    self.alignments = alignments ?? columns.indices.map { $0 == 0 ? .left : .right }
    precondition(
      self.alignments.count == columns.count && rows.allSatisfy { $0.count == columns.count },
      "TextTable: every row needs \(columns.count) cells"
    )
  }

  public mutating func append(_ row: [String]) {
    precondition(row.count == columns.count, "TextTable: a row needs \(columns.count) cells")
    rows.append(row)
  }

  public var description: String { text() }

  /// The table in lines of at most `width` characters where its longest words allow that: the
  /// widest columns are broken between words.
  public func text(width: Int = 100) -> String {
    shown.lines(within: width)
  }

  /// A cell is one line that can be looked at.
  private var shown: TextTable {
    func cells(_ row: [String]) -> [String] {
      row.map { $0.printable.replacing("\n", with: "\\u000a").replacing("\t", with: "\\u0009") }
    }
    return TextTable(columns: cells(columns), rows: rows.map(cells), alignments: alignments)
  }

  private func lines(within width: Int) -> String {
    let widths = columnWidths(within: width)
    let rule = String(repeating: "─", count: widths.reduce(2 * (widths.count - 1), +))
    let all = lines(columns, widths) + [rule] + rows.flatMap { lines($0, widths) }
    return all.joined(separator: "\n") + "\n"
  }

  private func columnWidths(within width: Int) -> [Int] {
    let table = [columns] + rows
    var widths = columns.indices.map { column in table.map { $0[column].count }.max() ?? 0 }
    let smallest = columns.indices.map { column in
      table.flatMap { Self.words($0[column]).map(\.count) }.max() ?? 0
    }
    while widths.reduce(2 * (widths.count - 1), +) > width,
      let widest = widths.indices.filter({ widths[$0] > smallest[$0] }).max(by: {
        widths[$0] < widths[$1]
      })
    {
      widths[widest] -= 1
    }
    return widths
  }

  /// What must stay together: a number and its ±.
  private static func words(_ text: String) -> [String] {
    var words: [String] = []
    for word in text.split(separator: " ").map(String.init) {
      if let last = words.last, word == "±" || last.hasSuffix("±") {
        words[words.count - 1] = last + " " + word
      } else {
        words.append(word)
      }
    }
    return words
  }

  private func lines(_ cells: [String], _ widths: [Int]) -> [String] {
    let broken = zip(cells, widths).map(Self.broken)
    return (0..<(broken.map(\.count).max() ?? 0)).map { line in
      let parts = columns.indices.map { column in
        let text = line < broken[column].count ? broken[column][line] : ""
        let space = String(repeating: " ", count: max(0, widths[column] - text.count))
        return alignments[column] == .left ? text + space : space + text
      }
      let whole = parts.joined(separator: "  ")
      return String(whole.reversed().drop { $0 == " " }.reversed())
    }
  }

  /// A text in lines of at most `width` characters where its longest words allow that.
  package static func wrapped(_ text: String, width: Int) -> String {
    broken(text, width).joined(separator: "\n")
  }

  private static func broken(_ text: String, _ width: Int) -> [String] {
    if text.count <= width { return [text] }
    return words(text).reduce(into: [String]()) { lines, word in
      if let last = lines.last, last.count + 1 + word.count <= width {
        lines[lines.count - 1] = last + " " + word
      } else {
        lines.append(word)
      }
    }
  }
}
