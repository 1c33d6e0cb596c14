import Distillation
import Exchange
import Foundation
import Tensors

/// Keeps what teachers say in a folder that runs share, each under the hash of all that it depends on.
package struct ObservationStore {
  package let folder: URL

  /// What decides on every bit of what is recorded.
  package struct Key: Codable {
    /// The hashes of the teacher's files.
    package var teacher: [String]
    package var model: String?
    package var mean: Ensemble.Mean
    /// The hash of the inputs as the teacher sees them, and their shape.
    package var inputs: String
    package var shape: [Int]
    package var derivatives: Bool
    /// Whether a single teacher's own values are kept, not the probabilities they stand for.
    package var values: Bool
    /// Whether they are real numbers; nil, as in earlier versions, for no.
    package var reals: Bool?
    /// Libraries, processor and threads, which sums are rounded by.
    package var machine: [String: String]
  }

  /// What lies beside a recording.
  private struct Note: Codable {
    var key: Key
    /// Of the recording's file.
    var sha256: String
  }

  /// - Throws: `RunError` when the folder is none, or cannot be made.
  package init(at path: String) throws {
    folder = URL(fileURLWithPath: path)
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw RunError("cannot make the folder '\(path)': \(sentence(for: error))")
    }
  }

  /// A recording from the folder, or one that is made and kept there.
  ///
  /// - Returns: The recording, and whether it was there.
  /// - Throws: What `record` throws, and one sentence when it cannot be kept.
  package func recording(
    _ key: Key,
    _ work: Work,
    record: () throws -> RecordedTeacher
  ) throws -> (teacher: RecordedTeacher, isKept: Bool) {
    var hash = SHA256()
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    hash.update(try encoder.encode(key))
    let name = String(hash.finalize().prefix(32))
    let file = folder.appendingPathComponent(name + ".safetensors")
    let note = folder.appendingPathComponent(name + ".json")
    // Others may write into a folder that runs share, and names of recordings can be computed.
    for place in [file, note] { try RunFolder.requirePlain(place) }
    if let text = try? RegularFile.data(note, atMost: RegularFile.textLimit),
      let known = try? CarefulJSONDecoder().decode(Note.self, from: text)
    {
      if (try? SHA256.hash(of: file)) == known.sha256,
        let teacher = try? RecordedTeacher(contentsOf: file), teacher.count == key.shape[0]
      {
        return (teacher, true)
      }
      work.warn("'\(file.path)' is damaged or gone: the teacher is observed again")
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
  package static func hash(of tensor: Tensor) -> String {
    var hash = SHA256()
    tensor.moved(to: .cpu).contiguous.withUnsafeBytes { bytes in
      for start in stride(from: 0, to: bytes.count, by: 1 << 20) {
        hash.update(Data(bytes[start..<min(start + 1 << 20, bytes.count)]))
      }
    }
    return hash.finalize()
  }
}
