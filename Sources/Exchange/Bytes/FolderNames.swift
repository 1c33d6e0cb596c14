import Foundation

/// The names in a folder, in alphabetical order.
///
/// - Throws: ``FileError`` when it may not be looked into, or when a name is not UTF-8: no path leads
///   to such a file.
package func namesInFolder(_ folder: URL) throws -> [String] {
  let names: [String]
  do {
    names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
  } catch {
    throw FileError(folder, "this folder may not be looked into", "check its permissions")
  }
  // Bytes that are no text have become replacement characters.
  let strange = names.first { name in
    var status = stat()
    return name.unicodeScalars.contains("\u{FFFD}")
      && lstat(folder.appendingPathComponent(name).path, &status) != 0
  }
  if let strange {
    throw FileError(folder, "the name of '\(strange)' in it is not UTF-8", "rename it")
  }
  return names.sorted()
}
