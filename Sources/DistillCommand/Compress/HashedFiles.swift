import Distill
import Foundation

extension HashedFiles {
  /// - Parameter files: The files behind the path, all inside it where it is a folder.
  /// - Throws: ``CommandError`` when one cannot be read.
  init(_ path: String, _ files: [URL]) throws {
    let hashed = try files.map { try DataFile($0) }
    self.path = path
    self.files = hashed.count
    bytes = hashed.reduce(0) { $0 + $1.bytes }
    if hashed.count == 1 {
      sha256 = hashed[0].sha256
    } else {
      let root = URL(fileURLWithPath: path).path
      let lines = zip(files, hashed).map { file, hash in
        file.path.replacing(root, with: "") + " " + hash.sha256
      }
      var hash = SHA256()
      hash.update(Data(lines.sorted().joined(separator: "\n").utf8))
      sha256 = hash.finalize()
    }
  }

  /// Of one file.
  init(_ path: String) throws { try self.init(path, [URL(fileURLWithPath: path)]) }

  /// - Throws: ``CommandError`` when the content is another one now.
  func requireUnchanged() throws {
    let url = URL(fileURLWithPath: path)
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw CommandError("'\(path)' is not there any more, and the run needs it")
    }
    let now = try HashedFiles(path, isFolder.boolValue ? LabelledSource.files(in: url) : [url])
    guard now.sha256 == sha256 else {
      throw CommandError(
        "'\(path)' is not what the run was started with: its hash is \(now.sha256.prefix(12))… "
          + "instead of \(sha256.prefix(12))…"
      )
    }
  }
}
