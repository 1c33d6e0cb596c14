import Distillation
import Exchange
import Foundation
import Networks
import Tensors

/// A file of a store: what the teacher says about some examples that follow each other.
///
/// Its name has its number and the SHA-256 of its bytes, so that damage is noticed, and so that files
/// of different stores may lie in one folder.
struct StoreChunk {
  let index: Int
  let url: URL
  let sha256: String
  private(set) var places: [String: Safetensors.Place] = [:]
  private(set) var rounding: [String: RoundingError] = [:]

  private static let (prefix, ending) = ("chunk-", ".safetensors")

  private static func name(_ index: Int, _ sha256: String) -> String {
    prefix + String(format: "%07d", index) + "-" + sha256 + ending
  }

  /// A file by its name; nil for one that is no chunk.
  init?(_ url: URL) {
    let name = url.lastPathComponent
    guard name.hasPrefix(Self.prefix), name.hasSuffix(Self.ending) else { return nil }
    let words = name.dropFirst(Self.prefix.count).dropLast(Self.ending.count).split(separator: "-")
    guard words.count == 2, let index = Int(words[0]), index >= 0, words[1].count == 64,
      name == Self.name(index, String(words[1]))
    else { return nil }
    (self.index, self.url, sha256) = (index, url, String(words[1]))
  }

  /// Reads what lies where, and that it is what the store's description and the name say.
  ///
  /// - Parameter key: The hash of the description.
  /// - Throws: One sentence when the file is damaged, or of another store.
  mutating func check(_ description: StoreDescription, _ key: String) throws {
    func refused(_ reason: String) -> RunError {
      RunError("'\(url.path)' \(reason): delete it, and observe the teacher again for its examples")
    }
    try RunFolder.requirePlain(url)
    guard try SHA256.hash(of: url) == sha256 else {
      throw refused("is damaged (its SHA-256 is not the one in its name)")
    }
    let (found, text) = try Safetensors.layout(of: url)
    guard text["store"] == key, text["chunk"] == "\(index)", index < description.chunkCount else {
      throw refused("is of another store")
    }
    let count = description.rows(of: index).count
    let parts = description.arrays.flatMap(\.parts)
    guard found.count == parts.count else { throw refused("holds \(found.count) arrays") }
    for part in parts {
      guard let place = found[part.name], place.elementType == part.elementType,
        place.shape == [count] + part.shape
      else { throw refused("does not hold '\(part.name)' of \(count) examples") }
    }
    places = found
    let json = Data((text["rounding"] ?? "{}").utf8)
    guard
      let measured = try? JSONDecoder.ofAllNumbers.decode([String: RoundingError].self, from: json)
    else { throw refused("does not say what rounding did") }
    rounding = measured
  }

  /// Writes a chunk: under its name when it is complete and on the disk.
  static func write(
    _ index: Int,
    _ tensors: [String: Tensor],
    rounding: [String: RoundingError],
    machine: MachineFacts,
    key: String,
    in folder: URL
  ) throws {
    let metadata = [
      "format": StoreDescription.format, "store": key, "chunk": "\(index)",
      "rounding": jsonLine(rounding).trimmingCharacters(in: .newlines),
      "machine": jsonLine(machine.deciding).trimmingCharacters(in: .newlines),
    ]
    // One that was left by a process that was killed is written over.
    let part = folder.appendingPathComponent(String(format: ".part-%07d", index))
    try RunFolder.requirePlain(part)
    try Safetensors.write(tensors, metadata: metadata, to: part)
    let sha256 = try SHA256.hash(of: part)
    let file = folder.appendingPathComponent(name(index, sha256))
    try RunFolder.requirePlain(file)
    guard rename(part.path, file.path) == 0 else {
      throw RunError("cannot write '\(file.path)': \(POSIXError.last.reason.lowercased())")
    }
    // The name too is to be on the disk when the next chunk is begun.
    let directory = open(folder.path, O_RDONLY | O_CLOEXEC)
    guard directory >= 0 else { return }
    fsync(directory)
    close(directory)
  }
}
