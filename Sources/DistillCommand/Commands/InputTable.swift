import Distill
import Foundation

/// A table that may come from standard input.
enum InputTable {
  /// Hands over the path of a file: standard input, which is `-`, is kept in one for so long.
  static func with<Result>(_ path: String?, _ body: (String?) throws -> Result) throws -> Result {
    guard path == "-" else { return try body(path) }
    let data: Data
    do {
      data = try FileHandle.standardInput.readToEnd() ?? Data()
    } catch {
      throw RunError("standard input cannot be read: \(sentence(for: error))")
    }
    guard !data.isEmpty else {
      throw RunError("--data - is standard input, in which there is nothing")
    }
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("distill-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    // An archive of NumPy is a zip file.
    let isArchive = data.starts(with: [0x50, 0x4B, 0x03, 0x04])
    let file = folder.appendingPathComponent("standard input.\(isArchive ? "npz" : "csv")")
    try data.write(to: file)
    return try body(file.path)
  }
}
