import Foundation

/// What a run says of itself on the way, a line of JSON each in its folder `curves`: what it works on,
/// how far it is, and what it remarked. Whoever watches a run reads it.
package final class RunJournal {
  package static let name = "journal.jsonl"

  package struct Line: Codable, Equatable {
    package enum Kind: String, Codable {
      /// A process takes the run up.
      case opened
      /// A piece of work begins, goes on where an earlier run left it, is so far, or has ended.
      case began, resumed, reached, ended
      case note, warning, result
    }

    package var kind: Kind
    /// Seconds since 1970.
    package var at: Double
    /// The name of the piece of work, or what is said.
    package var text: String?
    package var unit: String?
    package var total: Int?
    package var done: Int?
    package var loss: Double?

    package init(_ kind: Kind, at: Double, text: String? = nil) {
      (self.kind, self.at, self.text) = (kind, at, text)
    }
  }

  private let file: FileHandle

  /// - Parameter folder: Made if it is not there.
  /// - Throws: `RunError` when there can be no such file.
  package init(in folder: URL) throws {
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let path = folder.appendingPathComponent(Self.name).path
    let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o644)
    var status = stat()
    guard descriptor >= 0, fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      status.st_nlink == 1
    else {
      let reason = descriptor < 0 ? POSIXError.last.reason.lowercased() : "it is no file of a run"
      if descriptor >= 0 { close(descriptor) }
      throw RunError("cannot write '\(path)': \(reason)")
    }
    file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  /// - Throws: The system's error when the line cannot be written.
  package func append(_ line: Line) throws { try file.write(contentsOf: Data(jsonLine(line).utf8)) }

  /// Reads the lines of a journal as they come.
  package struct Reader {
    private let url: URL
    private var place: UInt64 = 0
    private var rest = Data()

    /// - Parameter folder: Where a journal is or will be.
    package init(in folder: URL) { url = folder.appendingPathComponent(RunJournal.name) }

    /// The lines that came since; those that cannot be understood are left out.
    package mutating func next() -> [Line] {
      guard let file = try? RegularFile.open(url), let end = try? file.seekToEnd() else {
        return []
      }
      // Of a very long one the end is enough.
      if end < place || end - place > 1 << 24 { (place, rest) = (end - min(end, 1 << 24), Data()) }
      try? file.seek(toOffset: place)
      guard let new = try? file.readToEnd(), !new.isEmpty else { return [] }
      place += UInt64(new.count)
      let text = rest + new
      let whole = text.lastIndex(of: UInt8(ascii: "\n")) ?? text.startIndex
      rest = Data(text[whole...].drop { $0 == UInt8(ascii: "\n") }.prefix(1 << 20))
      return text[..<whole].split(separator: UInt8(ascii: "\n")).compactMap {
        try? JSONDecoder.ofAllNumbers.decode(Line.self, from: Data($0))
      }
    }
  }
}
