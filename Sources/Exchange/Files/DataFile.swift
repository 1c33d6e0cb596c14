import Foundation

/// A file of a data set, known by its content.
package struct DataFile: Codable, Equatable {
  package var name: String
  package var bytes: Int
  package var sha256: String

  /// - Throws: `RunError` when the file cannot be read.
  package init(_ file: URL) throws {
    name = file.lastPathComponent
    sha256 = try SHA256.hash(of: file)
    let attributes = try? FileManager.default.attributesOfItem(atPath: file.path)
    bytes = (attributes?[.size] as? NSNumber)?.intValue ?? 0
  }
}
