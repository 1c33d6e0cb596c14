import Foundation

/// How processes meet in a folder in which files of earlier, broken meetings may lie.
///
/// Each rank writes a number of its own that was never there before, `rank-3`. Rank 0 answers with all of
/// them and the name of a store, `meeting`, and again whenever one of them changed; a rank knows by its own
/// number that the answer is not an old one. Nobody goes on before all are in the same store.
struct FolderMeeting {
  private let folder: URL
  private let rank: Int
  private let size: Int
  private let wait: Waiting
  private let ticket = String(UInt64.random(in: 0 ..< .max), radix: 16)

  init(_ folder: URL, rank: Int, size: Int, _ wait: Waiting) {
    (self.folder, self.rank, self.size, self.wait) = (folder, rank, size, wait)
  }

  func store() throws -> KeyStore {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try write(ticket, to: "rank-\(rank)")
    } catch {
      throw ProcessGroupError.noMeeting(
        "the ranks cannot meet in '\(folder.path)', where nothing can be written: give a folder that all "
          + "of them may write to"
      )
    }
    let store = try rank == 0 ? led() : followed()
    for name in ["rank-\(rank)"] + (rank == 0 ? ["meeting"] : []) {
      try? FileManager.default.removeItem(at: folder.appendingPathComponent(name))
    }
    return store
  }

  private func led() throws -> KeyStore {
    var tickets: [String?] = []
    var meeting: (tickets: [String?], store: KeyStore)?
    // Of meetings that not all came to: nobody but this process takes them away.
    var abandoned: [URL] = []
    func missing() -> ProcessGroupError {
      let here = meeting.map { meeting in
        (0..<size).filter { (try? meeting.store.has("joined/\($0)")) == true }
      }
      return .missing(
        (1..<size).filter { here?.contains($0) != true && (here != nil || tickets[$0] == nil) },
        of: size,
        at: "'\(folder.path)'",
        after: wait.patience
      )
    }
    return try wait.until(missing) {
      tickets = (0..<size).map { $0 == 0 ? ticket : read("rank-\($0)") }
      // Who has joined takes its ticket away once all may go on.
      let isStale = meeting.map { meeting in
        zip(meeting.tickets, tickets).contains { $1 != nil && $0 != $1 }
      }
      if isStale ?? !tickets.contains(nil) {
        let name = "store-" + String(UInt64.random(in: 0 ..< .max), radix: 16)
        let file = folder.appendingPathComponent(name)
        let store = try KeyStore(file: file, size: size)
        abandoned.append(file)
        try store.set("joined/0", "yes")
        try write(([name] + tickets.map { $0 ?? "" }).joined(separator: " "), to: "meeting")
        meeting = (tickets, store)
      }
      guard let store = meeting?.store,
        try (0..<size).allSatisfy({ try store.has("joined/\($0)") })
      else { return nil }
      try store.set("all", "yes")
      for file in abandoned.dropLast() { try? FileManager.default.removeItem(at: file) }
      return store
    }
  }

  private func followed() throws -> KeyStore {
    var joined: (name: String, store: KeyStore)?
    func missing() -> ProcessGroupError {
      .missing([0], of: size, at: "'\(folder.path)'", after: wait.patience)
    }
    return try wait.until(missing) {
      let words = read("meeting")?.split(separator: " ").map(String.init) ?? []
      if words.count == size + 1, words[rank + 1] == ticket, words[0] != joined?.name,
        words[0].hasPrefix("store-"), !words[0].contains("/")
      {
        // A store that is closed is opened once more, which makes its file again: rank 0 may take that of
        // an earlier meeting away as soon as all have joined this one.
        joined = nil
        let store = try KeyStore(file: folder.appendingPathComponent(words[0]), size: size)
        try store.set("joined/\(rank)", "yes")
        joined = (words[0], store)
      }
      guard let store = joined?.store, try store.has("all") else { return nil }
      return store
    }
  }

  /// Of a file alone: at a pipe that somebody put there, reading waits for ever.
  private func read(_ name: String) -> String? {
    let file = folder.appendingPathComponent(name)
    let facts = try? FileManager.default.attributesOfItem(atPath: file.path)
    guard facts?[.type] as? FileAttributeType == .typeRegular,
      let size = (facts?[.size] as? NSNumber)?.intValue, size < 1 << 20
    else { return nil }
    return try? String(contentsOf: file, encoding: .utf8)
  }

  private func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: folder.appendingPathComponent(name), options: .atomic)
  }
}
