import CZlib
import Foundation

/// The directory of a zip archive, checked before anything is believed: every record lies in the
/// file, every member before the directory, and no two members share bytes.
struct ZipArchive {
  struct Member {
    var name: String
    var method: Zip.Method
    var checksum: UInt32
    var packedSize: Int
    var size: Int
    var offset: Int
  }

  let members: [Member]
  private let file: OpenFile

  /// - Parameter writer: What writes such archives, for advice.
  init(_ url: URL, writer: String = "numpy.savez") throws {
    try self.init(OpenFile(url), writer: writer)
  }

  private init(_ file: OpenFile, writer: String) throws {
    self.file = file
    let url = file.url
    let end = try Self.directory(of: file, writer)
    let directory = try FileBytes(file, end.range).header(end.range.count, "the directory")
    var reader = LittleEndianReader(directory)
    var members: [Member] = []
    for number in 0..<end.count {
      guard let member = try Self.member(&reader, url, writer) else {
        throw Self.damaged(url, at: end.range.upperBound - reader.count, "entry \(number + 1)")
      }
      members.append(member)
    }
    guard reader.count == 0 else {
      throw Self.damaged(url, at: end.range.upperBound - reader.count, "the number of entries")
    }
    guard Set(members.map(\.name)).count == members.count else {
      throw FileError(url, "two members of the archive have the same name", FileError.fetchAgain)
    }
    // Members that overlap let a small file stand for an enormous one (Fifield, *A better zip
    // bomb*, 2019).
    var free = 0
    for member in members.sorted(by: { $0.offset < $1.offset }) {
      let (memberEnd, overflows) = (member.offset + 30).addingReportingOverflow(member.packedSize)
      guard member.offset >= free, !overflows, memberEnd <= end.range.lowerBound else {
        throw FileError(
          url,
          at: .member(member.name),
          "its bytes lie outside the archive or inside another member",
          "the file is damaged or hostile: do not use it"
        )
      }
      free = memberEnd
    }
    self.members = members
  }

  /// The archive that a member is, whose own sums are held against its bytes when they are read.
  func archive(in member: Member, writer: String) throws -> ZipArchive {
    try ZipArchive(OpenFile(range(of: member), of: file), writer: writer)
  }

  /// The unpacked bytes of a member.
  func bytes(of member: Member) throws -> any ByteSource {
    let packed = FileBytes(file, try range(of: member))
    let bytes: any ByteSource =
      switch member.method {
      case .stored: packed
      case .deflated: try InflatedBytes(packed, .none)
      }
    return CheckedBytes(bytes, size: member.size, checksum: member.checksum)
  }

  /// Where the packed bytes of a member lie.
  private func range(of member: Member) throws -> Range<Int> {
    let header = try FileBytes(file, member.offset..<member.offset + 30).header(30, "a member")
    var reader = LittleEndianReader(header)
    guard reader.next(UInt32.self) == Zip.localHeader, reader.take(22) != nil,
      let nameLength = reader.length(UInt16.self), let extraLength = reader.length(UInt16.self),
      case let start = member.offset + 30 + nameLength + extraLength,
      start + member.packedSize <= file.size
    else { throw Self.damaged(file.url, at: member.offset, "a member's own header") }
    return start..<start + member.packedSize
  }

  private static func damaged(_ url: URL, at offset: Int, _ what: String) -> FileError {
    FileError(url, at: .byte(offset), "\(what) is damaged", FileError.fetchAgain)
  }

