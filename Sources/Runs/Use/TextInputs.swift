import Distill
import Foundation

/// Texts as people have them: the column of a table (`.csv`, `.tsv`, also with `.gz`), or the lines of
/// any other file.
package struct TextInputs {
  /// The column of a table that holds the texts, where several may.
  package static let column = "text"

  package let texts: [String]

  private static let most = 1 << 28

  /// - Parameter outcome: A column of a table that is none of the texts.
  /// - Throws: One sentence when there is no text, it is not UTF-8, or which column holds it is not clear.
  package init(_ path: String, besides outcome: String? = nil) throws {
    if Self.isTable(path) {
      texts = try Self.texts(of: Self.textColumn(of: path, besides: outcome), in: path)
    } else {
      texts = try Self.lines(of: path)
    }
    guard !texts.isEmpty else { throw RunError("'\(path)' holds no lines of text") }
  }

  /// Whether a file is a table with other columns than the texts.
  package static func hasOutcome(_ path: String) -> Bool {
    isTable(path) && (try? columns(of: path).count) ?? 0 > 1
  }

  /// The column of a table that belongs to the texts: the one that is named, or the only other one.
  ///
  /// - Throws: One sentence when it is not clear which, or the file is no table.
  package static func outcome(of path: String, _ named: String?) throws -> String {
    guard isTable(path) else {
      throw RunError(
        "'\(path)' is lines of text, to which nothing belongs: give a table (.csv) with a column "
          + "\(column) and one of what is right"
      )
    }
    let all = try columns(of: path)
    if let named {
      guard all.contains(named) else {
        throw RunError(
          "'\(path)' has no column \(named)" + NearNames.hint(for: named, among: all)
        )
      }
      return named
    }
    return try LabelledInputs.onlyColumn(of: path, all, besides: [column])
  }

  /// The cells of a column of a table, as text.
  package static func texts(of name: String, in path: String) throws -> [String] {
    let others = try columns(of: path).filter { $0 != name }
    return try CSV.read(
      from: URL(fileURLWithPath: path),
      labels: .named(name),
      options: CSV.Options(ignoring: others.map { .named($0) }, nonFinite: .kept)
    ).labels ?? []
  }

  private static func columns(of path: String) throws -> [String] {
    try CSVReader(URL(fileURLWithPath: path), options: CSV.Options(header: .present)).columns
  }

  private static func isTable(_ path: String) -> Bool {
    ["csv", "tsv"].contains(InputTable.kind(of: path))
  }

  private static func textColumn(of path: String, besides outcome: String?) throws -> String {
    let columns = try columns(of: path).filter { $0 != outcome }
    if columns.contains(column) { return column }
    guard columns.count == 1 else {
      throw RunError(
        "which column of '\(path)' holds the texts is not clear: call it \(column)"
          + NearNames.hint(for: column, among: columns)
      )
    }
    return columns[0]
  }

  private static func lines(of path: String) throws -> [String] {
    var data = try RegularFile.data(URL(fileURLWithPath: path), atMost: most)
    if data.starts(with: [0xEF, 0xBB, 0xBF]) { data = data.dropFirst(3) }
    var lines = data.split(separator: 10, omittingEmptySubsequences: false)
    // What ends the last line begins no other.
    if lines.last?.isEmpty == true { lines.removeLast() }
    return try lines.enumerated().map { index, line in
      let bytes = line.last == 13 ? line.dropLast() : line
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw RunError("'\(path)', line \(index + 1): the text is not UTF-8: save it as UTF-8")
      }
      return text
    }
  }
}
