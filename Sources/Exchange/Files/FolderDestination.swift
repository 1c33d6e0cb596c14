import Foundation
import Tensors

/// Where a folder of files is written: one of a random name beside its place, which takes the place's
/// name when it is complete.
///
/// It is locked while it is filled: one without a lock is of a process that was killed, and is deleted
/// when the same place is written again.
package final class FolderDestination {
  /// What is filled.
  package let url: URL
  private let place: URL
  private let descriptor: Int32

  /// - Throws: `POSIXError` for what the system refused.
  package init(_ place: URL) throws(POSIXError) {
    self.place = place
    Self.deleteAbandoned(beside: place)
    url = Self.temporary(place)
    guard mkdir(url.path, 0o777) == 0 else { throw .last }
    descriptor = open(url.path, Self.asFolder)
    guard descriptor >= 0 else { throw .last }
    // Some network disks have no locks.
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK else { throw .last }
  }

  deinit {
    try? FileManager.default.removeItem(at: url)
    if descriptor >= 0 { close(descriptor) }
  }

  /// Gives the folder its place; another one that is there is deleted.
  package func commit() throws(POSIXError) {
    try sync()
    if rename(url.path, place.path) == 0 { return }
    // A folder takes the name of an empty one alone: another has to go out of the way.
    guard errno == ENOTEMPTY || errno == EEXIST else { throw .last }
    let old = Self.temporary(place)
    guard rename(place.path, old.path) == 0 else { throw .last }
    guard rename(url.path, place.path) == 0 else {
      let error = POSIXError.last
      rename(old.path, place.path)
      throw error
    }
    try? FileManager.default.removeItem(at: old)
  }

  /// Deletes a folder with all that is in it: it loses its name first, so that no half of it is ever
  /// there, and what a killed process left of one goes too.
  package static func delete(_ place: URL) {
    deleteAbandoned(beside: place)
    let old = temporary(place)
    guard rename(place.path, old.path) == 0 else { return }
    try? FileManager.default.removeItem(at: old)
  }

  /// Brings all that is in the folder to the disk: the bytes must be there before the name is.
  private func sync() throws(POSIXError) {
    let content = FileManager.default.enumerator(at: url, includingPropertiesForKeys: nil)
    while let item = content?.nextObject() as? URL {
      let descriptor = open(item.path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
      guard descriptor >= 0 else { throw .last }
      let isSynced = fsync(descriptor) == 0
      let error = POSIXError.last
      close(descriptor)
      if !isSynced { throw error }
    }
    guard fsync(descriptor) == 0 else { throw .last }
  }

  private static let asFolder = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC

  private static func temporary(_ place: URL) -> URL {
    let id = String(UInt64.random(in: .min ... .max), radix: 36)
    // A name may have 255 bytes.
    let start = String(decoding: place.lastPathComponent.utf8.prefix(200), as: UTF8.self)
    let digits = String(repeating: "0", count: 13 - id.utf8.count) + id
    return place.deletingLastPathComponent().appendingPathComponent(".\(start).\(digits).tmp")
  }

  private static func deleteAbandoned(beside place: URL) {
    let parent = place.deletingLastPathComponent()
    let names = (try? FileManager.default.contentsOfDirectory(atPath: parent.path)) ?? []
    for name in names where FileDestination.isTemporary(name, of: place.path) {
      let url = parent.appendingPathComponent(name)
      let descriptor = open(url.path, asFolder)
      guard descriptor >= 0 else { continue }
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { try? FileManager.default.removeItem(at: url) }
      close(descriptor)
    }
  }
}
