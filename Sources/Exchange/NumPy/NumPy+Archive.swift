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
    try arrays(of: url, only: names, array)
  }

  /// What the arrays of a `.npz` file are like, whose elements are never all in memory.
  ///
  /// - Throws: ``FileError`` as ``readArchive(from:only:)``.
  public static func summaries(of url: URL) throws -> [String: ArraySummary] {
    try arrays(of: url, only: nil, summary)
  }

  private static func arrays<Form>(
    of url: URL,
    only names: Set<String>?,
    _ read: (any ByteSource) throws -> Form
  ) throws -> [String: Form] {
    let archive = try ZipArchive(url)
    let found = Dictionary(
      uniqueKeysWithValues: archive.members
        .filter { $0.name.hasSuffix(".npy") }
        .map { (String($0.name.dropLast(4)), $0) }
    )
    let listed = found.keys.sorted().joined(separator: ", ")
    guard !found.isEmpty || archive.members.isEmpty else {
      throw FileError(
        url,
        "the archive holds no NumPy array, but \(shown(archive.members[0].name.utf8))",
        "give a file written by numpy.savez"
      )
    }
    if let missing = names?.sorted().first(where: { found[$0] == nil }) {
      throw FileError(
        url,
        "there is no array named \(shown(missing.utf8))",
        "choose from: \(listed)"
      )
    }
    var arrays: [String: Form] = [:]
    for (name, member) in found where names?.contains(name) ?? true {
      do {
        arrays[name] = try read(archive.bytes(of: member))
      } catch let error as FileError {
        throw error.inside(member: member.name, of: url)
      }
    }
    return arrays
  }

  /// Every array of a `.npz` file by name, or why it cannot be read, such as an array of text.
  ///
  /// - Throws: ``FileError`` when the file is missing, damaged as a whole or not an archive.
  public static func readMembers(from url: URL) throws -> [String: Result<Tensor, FileError>] {
    let archive = try ZipArchive(url)
    var members: [String: Result<Tensor, FileError>] = [:]
    for member in archive.members where member.name.hasSuffix(".npy") {
      members[String(member.name.dropLast(4))] = Result {
        () throws(FileError) -> Tensor in
        do {
          return try array(in: archive.bytes(of: member))
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
