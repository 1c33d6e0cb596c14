import Distill
import Foundation

/// Keeps what teachers say in a folder that runs share, each under the hash of all that it depends on.
struct ObservationStore {
  let folder: URL

  /// What decides on every bit of what is recorded.
  struct Key: Codable {
    /// The hashes of the teacher's files.
    var teacher: [String]
    var model: String?
    var mean: Ensemble.Mean
    /// The hash of the inputs as the teacher sees them, and their shape.
    var inputs: String
    var shape: [Int]
    var derivatives: Bool
    /// Whether a single teacher's own values are kept, not the probabilities they stand for.
    var values: Bool
    /// Libraries, processor and threads, which sums are rounded by.
    var machine: [String: String]
  }

  /// What lies beside a recording.
  private struct Note: Codable {
    var key: Key
    /// Of the recording's file.
    var sha256: String
  }

  /// - Throws: ``CommandError`` when the folder is none, or cannot be made.
  init(at path: String) throws {
    folder = URL(fileURLWithPath: path)
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw CommandError("cannot make the folder '\(path)': \(sentence(for: error))")
    }
  }

  /// A recording from the folder, or one that is made and kept there.
  ///
  /// - Returns: The recording, and whether it was there.
  /// - Throws: What `record` throws, and one sentence when it cannot be kept.
  func recording(
    _ key: Key,
    _ console: Console,
    record: () throws -> RecordedTeacher
  ) throws -> (teacher: RecordedTeacher, isKept: Bool) {
    var hash = SHA256()
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    hash.update(try encoder.encode(key))
    let name = String(hash.finalize().prefix(32))
    let file = folder.appendingPathComponent(name + ".safetensors")
    let note = folder.appendingPathComponent(name + ".json")
    if let text = try? Data(contentsOf: note),
      let known = try? JSONDecoder().decode(Note.self, from: text)
    {
      if (try? SHA256.hash(of: file)) == known.sha256,
        let teacher = try? RecordedTeacher(contentsOf: file), teacher.count == key.shape[0]
      {
        return (teacher, true)
      }
      console.warn("'\(file.path)' is damaged or gone: the teacher is observed again")
    }
    let teacher = try record()
    try teacher.write(to: file)
    // The note comes last: a recording without one is not believed.
    let text = prettyJson(Note(key: key, sha256: try SHA256.hash(of: file)))
    try RunFolder(url: folder, command: "compress").write(text, to: note.lastPathComponent)
    return (teacher, false)
  }
}

extension SHA256 {
  /// The hash of a tensor's numbers.
  static func hash(of tensor: Tensor) -> String {
    var hash = SHA256()
    tensor.moved(to: .cpu).contiguous.withUnsafeBytes { bytes in
      for start in stride(from: 0, to: bytes.count, by: 1 << 20) {
        hash.update(Data(bytes[start..<min(start + 1 << 20, bytes.count)]))
      }
    }
    return hash.finalize()
  }
}