  /// Where the directory lies and how many entries it has.
  private static func directory(
    of file: OpenFile,
    _ writer: String
  ) throws -> (range: Range<Int>, count: Int) {
    // The last record is 22 bytes and a comment of at most 65,535.
    let start = max(0, file.size - 22 - 0xffff)
    let tail = try FileBytes(file, start..<file.size).header(file.size - start, "the archive")
    for at in stride(from: tail.count - 22, through: 0, by: -1) where tail[at] == 0x50 {
      var reader = LittleEndianReader(tail[at...])
      guard reader.next(UInt32.self) == Zip.directoryEnd, reader.next(UInt32.self) == 0,
        reader.next(UInt16.self) != nil, var count = reader.length(UInt16.self),
        var size = reader.length(UInt32.self), var offset = reader.length(UInt32.self),
        let comment = reader.length(UInt16.self), comment == reader.count
      else { continue }
      var end = start + at
      if let wide = try directory64(of: file, before: end) {
        (count, size, offset, end) = wide
      }
      // An entry takes at least 46 bytes.
      guard size <= end, offset == end - size, count <= size / 46 else {
        throw damaged(file.url, at: start + at, "the record of the archive's directory")
      }
      return (offset..<end, count)
    }
    throw FileError(
      file.url,
      "this is not a complete zip archive: its directory is missing",
      "give a file written by \(writer), or fetch it again"
    )
  }

  /// The same from the records of large archives, if there are any.
  private static func directory64(
    of file: OpenFile,
    before end: Int
  ) throws -> (count: Int, size: Int, offset: Int, end: Int)? {
    guard end >= 20 else { return nil }
    let locator = try FileBytes(file, end - 20..<end).header(20, "the archive")
    var reader = LittleEndianReader(locator)
    guard reader.next(UInt32.self) == Zip.directoryEnd64Locator else { return nil }
    guard reader.next(UInt32.self) == 0, let at = reader.length(UInt64.self),
      at <= end - 20 - 56
    else { throw damaged(file.url, at: end - 20, "the record of the archive's directory") }
    let record = try FileBytes(file, at..<at + 56).header(56, "the archive")
    reader = LittleEndianReader(record)
    guard reader.next(UInt32.self) == Zip.directoryEnd64, reader.take(20) != nil,
      reader.take(8) != nil, let count = reader.length(UInt64.self),
      let size = reader.length(UInt64.self), let offset = reader.length(UInt64.self)
    else { throw damaged(file.url, at: at, "the record of the archive's directory") }
    return (count, size, offset, at)
  }

  /// The next entry of the directory; nil when it is damaged.
  private static func member(
    _ reader: inout LittleEndianReader,
    _ url: URL,
    _ writer: String
  ) throws -> Member? {
    guard reader.next(UInt32.self) == Zip.directoryEntry, reader.take(4) != nil,
      let flags = reader.next(UInt16.self), let method = reader.next(UInt16.self),
      reader.take(4) != nil, let checksum = reader.next(UInt32.self),
      let packed = reader.next(UInt32.self), let size = reader.next(UInt32.self),
      let nameLength = reader.length(UInt16.self), let extraLength = reader.length(UInt16.self),
      let commentLength = reader.length(UInt16.self), reader.take(8) != nil,
      let offset = reader.next(UInt32.self), let nameBytes = reader.take(nameLength),
      let extra = reader.take(extraLength), reader.take(commentLength) != nil
    else { return nil }
    guard let name = String(validating: nameBytes, as: UTF8.self) else {
      throw FileError(url, "a member's name is not UTF-8", "name the members in UTF-8 or ASCII")
    }
    guard flags & 1 == 0, let method = Zip.Method(rawValue: method) else {
      throw FileError(
        url,
        at: .member(name),
        flags & 1 == 0 ? "compression method \(method) is not known here" : "it is encrypted",
        "write it with \(writer)"
      )
    }
    var wide = LittleEndianReader(extra64(in: extra))
    func length(_ short: UInt32) -> Int? {
      short == Zip.see64 ? wide.length(UInt64.self) : Int(short)
    }
    guard let size = length(size), let packed = length(packed), let offset = length(offset),
      packed < Int.max / 2, offset < Int.max / 2
    else { return nil }
    return Member(
      name: name,
      method: method,
      checksum: checksum,
      packedSize: packed,
      size: size,
      offset: offset
    )
  }

  private static func extra64(in extra: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var reader = LittleEndianReader(extra)
    while let kind = reader.next(UInt16.self), let length = reader.length(UInt16.self),
      let field = reader.take(length)
    {
      if kind == Zip.extra64 { return field }
    }
    return []
  }
}
