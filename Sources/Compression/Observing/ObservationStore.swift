import Distillation
import Exchange
import Foundation
import Mathematics
import Tensors

/// What a teacher says about every example of some data, in a folder: observed once, and taught from
/// as often as one likes.
///
/// ```swift
/// let store = try ObservationStore(at: URL(fileURLWithPath: "observed"))
/// print(store.summary)
/// var options = CompressOptions(teacher: ["observed"], data: DataSource("photos"), student: "cnn")
/// ```
///
/// `store.json` says of what it is; each file beside it holds some of the examples. Files of stores with
/// the same `store.json` may be copied into one folder.
public struct ObservationStore {
  public let folder: URL
  package let description: StoreDescription
  /// The SHA-256 of `store.json`.
  package let key: String
  /// Those that are there, by their numbers: how many there should be, a file may say anything of.
  private var found: [Int: StoreChunk] = [:]
  /// Files that are damaged, with what is wrong with each; empty where such are refused.
  package private(set) var damaged: [(file: URL, reason: String)] = []

  package static let file = "store.json"

  /// Whether a folder holds a store, as far as its name of a file says.
  public static func isOne(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: path + "/" + file)
  }

  /// Opens a store and checks every byte of it.
  ///
  /// - Throws: One sentence when there is none, or a file of it is damaged.
  public init(at folder: URL) throws { try self.init(at: folder, toleratingDamage: false, .silent) }

  /// - Parameter tolerates: Whether damaged files count as not there.
  package init(at folder: URL, toleratingDamage tolerates: Bool, _ work: Work) throws {
    (description, key) = try Self.description(in: folder)
    self.folder = folder
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    } catch {
      throw RunError("cannot read '\(folder.path)': \(sentence(for: error))")
    }
    let files = names.compactMap { StoreChunk(folder.appendingPathComponent($0)) }
    guard files.allSatisfy({ [count = description.chunkCount] in $0.index < count }) else {
      throw RunError("'\(folder.path)' holds chunks of another store: take them away")
    }
    // Bytes are read to be checked: of a large store that takes a while.
    work.begin("observations checked", of: files.count, "chunks")
    defer { work.end() }
    for (count, file) in files.enumerated() {
      if work.isCancelled() { throw Stopped("stopped while checking '\(folder.path)'") }
      var chunk = file
      do {
        try chunk.check(description, key)
        // Observed twice, such as on two machines: one of both, always the same.
        found[chunk.index] = found[chunk.index] ?? chunk
      } catch let error as Stopped {
        throw error
      } catch {
        guard tolerates else { throw error }
        try RunFolder.requirePlain(file.url)
        damaged.append((file.url, sentence(for: error)))
      }
      work.update(count + 1)
    }
  }

  /// What a folder is a store of, and the hash of the file that says so.
  package static func description(
    in folder: URL
  ) throws -> (description: StoreDescription, key: String) {
    let place = folder.appendingPathComponent(file)
    guard FileManager.default.fileExists(atPath: place.path) else {
      throw RunError("'\(folder.path)' holds no store of observations: there is no \(file)")
    }
    try RunFolder.requirePlain(place)
    let text = try RegularFile.data(place, atMost: RegularFile.textLimit)
    var hash = SHA256()
    hash.update(text)
    return (try StoreDescription(parsing: text, at: place.path), hash.finalize())
  }

  /// Its files in the order of the examples.
  var chunks: [StoreChunk] { found.values.sorted { $0.index < $1.index } }

  /// Whether a chunk is there.
  func holds(_ index: Int) -> Bool { found[index] != nil }

  /// The examples that are there.
  public var count: Int { found.keys.reduce(0) { $0 + description.rows(of: $1).count } }

  /// Whether all examples are there.
  public var isComplete: Bool { found.count == description.chunkCount }

  /// The hash of all that is in it.
  package var sha256: String {
    var hash = SHA256()
    let lines = [key] + chunks.map(\.sha256)
    hash.update(Data(lines.joined(separator: "\n").utf8))
    return hash.finalize()
  }

  /// Bytes of all that was observed.
  public var byteCount: Int {
    found.values.reduce(0) { sum, chunk in
      sum + chunk.places.values.reduce(0) { $0 + $1.bytes.count }
    }
  }

  /// What was measured of the rounding of each array, over all examples that are there.
  package var rounding: [String: RoundingError] {
    chunks.reduce(into: [:]) { sums, chunk in
      for (name, error) in chunk.rounding { sums[name, default: RoundingError()].add(error) }
    }
  }

  /// - Throws: `RunError` when examples are missing.
  package func requireComplete() throws {
    guard !isComplete else { return }
    throw RunError(
      "'\(folder.path)' holds \(grouped(count)) of \(grouped(description.inputs.count)) examples: go on "
        + "with distill observe, or copy the files of the other shards into it"
    )
  }

  /// - Throws: `RunError` when data are not those that the teacher was observed on.
  package func requireSame(_ inputs: StoreDescription.Inputs) throws {
    let own = description.inputs
    guard own.count == inputs.count, own.shape == inputs.shape, own.sha256 == inputs.sha256 else {
      func text(_ inputs: StoreDescription.Inputs) -> String {
        let shape = inputs.shape.map(String.init).joined(separator: "x")
        return "\(grouped(inputs.count)) inputs of \(shape) (hash \(inputs.sha256.prefix(12))…)"
      }
      throw RunError(
        "the teacher in '\(folder.path)' was observed on \(text(own)), and the data are \(text(inputs)): "
          + "give the data that it was observed on, or observe it again"
      )
    }
  }
}

extension ObservationStore {
  /// What it holds, in lines for people.
  public var summary: String {
    let (inputs, form) = (description.inputs, description.arrays[0].form)
    var lines = [
      "\(grouped(count)) of \(grouped(inputs.count)) examples in "
        + "\(grouped(found.count)) chunks, \(grouped(byteCount)) bytes "
        + "(\(grouped(description.byteCount)) an example)",
      "of \(description.teacher.network)",
      "kept as \(form): "
        + description.arrays.map {
          $0.name + " " + $0.shape.map(String.init).joined(separator: "x")
            + ($0.form == form ? "" : " as \($0.form)")
        }.joined(separator: ", "),
    ]
    let errors = description.arrays.compactMap { array in rounding[array.name]?.text(array.name) }
    lines += errors.isEmpty ? ["exact: every number is the teacher's Float32"] : errors
    return lines.joined(separator: "\n")
  }

  /// The same for machines.
  package struct Summary: Encodable {
    package var event = "observations"
    let folder: String
    let key: String
    let examples: Int
    let of: Int
    let chunks: Int
    let bytes: Int
    let bytesPerExample: Int
    let form: ObservationForm
    let arrays: [RecordedArray]
    let rounding: [String: RoundingError]
  }

  package var facts: Summary {
    Summary(
      folder: folder.path,
      key: key,
      examples: count,
      of: description.inputs.count,
      chunks: found.count,
      bytes: byteCount,
      bytesPerExample: description.byteCount,
      form: description.arrays[0].form,
      arrays: description.arrays,
      rounding: rounding
    )
  }
}
