import Foundation
import Tensors

extension RunFolder {
  /// What `state.json` says of a run that goes on by its recipe: the recipe that it began with.
  package struct Begun: Codable {
    package let recipe: String
  }

  /// Makes the folder of a new run: `runs/<command>-<date>-<six letters and digits>`, or `path`.
  ///
  /// First comes the lock, then the recipe and what it needs, last the state: what is left of a run that was stopped
  /// on the way can be begun again.
  ///
  /// - Parameters:
  ///   - progress: What the command needs to go on from the start. The default is the recipe, by
  ///     which an edited one is known.
  ///   - keep: Writes what the recipe names in the folder: ``answers``, where there are some.
  /// - Throws: `RunError` when `path` holds something already, or no folder can be made.
  package static func create<Progress: Codable>(
    for command: String,
    at path: String? = nil,
    under parent: String = "runs",
    now: Date = Date(),
    recipe: String,
    progress: Progress? = Begun?.none,
    keeping keep: (RunFolder) throws -> Void = { _ in }
  ) throws -> RunFolder {
    let name = path ?? "\(parent)/\(newName(for: command, now: now))"
    let url = URL(fileURLWithPath: name).absoluteURL
    guard url.lastPathComponent != "-" else {
      throw RunError("'-' is standard output, and a run is a folder: give it another name")
    }
    try requireFree(url)
    do {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    } catch {
      // Foundation's own words for it name no cause; the system's do.
      guard mkdir(url.path, 0o777) == 0 else {
        let reason = String(cString: strerror(errno)).lowercased()
        throw RunError(
          "cannot make the folder '\(url.path)' (\(reason)): name one in a folder where you may write"
        )
      }
    }
    var folder = RunFolder(url: url, command: command, lock: try RunLock(url))
    folder.isNew = true
    // Another process may have begun one in the meantime.
    try requireFree(url)
    do {
      // What an attempt that was stopped had kept; recipe and state are written over.
      for name in try content(of: url) ?? []
      where name == answers || FileDestination.isTemporary(name, of: answers) {
        folder.remove(name)
      }
      try folder.write(recipe, to: Self.recipe)
      try keep(folder)
      if let progress {
        try folder.save(progress: progress)
      } else {
        try folder.save(progress: Begun(recipe: recipe))
      }
    } catch {
      folder.discard()
      throw error
    }
    return folder
  }

  /// Refuses a place where something is, unless it is what a run left that was stopped as it began.
  ///
  /// - Throws: ``RunError`` that says what is there.
  package static func requireFree(_ url: URL) throws {
    guard let content = try content(of: url), !content.isEmpty else { return }
    guard !content.contains(state) else {
      throw RunError(
        "'\(url.path)' holds a run already: add --resume to resume it, or name another folder"
      )
    }
    let isBeginning =
      content.contains(RunLock.name)
      && content.allSatisfy { name in
        beginning.contains(name)
          || [recipe, answers, state].contains { FileDestination.isTemporary(name, of: $0) }
      }
    guard isBeginning else {
      throw RunError(
        "'\(url.path)' is not empty: name a folder that is empty or does not exist yet"
      )
    }
  }

  /// Opens the folder of a run to resume it. The program then works in the folder that the run
  /// was begun in.
  ///
  /// - Parameter path: The folder. The default is the run of the command under `parent` that was
  ///   worked on last and is not finished.
  /// - Throws: `RunError` when there is no such run, or it belongs to another command;
  ///   ``RunLock/Held`` when another process works on it.
  package static func resume(
    _ command: String,
    at path: String? = nil,
    under parent: String = "runs"
  ) throws -> RunFolder {
    guard let path else {
      var folder = try latestUnfinished(command, under: parent)
      folder.lock = try RunLock(folder.url)
      try folder.enterDirectory()
      return folder
    }
    var folder = RunFolder(url: URL(fileURLWithPath: path).absoluteURL, command: command)
    try folder.requirePlainFiles()
    guard folder.contains(state) else {
      throw RunError(
        "there is no run in '\(folder.url.path)' to resume: it has no \(state)"
          + (folder.contains(RunLock.name)
            ? ", because one was stopped as it began; start it again without --resume" : "")
      )
    }
    let header = try folder.loadHeader()
    guard header.command == command else {
      throw RunError(
        "'\(folder.url.path)' holds a run of distill \(header.command), not of distill \(command)"
      )
    }
    if !header.isFinished {
      folder.lock = try RunLock(folder.url)
    } else if folder.contains(RunLock.name) {
      // Of a process that was killed as it ended.
      try? RunLock(folder.url).release()
    }
    try folder.enterDirectory()
    return folder
  }

  private static func latestUnfinished(_ command: String, under parent: String) throws -> RunFolder
  {
    let place = URL(fileURLWithPath: parent).absoluteURL
    var unread: (any Error)?
    let candidates = (try content(of: place) ?? []).map {
      RunFolder(url: place.appendingPathComponent($0), command: command)
    }.compactMap { folder -> (folder: RunFolder, date: Date)? in
      guard folder.contains(state) else { return nil }
      do {
        let header = try folder.loadHeader()
        guard header.command == command, !header.isFinished else { return nil }
      } catch {
        unread = unread ?? error
        return nil
      }
      let attributes = try? FileManager.default.attributesOfItem(atPath: folder.file(state).path)
      return (folder, attributes?[.modificationDate] as? Date ?? .distantPast)
    }
    guard let latest = candidates.max(by: { $0.date < $1.date }) else {
      let reason = unread.map { ", and of one it is not known: \(sentence(for: $0))" } ?? ""
      throw RunError(
        "there is no unfinished run of distill \(command) in '\(place.path)' to resume\(reason)"
      )
    }
    try latest.folder.requirePlainFiles()
    return latest.folder
  }

  /// The names in a folder, or nil when there is none.
  private static func content(of url: URL) throws -> [String]? {
    guard let folder = opendir(url.path) else {
      let reason = POSIXError.last
      var status = stat()
      if stat(url.path, &status) == 0, status.st_mode & S_IFMT != S_IFDIR {
        throw RunError("'\(url.path)' is a file, not a folder: name a folder for the run")
      }
      guard [.ENOENT, .ENOTDIR].contains(reason.code) else {
        throw RunError("cannot look into '\(url.path)': \(reason.reason.lowercased())")
      }
      return nil
    }
    closedir(folder)
    return try FileManager.default.contentsOfDirectory(atPath: url.path)
  }

  private static func newName(for command: String, now: Date) -> String {
    let date = now.formatted(.iso8601.year().month().day())
    let id = String((0..<6).map { _ in "abcdefghijklmnopqrstuvwxyz0123456789".randomElement()! })
    return "\(command.replacing(" ", with: "-"))-\(date)-\(id)"
  }
}
