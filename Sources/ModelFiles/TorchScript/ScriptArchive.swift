import Exchange
import Foundation

/// The archive that `torch.jit.save` writes: looked through before libtorch reads it, because objects
/// in it may run code of their own then.
enum ScriptArchive {
  static let writer = "torch.jit.save"

  /// Whether a file is such an archive, by the names of its members.
  static func isOne(_ url: URL) -> Bool {
    guard (try? RegularFile.open(url).read(upToCount: 2)) == Data("PK".utf8),
      let names = try? open(url).names
    else { return false }
    return names.contains { $0.hasSuffix("/constants.pkl") }
      && names.contains { $0.contains("/code/") }
  }

  /// - Returns: The notes that the archive holds.
  /// - Throws: `FileError` when the archive is damaged, or its code would reach beyond the model.
  static func check(_ url: URL) throws -> [String: String] {
    let archive = try open(url)
    for name in archive.names where name.hasSuffix(".py") {
      guard archive.size(of: name) ?? .max <= 1 << 24, let bytes = try archive.bytes(of: name)
      else {
        throw FileError(url, at: .member(name), "it has more code than a model", advice)
      }
      let code = String(decoding: bytes, as: UTF8.self)
      if let word = forbidden.first(where: { code.contains($0) }) {
        throw FileError(
          url,
          at: .member(name),
          "its code has '\(word)', which reaches beyond the model or runs while it is read",
          advice
        )
      }
    }
    return try archive.notes()
  }

  private static func open(_ url: URL) throws -> StoredArchive {
    try StoredArchive(url, writer: writer, mayBePacked: true)
  }

  private static let advice = "do not use it, or export the model with torch.export"

  private static let forbidden = [
    "__setstate__", "from_file", "torch.save", "aten.save", "torch.load", "set_num_threads",
  ]
}
