import Foundation
import Tensors

extension NumPy {
  /// The arrays of a `.npz` file by name: a zip archive of `.npy` files, stored or deflated.
  ///
  /// Checksums are checked. Members that are not named `.npy` are left alone.
  ///
  /// - Parameters:
  ///   - url: The archive.
  ///   - names: The arrays wanted. The default is all of them.
  /// - Throws: ``FileError`` when the file is missing, damaged, not an archive, lacks one of the
  ///   `names`, or holds no array although it holds something else.
  public static func readArchive(
    from url: URL,
    only names: Set<String>? = nil
  ) throws -> [String: Tensor] {
    let archive = try ZipArchive(url)
    try requireArrays(in: archive, url)
    let found = members(of: archive, url, only: names, array)
    if let missing = names?.sorted().first(where: { found[$0] == nil }) {
      let listed = arrayNames(in: archive).sorted().joined(separator: ", ")
      throw FileError(
        url,
        "there is no array named \(shown(missing.utf8))",
        "choose from: \(listed)"
      )
    }
    return try found.mapValues { try $0.get() }
  }

  /// What every array of a `.npz` file is like, whose elements are never all in memory, or why it cannot
  /// be read, such as an array of text.
  ///
  /// - Throws: ``FileError`` when the file is missing, damaged as a whole, or holds no array although it
  ///   holds something else.
  public static func summaries(of url: URL) throws -> [String: Result<ArraySummary, FileError>] {
    let archive = try ZipArchive(url)
    try requireArrays(in: archive, url)
    return members(of: archive, url, only: nil, summary)
  }

  private static func arrayNames(in archive: ZipArchive) -> [String] {
    archive.members.map(\.name).filter { $0.hasSuffix(".npy") }.map { String($0.dropLast(4)) }
  }

  private static func requireArrays(in archive: ZipArchive, _ url: URL) throws {
    guard let first = archive.members.first, arrayNames(in: archive).isEmpty else { return }
    throw FileError(
      url,
      "the archive holds no NumPy array, but \(shown(first.name.utf8))",
      "give a file written by numpy.savez"
    )
  }

  /// Every array of a `.npz` file by name, or why it cannot be read, such as an array of text.
  ///
  /// - Throws: ``FileError`` when the file is missing, damaged as a whole or not an archive.
  public static func readMembers(from url: URL) throws -> [String: Result<Tensor, FileError>] {
    members(of: try ZipArchive(url), url, only: nil, array)
  }

  private static func members<Form>(
    of archive: ZipArchive,
    _ url: URL,
    only names: Set<String>?,
    _ read: (any ByteSource) throws -> Form
  ) -> [String: Result<Form, FileError>] {
    var members: [String: Result<Form, FileError>] = [:]
    for member in archive.members where member.name.hasSuffix(".npy") {
      let name = String(member.name.dropLast(4))
      guard names?.contains(name) ?? true else { continue }
      members[name] = Result {
        () throws(FileError) -> Form in
        do {
          return try read(archive.bytes(of: member))
        } catch let error as FileError {
          throw error.inside(member: member.name, of: url)
        } catch {
          throw FileError(url, at: .member(member.name), "\(error)", FileError.fetchAgain)
        }
      }
    }
    return members
  }

  /// Writes arrays by name to a `.npz` file, in the order of their names.
  ///
  /// - Parameters:
  ///   - compressed: Whether to deflate. The default is not to, like `numpy.savez`: weights hardly
  ///     shrink.
  /// - Throws: ``FileError`` when NumPy does not have an element type (bfloat16) or the file cannot
  ///   be written.
  public static func writeArchive(
    _ arrays: [String: Tensor],
    to url: URL,
    compressed: Bool = false
  ) throws {
    try NewFile.write(to: url) { file in
      let archive = ZipWriter(file, compressed: compressed)
      for (name, tensor) in arrays.sorted(by: { $0.key < $1.key }) {
        let header = try header(of: tensor, in: url)
        try archive.addMember(named: name + ".npy") { append in
          try header.withUnsafeBytes(append)
          try tensor.withUnsafeBytes(append)
        }
      }
      try archive.finish()
    }
  }
}
