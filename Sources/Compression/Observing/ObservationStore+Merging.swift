import Distillation
import Exchange
import Foundation
import Tensors

extension ObservationStore {
  /// Brings the files of several stores of the same into one folder. Copying them by hand does the same,
  /// without looking.
  ///
  /// - Throws: `RunError` when one is of something else, or damaged.
  package static func merge(
    _ folders: [URL],
    into folder: URL,
    _ work: Work
  ) throws -> ObservationStore {
    let stores = try folders.map { try ObservationStore(at: $0, toleratingDamage: false, work) }
    let recorder = ObservationRecorder(stores[0].description, in: folder, on: .cpu) { _ in
      throw RunError("merging observes nothing")
    }
    for (store, place) in zip(stores, folders).dropFirst() {
      if let difference = store.description.difference(from: stores[0].description) {
        throw RunError(
          "'\(place.path)' is no part of the same store as '\(folders[0].path)': \(difference)"
        )
      }
    }
    try recorder.record(0..<0, work)
    for store in stores {
      for chunk in store.chunks {
        if work.isCancelled() { throw Stopped("stopped while merging: the same command goes on") }
        let target = folder.appendingPathComponent(chunk.url.lastPathComponent)
        try RunFolder.requirePlain(target)
        guard !FileManager.default.fileExists(atPath: target.path) else { continue }
        do {
          try AtomicFile.copy(chunk.url, to: target)
        } catch {
          throw RunError("cannot write '\(target.path)': \(sentence(for: error))")
        }
      }
    }
    return try ObservationStore(at: folder, toleratingDamage: false, work)
  }
}

extension AtomicFile {
  /// Copies a file, which appears under its name when it is complete.
  fileprivate static func copy(_ source: URL, to target: URL) throws {
    let handle = try RegularFile.open(source)
    try write(to: target) { file in
      while let data = try handle.read(upToCount: 1 << 20), !data.isEmpty {
        try data.withUnsafeBytes { try file.append($0) }
      }
    }
  }
}
