import Foundation

/// A file, or a folder of files, known by its content.
package struct HashedFiles: Codable, Equatable {
  /// As it was given: relative to the folder that the program was started in.
  package var path: String
  package var files: Int
  package var bytes: Int
  /// Of one file its hash, of several that of their names and hashes in alphabetical order.
  package var sha256: String

  package init(
    path: String,
    files: Int,
    bytes: Int,
    sha256: String
  ) {
    self.path = path
    self.files = files
    self.bytes = bytes
    self.sha256 = sha256
  }
}

extension HashedFiles {
  /// What is at a path: a file, or a folder with everything in it that is data.
  ///
  /// - Throws: `RunError` when a file cannot be read.
  package init(_ path: String) throws {
    let root = URL(fileURLWithPath: path)
    var isFolder: ObjCBool = false
    _ = FileManager.default.fileExists(atPath: root.path, isDirectory: &isFolder)
    let contents = isFolder.boolValue ? try LabelledSource.files(in: root) : [root]
    guard !contents.isEmpty else {
      throw RunError("there are no files of data in '\(path)'")
    }
    let hashed = try contents.map { try DataFile($0) }
    self.path = path
    files = hashed.count
    bytes = hashed.reduce(0) { $0 + $1.bytes }
    guard isFolder.boolValue else {
      sha256 = hashed[0].sha256
      return
    }
    // Names below the folder: where it lies changes nothing.
    let lines = zip(contents, hashed).map { file, hash in
      file.path.dropFirst(root.path.count) + " " + hash.sha256
    }
    var hash = SHA256()
    hash.update(Data(lines.sorted().joined(separator: "\n").utf8))
    sha256 = hash.finalize()
  }

  /// - Throws: `RunError` when the content is another one now.
  package func requireUnchanged() throws {
    guard FileManager.default.fileExists(atPath: path) else {
      throw RunError("'\(path)' is not there any more, and the run needs it")
    }
    let now = try HashedFiles(path)
    guard now.sha256 == sha256 else {
      throw RunError(
        "'\(path)' is not what the run was started with: its hash is \(now.sha256.prefix(12))… "
          + "instead of \(sha256.prefix(12))…"
      )
    }
  }
}
