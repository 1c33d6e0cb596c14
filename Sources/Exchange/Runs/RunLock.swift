import Foundation
import Tensors

/// That no other process works in a folder: a lock of the system's on a file in it that says whose it
/// is. The lock of a process that was killed is free.
package final class RunLock {
  package static let name = ".distill.lock"

  /// Another process works in a folder.
  package struct Held: Error, CustomStringConvertible {
    package let description: String
  }

  private let path: String
  private var descriptor: Int32

  /// Locks a folder, which is made if it is not there.
  ///
  /// - Throws: ``Held`` when another process works there, `RunError` when nothing can be
  ///   written.
  package init(_ folder: URL) throws {
    path = folder.appendingPathComponent(Self.name).path
    descriptor = -1
    // The process that gives a lock back deletes its file: the one that was locked must be there.
    while !(try take(folder)) {}
    let own = "\(getpid())\(Self.host.map { " " + $0 } ?? "")\n"
    if ftruncate(descriptor, 0) == 0 { _ = write(descriptor, own, own.utf8.count) }
  }

  deinit { release() }

  /// Lets others work in the folder.
  package func release() {
    guard descriptor >= 0 else { return }
    unlink(path)
    close(descriptor)
    descriptor = -1
  }

  /// Whether a process of this machine works in a folder, by the number in the lock's file. Nothing is
  /// locked, so that a run which begins is not in the way of one that looks.
  package static func isHeld(_ folder: URL) -> Bool {
    guard let holder = holder(in: folder), holder.isHere else { return false }
    return kill(holder.process, 0) == 0 || errno == EPERM
  }

  private func take(_ folder: URL) throws -> Bool {
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
    let file = open(path, flags, 0o644)
    guard file >= 0 else {
      let error = POSIXError.last
      throw error.code == .ENOTDIR
        ? RunError("'\(folder.path)' is a file, not a folder: name a folder")
        : RunError("cannot write '\(path)': \(error.reason.lowercased())")
    }
    var (locked, there) = (stat(), stat())
    guard fstat(file, &locked) == 0, locked.st_mode & S_IFMT == S_IFREG else {
      close(file)
      throw RunError("'\(path)' is no file: delete it")
    }
    // Some network disks have no locks: work there goes on without.
    guard flock(file, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK else {
      defer { close(file) }
      let holder = Self.holder(file).map { "process \($0.process)" } ?? "another process"
      throw Held(
        description: "'\(folder.path)' is in use: \(holder) works in it; wait until it ends, "
          + "or stop it"
      )
    }
    guard lstat(path, &there) == 0, there.st_ino == locked.st_ino, there.st_dev == locked.st_dev
    else {
      close(file)
      return false
    }
    guard isOurs(file) else {
      close(file)
      throw RunError("'\(path)' is another program's: move it away, or name another folder")
    }
    descriptor = file
    return true
  }

  /// Whether a file holds what a lock does, and has no other name under which it is somebody's.
  private func isOurs(_ file: Int32) -> Bool {
    var status = stat()
    guard fstat(file, &status) == 0, status.st_nlink == 1 else { return false }
    return status.st_size == 0 || (status.st_size <= Self.longest && Self.holder(file) != nil)
  }

  static func holder(_ file: Int32) -> Holder? {
    var bytes = [UInt8](repeating: 0, count: longest)
    let count = pread(file, &bytes, bytes.count, 0)
    return Holder(String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self))
  }

  /// The most bytes that a lock's file has.
  private static let longest = 300
}
