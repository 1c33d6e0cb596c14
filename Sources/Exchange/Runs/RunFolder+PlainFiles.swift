import Foundation

extension RunFolder {
  /// Refuses a folder in which a file is a link, a device or a pipe: what a run writes would go
  /// somewhere else, and folders of runs come from other people too.
  ///
  /// - Throws: `RunError` that names the file.
  package func requirePlainFiles() throws {
    let entries = FileManager.default.enumerator(
      at: url.resolvingSymlinksInPath(),
      includingPropertiesForKeys: nil
    )
    while let entry = entries?.nextObject() as? URL { try Self.requirePlain(entry) }
  }

  /// Refuses a place that is a link, a device or a pipe; one where nothing is passes.
  ///
  /// - Throws: `RunError` that names it.
  package static func requirePlain(_ entry: URL) throws {
    var status = stat()
    guard lstat(entry.path, &status) == 0 else { return }
    let kind: String
    switch status.st_mode & S_IFMT {
    case S_IFREG, S_IFDIR: return
    case S_IFLNK: kind = "a symbolic link"
    default: kind = "a device or a pipe"
    }
    throw RunError(
      "'\(entry.path)' is \(kind), and what is written there would go somewhere else: put the file "
        + "itself there, or take it away"
    )
  }

  /// The text of the recipe.
  ///
  /// - Throws: `RunError` that says why it cannot be read.
  package func recipeText() throws -> String { try RegularFile.text(file(Self.recipe)) }
}
