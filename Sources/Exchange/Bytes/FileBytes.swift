import Foundation

/// A file open for reading, or a part of one.
final class OpenFile {
  let url: URL
  let size: Int
  /// Where the part begins.
  private let start: Int
  /// What may be kept in memory of what the file holds.
  let bound: MemoryBound
  private let descriptor: Int32
  /// What it was when it was opened.
  private let stamp: FileStamp

  init(_ url: URL) throws {
    self.url = url
    guard url.isFileURL else {
      throw FileError(url, "this is not a file on this machine", "fetch it first")
    }
    descriptor = open(url.path, O_RDONLY | O_NONBLOCK)
    guard descriptor >= 0 else {
      let reason = errno
      throw FileError(
        url,
        reason == ENOENT ? "there is no such file" : String(cString: strerror(reason)),
        "check the path"
      )
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw FileError(url, "this is not a regular file", "give the path of a file")
    }
    size = Int(status.st_size)
    start = 0
    stamp = FileStamp(status)
    bound = MemoryBound(url, fileBytes: size)
  }

  /// A part of a file, as if it were one.
  ///
  /// - Throws: ``FileError`` when the system has no more files for this process.
  init(_ range: Range<Int>, of whole: OpenFile) throws {
    url = whole.url
    size = range.count
    start = whole.start + range.lowerBound
    stamp = whole.stamp
    bound = whole.bound
    descriptor = dup(whole.descriptor)
    guard descriptor >= 0 else {
      throw FileError(url, String(cString: strerror(errno)), "close other files")
    }
  }

  deinit { close(descriptor) }

  /// - Throws: ``FileError`` when somebody has written into it since it was opened.
  func requireUnchanged() throws {
    var status = stat()
    guard fstat(descriptor, &status) == 0, FileStamp(status) == stamp else { throw wasChanged }
  }

  var wasChanged: FileError {
    FileError(
      url,
      "it was changed while it was read",
      "begin again with data that stay as they are"
    )
  }

  /// Fills `buffer` from `offset` on; fewer bytes only at the end of the file.
  func read(into whole: UnsafeMutableRawBufferPointer, at offset: Int) throws -> Int {
    let buffer = UnsafeMutableRawBufferPointer(
      rebasing: whole.prefix(Swift.max(0, Swift.min(whole.count, size - offset)))
    )
    var done = 0
    while done < buffer.count {
      // Linux moves at most 2 GiB at once.
      let wanted = min(buffer.count - done, 1 << 30)
      let got = pread(descriptor, buffer.baseAddress! + done, wanted, off_t(start + offset + done))
      if got < 0 {
        if errno == EINTR { continue }
        throw FileError(
          url,
          at: .byte(offset + done),
          String(cString: strerror(errno)),
          "check the disk"
        )
      }
      if got == 0 { break }
      done += got
    }
    return done
  }
}

/// What a file has on the disk, by which changes are noticed.
struct FileStamp: Equatable {
  private let size: Int64
  private let seconds: Int
  private let nanoseconds: Int

  init(_ status: stat) {
    size = Int64(status.st_size)
    #if canImport(Darwin)
      let time = status.st_mtimespec
    #else
      let time = status.st_mtim
    #endif
    (seconds, nanoseconds) = (Int(time.tv_sec), Int(time.tv_nsec))
  }

  /// Of what is at a path; nil where nothing is.
  init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    self.init(status)
  }
}

/// The bytes of a file, or of a part of it.
final class FileBytes: ByteSource {
  private let file: OpenFile
  private let range: Range<Int>
  private var offset: Int

  init(_ file: OpenFile, _ range: Range<Int>? = nil) {
    self.file = file
    self.range = range ?? 0..<file.size
    offset = self.range.lowerBound
  }

  var url: URL { file.url }
  var bound: MemoryBound { file.bound }
  var position: Int { offset - range.lowerBound }
  var greatestRemaining: Int { range.upperBound - offset }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    let part = UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(greatestRemaining))
    let got = try file.read(into: part, at: offset)
    offset += got
    return got
  }

  /// Goes on behind `count` bytes, of which that many follow.
  func skip(_ count: Int) { offset += count }

  /// A file's bytes, inflated when the file is compressed with gzip.
  static func opening(_ url: URL) throws -> any ByteSource {
    let file = try OpenFile(url)
    let head = try FileBytes(file, 0..<min(2, file.size)).header(min(2, file.size), "the file")
    let plain = FileBytes(file)
    return head == [0x1f, 0x8b] ? try InflatedBytes(plain, .gzip) : plain
  }
}
