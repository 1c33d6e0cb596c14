import Exchange
import Foundation

/// Short texts of which each says the same in many languages, with a class: a table of stamps, classes,
/// languages and captions, separated by tabulators, a line for each caption, after a line that names
/// the columns.
public struct ParallelCaptions: Sendable {
  /// What all captions of one meaning have in common.
  public struct Stamp: Hashable, Sendable {
    public let name: String
    /// Which of ``ParallelCaptions/classes``.
    public let label: Int
    /// By language.
    public let captions: [String: String]

    public init(name: String, label: Int, captions: [String: String]) {
      (self.name, self.label, self.captions) = (name, label, captions)
    }
  }

  /// In the order of the file.
  public let stamps: [Stamp]
  /// In alphabetical order.
  public let classes: [String]
  /// In alphabetical order.
  public let languages: [String]

  private static let advice = "make it anew with make data-languages"
  static let header = "stamp\tclass\tlanguage\tcaption"

  /// - Throws: `FileError` that names the line.
  public init(_ file: URL) throws {
    let data: Data
    do { data = try RegularFile.data(file, atMost: 1 << 28) } catch {
      throw FileError(file, "it cannot be read (\(sentence(for: error)))", Self.advice)
    }
    func wrong(_ line: Int, _ what: String) -> FileError {
      FileError(file, at: .row(line, column: nil), what, Self.advice)
    }
    guard let text = String(bytes: data, encoding: .utf8) else {
      throw FileError(file, "it is no UTF-8", Self.advice)
    }
    // Not characters: some languages begin one with what would join the tabulator before it.
    let lines = text.utf8.split(separator: 10, omittingEmptySubsequences: false)
    guard lines.first.map({ String($0) }) == Self.header else {
      throw wrong(1, "it does not begin with the columns stamp, class, language and caption")
    }
    var order: [String] = []
    var found: [String: (label: String, captions: [String: String])] = [:]
    for (index, line) in lines.enumerated().dropFirst() where !line.isEmpty {
      let cells = line.split(separator: 9, omittingEmptySubsequences: false).map { String($0)! }
      guard cells.count == 4, cells.allSatisfy({ !$0.isEmpty }) else {
        throw wrong(index + 1, "it has not four cells with text in them")
      }
      let (name, label, language, caption) = (cells[0], cells[1], cells[2], cells[3])
      if found[name] == nil { order.append(name) }
      var stamp = found[name] ?? (label, [:])
      guard stamp.label == label else { throw wrong(index + 1, "'\(name)' has two classes") }
      guard stamp.captions.updateValue(caption, forKey: language) == nil else {
        throw wrong(index + 1, "'\(name)' has two captions in '\(language)'")
      }
      found[name] = stamp
    }
    guard !order.isEmpty else { throw FileError(file, "it has no captions", Self.advice) }
    let classes = Set(found.values.map(\.label)).sorted()
    stamps = order.map { name in
      Stamp(
        name: name,
        label: classes.firstIndex(of: found[name]!.label)!,
        captions: found[name]!.captions
      )
    }
    self.classes = classes
    languages = Set(stamps.flatMap(\.captions.keys)).sorted()
  }
}
