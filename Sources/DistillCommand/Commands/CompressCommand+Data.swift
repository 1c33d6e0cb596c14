import ArgumentParser
import Foundation

extension CompressCommand {
  /// Options that change nothing in how a file or folder is read, known by its name.
  func idle(on path: String) -> Set<String> {
    var isFolder: ObjCBool = false
    let name = path.lowercased().replacing(".gz", with: "")
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
      var idle: Set = ["--header", "--images", "--ignore", "--inputs"]
      if labels != "none" { idle.insert("--labels") }
      return idle
    }
    let ofImages: Set = ["--images", "--image-size", "--color"]
    let ofTables: Set = ["--header", "--ignore", "--inputs"]
    switch (name as NSString).pathExtension {
    case "csv", "tsv", "txt": return ofImages
    case "npz": return ofTables.union(["--image-size", "--color"])
    case "npy": return ofTables.union(ofImages)
    default:
      return name.contains("ubyte") ? ofTables.union(ofImages) : []
    }
  }

  static func list(_ text: String) -> [String] {
    text.split(separator: ",", omittingEmptySubsequences: false)
      .map { $0.trimmingCharacters(in: .whitespaces) }
  }

  static func size(_ text: String) -> [Int]? {
    let lengths = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    let size = lengths.compactMap { $0 }.filter { (1...16_384).contains($0) }
    return lengths.count == 2 && size.count == 2 ? size : nil
  }
}

/// What models say of an example.
enum CompressionTask: String, CaseIterable, ExpressibleByArgument {
  case classes, regression
}
