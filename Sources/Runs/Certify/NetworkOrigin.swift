import Distill
import Foundation
import Tensors

/// What decides on every bit of the networks that a certificate trains. It lies beside them, so that
/// those of another program, recipe or machine are never taken for this one's.
package struct NetworkOrigin: Codable, Equatable {
  package static let name = "origin.json"

  package var recipe: String
  /// The hash of the executable file.
  package var program: String
  package var data: [String]
  package var teacher: [String]
  /// Libraries and threads, too.
  package var machine: [String: String]

  /// What two origins do not share, in words.
  package func differences(from other: NetworkOrigin) -> String {
    [
      ("recipe", recipe != other.recipe), ("program", program != other.program),
      ("data", data != other.data), ("teacher", teacher != other.teacher),
      ("machine or number of threads", machine != other.machine),
    ].filter(\.1).map { "another \($0.0)" }.joined(separator: " and ")
  }

  /// Makes a folder ready for networks of this origin: others that were made for a certificate are
  /// deleted, finished or not.
  ///
  /// - Parameter replacing: Whether others may be deleted.
  /// - Throws: `RunError` when the folder cannot be made or written, or holds files that no
  ///   certificate put there, or others that are not to be deleted.
  package func claim(_ folder: RunFolder, replacing: Bool = true, _ work: Work) throws {
    try RunFolder.requirePlain(folder.url)
    try folder.requirePlainFiles()
    do {
      try FileManager.default.createDirectory(at: folder.url, withIntermediateDirectories: true)
    } catch {
      throw RunError("cannot make the folder '\(folder.url.path)': \(sentence(for: error))")
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
    // A replay may be sent anywhere; a certificate's own folder can be that of an earlier version.
    let strange = names.filter { name in
      name != RunLock.name && !FileDestination.isTemporary(name, of: Self.name)
        && (folder.command == "replay" || !Self.isNetwork(name))
    }
    guard names.contains(Self.name) || strange.isEmpty else {
      throw RunError(
        "'\(folder.url.path)' holds other files, and the networks of the certificate go there: move "
          + "it away, or name another place with --out"
      )
    }
    let last = try? CarefulJSONDecoder().decode(
      Self.self,
      from: Data(contentsOf: folder.file(Self.name))
    )
    guard last != self else { return }
    let strangers = names.filter(Self.isNetwork)
    if !strangers.isEmpty {
      let reason = last.map(differences) ?? "a program that is not known"
      guard replacing else {
        throw RunError(
          "the networks in '\(folder.url.path)' are of \(reason), and parts of one certificate must be "
            + "trained alike: give every part the same program, machine and number of threads, or move "
            + "the folder away"
        )
      }
      work.note(
        "the networks in '\(folder.url.path)' are of \(reason): training all of them again"
      )
      for file in strangers { folder.remove(file) }
    }
    try folder.write(prettyJson(self), to: Self.name)
  }

  /// Deletes what was made for a certificate, and the folder when nothing else is in it.
  package static func release(_ folder: RunFolder) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.url.path)) ?? []
    for name in names where isNetwork(name) || name == Self.name { folder.remove(name) }
    folder.lock?.release()
    rmdir(folder.url.path)
  }

  /// A folder for the networks of a replay: "replay", or "replay-2" while another replay is at work
  /// there.
  package static func replayFolder(in folder: URL) throws -> RunFolder {
    var number = 1
    while true {
      let name = number == 1 ? "replay" : "replay-\(number)"
      let place = folder.appendingPathComponent(name)
      try RunFolder.requirePlain(place)
      do {
        return RunFolder(url: place, command: "replay", lock: try RunLock(place))
      } catch is RunLock.Held {
        number += 1
      }
    }
  }

  private static func isNetwork(_ name: String) -> Bool {
    name.wholeMatch(of: /(student|control)-[0-9]+(\.checkpoint|\.best)?\.safetensors/) != nil
  }
}
