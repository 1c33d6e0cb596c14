import Foundation

/// Where a file is written: a temporary file beside its place, which takes the place's name when it
/// is complete.
///
/// A symbolic link is followed, so that what it points to is replaced and the link stays. Devices
/// and pipes are never replaced: the bytes gather in an unnamed file and are copied into them at the
/// end. The temporary file has a random name and is new, so that nothing another program planted
/// under a name that can be guessed is written through. It is locked while it is written: one without
/// a lock is of a process that was killed, and is deleted when the same file is written again.
package final class FileDestination {
  /// What bytes are written to; may be read and positioned.
  package private(set) var descriptor: Int32
  private let path: String
  /// Nil where the bytes are copied in the end.
  private let temporary: String?

  /// - Throws: `POSIXError` for what the system refused; folders, sockets and disks are refused.
  package init(_ path: String) throws(POSIXError) {
    var status = stat()
    let exists = stat(path, &status) == 0
    // What a link of /proc says is no path where it leads to a pipe.
    let isFile = !exists || status.st_mode & S_IFMT == S_IFREG
    self.path = isFile ? try Self.target(of: path) : path
    switch exists ? status.st_mode & S_IFMT : S_IFREG {
    case S_IFREG:
      Self.deleteAbandoned(beside: self.path)
      (descriptor, temporary) = try Self.newFile(beside: self.path)
      // Who may read and write the old file may do so with the new one.
      if exists { fchmod(descriptor, status.st_mode & 0o7777) }
    case S_IFCHR, S_IFIFO:
      let (file, name) = try Self.newFile(beside: NSTemporaryDirectory() + "/distill")
      unlink(name)
      (descriptor, temporary) = (file, nil)
    case S_IFDIR: throw POSIXError(POSIXErrorCode.EISDIR)
    default: throw POSIXError(POSIXErrorCode.EOPNOTSUPP)
    }
  }

  deinit { discard() }

  /// Puts the bytes in their place. The descriptor is closed.
  package func commit() throws(POSIXError) {
    if let temporary {
      // The bytes must be on the disk before the name is: some disks report being full only here.
      guard fsync(descriptor) == 0, rename(temporary, path) == 0 else { throw .last }
      // The lock goes only now that the name is another.
      let closed = close(descriptor)
      descriptor = -1
      guard closed == 0 else { throw .last }
    } else {
      try copy()
      discard()
    }
  }

  /// Forgets what was written.
  package func discard() {
    guard descriptor >= 0 else { return }
    close(descriptor)
    descriptor = -1
    if let temporary { unlink(temporary) }
  }

  private func copy() throws(POSIXError) {
    let target = open(path, O_WRONLY | O_CLOEXEC)
    guard target >= 0, lseek(descriptor, 0, SEEK_SET) == 0 else { throw .last }
    defer { close(target) }
    let size = 1 << 16
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      let count = read(descriptor, buffer.baseAddress, size)
      guard count > 0 else {
        if count == 0 { return }
        throw .last
      }
      var done = 0
      while done < count {
        let wrote = write(target, buffer.baseAddress! + done, count - done)
        if wrote >= 0 {
          done += wrote
        } else if errno != EINTR && errno != EAGAIN {
          throw .last
        }
      }
    }
  }

  /// What a chain of links ends at; it need not exist.
  private static func target(of path: String) throws(POSIXError) -> String {
    var path = path
    for _ in 0..<40 {
      var bytes = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
      let count = readlink(path, &bytes, Int(PATH_MAX))
      if count < 0 { return path }
      let link = String(decoding: bytes[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
      let parent = path.parentPath
      path = link.hasPrefix("/") || parent.isEmpty ? link : parent + "/" + link
    }
    throw POSIXError(POSIXErrorCode.ELOOP)
  }

  private static func newFile(
    beside path: String
  ) throws(POSIXError) -> (descriptor: Int32, name: String) {
    let (parent, start) = temporaryName(path)
    for _ in 0..<100 {
      let id = String(UInt64.random(in: .min ... .max), radix: 36)
      let name =
        parent + start + String(repeating: "0", count: idLength - id.utf8.count) + id + ending
      let flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
      let descriptor = open(name, flags, 0o666)
      if descriptor >= 0 {
        if isOurs(descriptor) { return (descriptor, name) }
        close(descriptor)
      } else if errno != EEXIST && errno != EINTR {
        break
      }
    }
    throw .last
  }

  /// Takes the lock of a new file, which another process may have taken for an abandoned one.
  private static func isOurs(_ descriptor: Int32) -> Bool {
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return errno != EWOULDBLOCK }
    var status = stat()
    return fstat(descriptor, &status) == 0 && status.st_nlink > 0
  }

  private static func deleteAbandoned(beside path: String) {
    let (parent, start) = temporaryName(path)
    guard let folder = opendir(parent.isEmpty ? "." : parent) else { return }
    defer { closedir(folder) }
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard isTemporary(name, startingWith: start) else { continue }
      let descriptor = open(parent + name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
      guard descriptor >= 0 else { continue }
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { unlink(parent + name) }
      close(descriptor)
    }
  }

  /// Whether a name is that of a temporary file that is to become `file`.
  package static func isTemporary(_ name: String, of file: String) -> Bool {
    isTemporary(name, startingWith: temporaryName(file).start)
  }

  private static func isTemporary(_ name: String, startingWith start: String) -> Bool {
    name.hasPrefix(start) && name.hasSuffix(ending)
      && name.utf8.count == start.utf8.count + idLength + ending.utf8.count
      && name.utf8.dropFirst(start.utf8.count).prefix(idLength).allSatisfy(isDigit)
  }

  private static let ending = ".tmp"
  /// Digits of a random number of 64 bits to the base 36.
  private static let idLength = 13

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
  }

  /// The folder of a file, and what the names of its temporary files begin with.
  private static func temporaryName(_ path: String) -> (parent: String, start: String) {
    let (parent, file) = (path.parentPath, (path as NSString).lastPathComponent)
    // A name may have 255 bytes.
    let start = String(decoding: file.utf8.prefix(200), as: UTF8.self)
    return (parent.isEmpty ? "" : parent == "/" ? "/" : parent + "/", ".\(start).")
  }
}

extension POSIXError {
  /// What the last call of the system was refused with.
  package static var last: POSIXError {
    POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
  }

  /// What the system says, such as "No space left on device".
  package var reason: String { String(cString: strerror(code.rawValue)) }
}
