import Foundation
import Tensors

/// A zip archive whose members are stored as they are, for readers of models.
package struct StoredArchive {
  package let url: URL
  private let archive: ZipArchive
  private let members: [String: ZipArchive.Member]

  /// - Parameters:
  ///   - writer: What writes such archives, for advice.
  ///   - mayBePacked: Whether members may be compressed.
  /// - Throws: ``FileError`` when the file is missing, damaged, no archive, or has members that are
  ///   compressed.
  package init(_ url: URL, writer: String, mayBePacked: Bool = false) throws {
    try self.init(ZipArchive(url, writer: writer), url, writer, mayBePacked)
  }

  private init(_ archive: ZipArchive, _ url: URL, _ writer: String, _ mayBePacked: Bool) throws {
    self.url = url
    self.archive = archive
    members = Dictionary(uniqueKeysWithValues: archive.members.map { ($0.name, $0) })
    if !mayBePacked, let packed = archive.members.first(where: { $0.method != .stored }) {
      throw FileError(
        url,
        at: .member(packed.name),
        "it is compressed, which such archives never are",
        "write it with \(writer)"
      )
    }
  }

  /// The members' names in their order.
  package var names: [String] { archive.members.map(\.name) }

  /// The bytes that a member has; nil when there is none of that name.
  package func size(of name: String) -> Int? { members[name]?.size }

  /// The bytes of a member; nil when there is none of that name.
  ///
  /// - Throws: ``FileError`` when they are damaged.
  package func bytes(of name: String) throws -> Data? {
    try numbers(in: name, .uint8).map { tensor in tensor.withUnsafeBytes { Data($0) } }
  }

  /// The archive that a member is; nil when there is none of that name.
  ///
  /// - Throws: ``FileError`` when it is damaged, no archive, or has members that are compressed.
  package func archive(in name: String, writer: String) throws -> StoredArchive? {
    guard let member = members[name] else { return nil }
    do {
      return try StoredArchive(archive.archive(in: member, writer: writer), url, writer, false)
    } catch let error as FileError {
      throw error.inside(member: name, of: url)
    }
  }

  /// The bytes of a member as little-endian numbers of a type, `[count]`; nil when there is none of
  /// that name.
  ///
  /// - Throws: ``FileError`` when they are damaged, or no whole number of elements.
  package func numbers(in name: String, _ type: ElementType) throws -> Tensor? {
    guard let member = members[name] else { return nil }
    guard member.size % type.byteCount == 0 else {
      throw FileError(
        url,
        at: .member(name),
        "its \(member.size) bytes are no whole number of \(type) numbers",
        FileError.fetchAgain
      )
    }
    do {
      let bytes = try archive.bytes(of: member)
      let shape = [member.size / type.byteCount]
      let numbers = try bytes.elements(shape, type, isBigEndian: false)
      try bytes.requireEnd()
      return numbers
    } catch let error as FileError {
      throw error.inside(member: name, of: url)
    }
  }

  /// Writes the archive anew with other bytes in some members, and with further ones, all stored as they
  /// are.
  ///
  /// - Throws: ``FileError`` when the archive is damaged, or the other cannot be written.
  package func write(to url: URL, replacing changed: [String: Tensor]) throws {
    try NewFile.write(to: url) { file in
      let writer = ZipWriter(file, compressed: false)
      for name in names + changed.keys.filter({ members[$0] == nil }).sorted() {
        let bytes = try changed[name] ?? numbers(in: name, .uint8)!
        try writer.addMember(named: name) { append in try bytes.withUnsafeBytes(append) }
      }
      try writer.finish()
    }
  }
}
