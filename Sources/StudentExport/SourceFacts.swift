/// Where a student comes from, in the first lines of a file of source.
///
/// A fact is a line `name: value`; one of several lines is `name: |`, or `name: |-` where its last line
/// does not end, and then its lines, two spaces further in, as in YAML.
enum SourceFacts {
  /// What is above them.
  static let heading = "Where it comes from:"

  static func lines(of facts: [String: String]) -> [String] {
    guard !facts.isEmpty else { return [] }
    return [heading]
      + facts.sorted { $0.key < $1.key }.flatMap { name, value -> [String] in
        // A space at the beginning would go on with the lines before.
        let name = SourceText.comment(name).unicodeScalars.reduce(into: "") { name, scalar in
          name += (scalar == ":" || name.isEmpty && scalar == " " ? #"\"# : "") + String(scalar)
        }
        // Line feeds alone: what else ends a line is a character.
        let lines = value.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
          .map { SourceText.comment(String($0)) }
        guard lines.count > 1 else {
          return ["\(name): " + (lines[0].unicodeScalars.first == "|" ? #"\"# : "") + lines[0]]
        }
        let ends = lines.last!.isEmpty
        return ["\(name): |\(ends ? "" : "-")"]
          + (ends ? lines.dropLast() : lines).map { "  \($0)" }
      }
  }

  /// The facts of a file's text; nil where it has none.
  static func read(from text: String) -> [String: String]? {
    let heading = Array(Self.heading.unicodeScalars)
    var all = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
      .map { line in Array(line.last == "\r" ? line.dropLast() : line)[...] }[...]
    guard let start = all.firstIndex(where: { $0.suffix(heading.count) == heading[...] }) else {
      return nil
    }
    let margin = all[start].dropLast(heading.count)
    all = all[(start + 1)...]
    /// The next line without its margin, of which editors take away what ends it.
    func next() -> ArraySlice<Unicode.Scalar>? {
      guard let line = all.first, line.starts(with: margin) || margin.starts(with: line) else {
        return nil
      }
      return line.dropFirst(margin.count)
    }
    var facts: [String: String] = [:]
    while let line = next(), let colon = colon(in: line) {
      all.removeFirst()
      var value = line[(colon + 1)...]
      if value.first == " " { value.removeFirst() }
      let name = SourceText.text(ofComment: line[..<colon])
      guard value.first == "|" else {
        facts[name] = SourceText.text(ofComment: value)
        continue
      }
      var lines: [String] = []
      while let line = next(), line.isEmpty || line.first == " " {
        all.removeFirst()
        lines.append(SourceText.text(ofComment: line.dropFirst(2)))
      }
      facts[name] = lines.joined(separator: "\n") + (value.count == 1 ? "\n" : "")
    }
    return facts
  }

  /// Where a name ends: at the first colon that no backslash is before.
  private static func colon(in line: ArraySlice<Unicode.Scalar>) -> Int? {
    var isEscaped = false
    return line.indices.first { place in
      defer { isEscaped = !isEscaped && line[place] == "\\" }
      return line[place] == ":" && !isEscaped
    }
  }
}

extension StudentGraph {
  /// Where the student of a file of source comes from, by name, as ``ExportForm/c``, ``ExportForm/swift``
  /// and ``ExportForm/pytorch`` say it in their first lines.
  ///
  /// - Parameter source: The text of the file, or its beginning.
  /// - Returns: Nil where it says nothing of the kind.
  public static func provenance(ofSource source: String) -> [String: String]? {
    SourceFacts.read(from: source)
  }
}
