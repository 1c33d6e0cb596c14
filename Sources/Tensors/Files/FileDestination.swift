import Foundation

/// Where a file is written: a temporary file beside its place, which takes the place's name when it
/// is complete.
///
/// A symbolic link is followed, so that what it points to is replaced and the link stays. Devices
/// and pipes are never replaced: the bytes gather in an unnamed file and are copied into them at the
/// end. The temporary file has a random name and is new, so that nothing another program planted
/// under a name that can be guessed is written through.
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
      guard fsync(descriptor) == 0 else { throw .last }
      let closed = close(descriptor)
      descriptor = -1
      guard closed == 0, rename(temporary, path) == 0 else { throw .last }
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
      let parent = (path as NSString).deletingLastPathComponent
      path = link.hasPrefix("/") || parent.isEmpty ? link : parent + "/" + link
    }
    throw POSIXError(POSIXErrorCode.ELOOP)
  }

  private static func newFile(
    beside path: String
  ) throws(POSIXError) -> (descriptor: Int32, name: String) {
    let path = path as NSString
    let (parent, file) = (path.deletingLastPathComponent, path.lastPathComponent)
    // A name may have 255 bytes.
    let start = String(decoding: file.utf8.prefix(200), as: UTF8.self)
    for _ in 0..<100 {
      let id = String(UInt64.random(in: .min ... .max), radix: 36)
      let name = (parent.isEmpty ? "" : parent + "/") + ".\(start).\(id).tmp"
      let flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
      let descriptor = open(name, flags, 0o666)
      if descriptor >= 0 { return (descriptor, name) }
      guard errno == EEXIST || errno == EINTR else { break }
    }
    throw .last
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
