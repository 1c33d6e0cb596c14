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
    let hashes = try contents.map { try SHA256.hash(of: $0) }
    self.path = path
    files = contents.count
    bytes = contents.reduce(0) { $0 + Self.byteCount(of: $1) }
    guard isFolder.boolValue else {
      sha256 = hashes[0]
      return
    }
    // Names below the folder: where it lies changes nothing.
    let lines = zip(contents, hashes).map { file, hash in
      file.path.dropFirst(root.path.count) + " " + hash
    }
    var hash = SHA256()
    hash.update(Data(lines.sorted().joined(separator: "\n").utf8))
    sha256 = hash.finalize()
  }

  /// How long a file is; 0 where it is not there.
  package static func byteCount(of file: URL) -> Int {
    let attributes = try? FileManager.default.attributesOfItem(atPath: file.path)
    return (attributes?[.size] as? NSNumber)?.intValue ?? 0
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
