import Foundation

extension RunLock {
  /// The process that works in a folder, as its lock says.
  package struct Holder: Equatable {
    package let process: Int32
    /// Where it runs; nil in locks of earlier versions.
    package let host: String?

    /// Whether it would be a process of this machine.
    package var isHere: Bool { host == nil || host == RunLock.host }

    /// - Parameter text: What a lock's file holds: a number and, but in earlier versions, a host.
    init?(_ text: String) {
      let words = text.trimmingCharacters(in: .whitespacesAndNewlines)
        .split(separator: " ", omittingEmptySubsequences: false)
      guard (1...2).contains(words.count), let process = Int32(words[0]), process > 0,
        words.dropFirst().allSatisfy({ $0.allSatisfy(Self.isOfHosts) })
      else { return nil }
      self.process = process
      host = words.dropFirst().first.map(String.init)
    }

    private static func isOfHosts(_ character: Character) -> Bool {
      character.isASCII && (character.isLetter || character.isNumber || "-._".contains(character))
    }
  }

  /// The name of this machine, as locks have it; nil where it has none that fits.
  static var host: String? {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return nil }
    let bytes = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    let text = String(decoding: bytes, as: UTF8.self)
    return Holder("1 \(text)") == nil || text.isEmpty ? nil : text
  }

  /// The process that a folder's lock names, whether it still runs or not.
  package static func holder(in folder: URL) -> Holder? {
    try? locked(folder) { file, _ in holder(file) }
  }

  /// Asks the process that works in a folder to stop, as Ctrl-C does.
  ///
  /// - Returns: Its number.
  /// - Throws: `RunError` where none does, or it is on another machine or another user's: a number
  ///   alone may be any process by now, so it is asked only while it has the lock's file open.
  @discardableResult
  package static func interrupt(_ folder: URL) throws -> Int32 {
    try locked(folder) { file, status in
      let place = "'\(folder.path)'"
      guard let holder = holder(file) else { throw RunError("no process works in \(place)") }
      guard status.st_uid == geteuid() else {
        throw RunError("the process that works in \(place) is another user's: ask them to stop it")
      }
      guard let host = holder.host, host == Self.host else {
        throw RunError(
          "the process that works in \(place) is on \(holder.host ?? "an unknown machine"): press "
            + "Ctrl-C there"
        )
      }
      guard isOpen(status, file, in: holder.process), kill(holder.process, SIGINT) == 0 else {
        throw RunError("no process works in \(place) any more")
      }
      return holder.process
    }
  }

  private static func locked<Result>(
    _ folder: URL,
    _ body: (_ file: Int32, _ status: stat) throws -> Result
  ) throws -> Result {
    let path = folder.appendingPathComponent(name).path
    let file = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard file >= 0 else { throw RunError("no process works in '\(folder.path)'") }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw RunError("'\(path)' is no file: delete it")
    }
    return try body(file, status)
  }

  /// Whether a process of this machine and user has a lock's file open.
  private static func isOpen(_ file: stat, _ descriptor: Int32, in process: Int32) -> Bool {
    #if os(Linux)
      let place = "/proc/\(process)/fd"
      return ((try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []).contains {
        var status = stat()
        return stat("\(place)/\($0)", &status) == 0 && status.st_dev == file.st_dev
          && status.st_ino == file.st_ino
      }
    #else
      guard flock(descriptor, LOCK_SH | LOCK_NB) == 0 else { return errno == EWOULDBLOCK }
      flock(descriptor, LOCK_UN)
      return false
    #endif
  }
}
