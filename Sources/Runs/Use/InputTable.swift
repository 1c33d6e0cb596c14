import Distill
import Foundation

/// A table that may come from standard input.
package enum InputTable {
  /// Hands over the path of a file: standard input, which is `-`, is kept in one for so long.
  ///
  /// - Parameter ending: What the file's name ends in, where its first bytes do not say what it is.
  package static func with<Result>(
    _ path: String?,
    ending other: String = "csv",
    _ body: (String?) throws -> Result
  ) throws -> Result {
    guard path == "-" else { return try body(path) }
    let data = try all(of: .standardInput)
    guard !data.isEmpty else {
      throw RunError("--data - is standard input, in which there is nothing")
    }
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("distill-\(UUID().uuidString)")
    // What somebody pipes is nobody else's.
    try FileManager.default.createDirectory(
      at: folder,
      withIntermediateDirectories: true,
      attributes: [.posixPermissions: 0o700]
    )
    defer { try? FileManager.default.removeItem(at: folder) }
    let ending = beginnings.first { data.starts(with: $0.bytes) }?.ending ?? other
    let file = folder.appendingPathComponent("standard input.\(ending)")
    try data.write(to: file)
    return try named(file.path, body)
  }

  /// All that comes from standard input.
  ///
  /// - Parameter most: More bytes are refused: a pipe may never end.
  static func all(
    of input: FileHandle,
    atMost most: Int = min(1 << 31, MachineMemory.bytes / 8)
  ) throws -> Data {
    var data = Data()
    do {
      while data.count <= most, let more = try input.read(upToCount: 1 << 20), !more.isEmpty {
        data += more
      }
    } catch {
      throw RunError("standard input cannot be read: \(sentence(for: error))")
    }
    guard data.count <= most else {
      throw RunError(
        "standard input has more than \(grouped(most)) bytes: save it to a file, and name that"
      )
    }
    return data
  }

  /// Whether a file is called as tables are.
  static func isTable(_ path: String) -> Bool {
    ["csv", "tsv", "txt"].contains(kind(of: path))
  }

  /// The ending of a file's name, in lower case and but for `.gz`.
  static func kind(of path: String) -> String {
    let name = path.lowercased()
    let plain = name.hasSuffix(".gz") ? String(name.dropLast(3)) : name
    return (plain as NSString).pathExtension
  }

  /// Hands over the file in which standard input is kept; what is said of it is said of standard input.
  static func named<Result>(_ path: String, _ body: (String?) throws -> Result) throws -> Result {
    do {
      return try body(path)
    } catch {
      let said = sentence(for: error)
      guard said.contains(path) else { throw error }
      throw RunError(
        said.replacing("'\(path)'", with: "standard input")
          .replacing(path, with: "standard input")
      )
    }
  }

  /// What files that are no tables begin with: NumPy's archives are zip files.
  private static let beginnings: [(bytes: [UInt8], ending: String)] = [
    ([0x50, 0x4B, 0x03, 0x04], "npz"),
    (Array("\u{93}NUMPY".unicodeScalars.map { UInt8($0.value) }), "npy"),
    ([0, 0, 0x08], "idx"), ([0, 0, 0x0D], "idx"), ([0x89, 0x50, 0x4E, 0x47], "png"),
    ([0xFF, 0xD8, 0xFF], "jpg"), (Array("RIFF".utf8), "wav"),
  ]
}
