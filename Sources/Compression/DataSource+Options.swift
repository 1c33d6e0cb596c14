import Exchange
import Foundation

extension DataSource {
  /// Options that change nothing in how a file or folder is read, known by its name.
  ///
  /// - Parameter hasLabels: Whether labels are read at all.
  package static func idleOptions(on path: String, hasLabels: Bool) -> Set<String> {
    var isFolder: ObjCBool = false
    let name = path.lowercased().replacing(".gz", with: "")
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
      var idle: Set = ["--header", "--images", "--ignore", "--inputs"]
      if hasLabels { idle.insert("--labels") }
      return idle
    }
    let ofImages: Set = ["--images", "--image-size", "--color"]
    let ofTables: Set = ["--header", "--ignore", "--inputs"]
    switch (name as NSString).pathExtension {
    case "csv", "tsv", "txt": return ofImages
    case "npz": return ofTables.union(["--image-size", "--color"])
    case "npy": return ofTables.union(ofImages)
    default: return name.contains("ubyte") ? ofTables.union(ofImages) : []
    }
  }

  /// Whether its inputs could stay in their files, and would take more than a quarter of the machine's
  /// memory.
  package var isLargerThanMemory: Bool {
    get throws {
      try LabelledSource.streamableBytes(of: self) ?? 0 > Double(MachineMemory.bytes) / 4
    }
  }

  /// Height and width, such as `28x28`; nil for anything else.
  package static func imageSize(_ text: String) -> [Int]? {
    let lengths = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    let size = lengths.compactMap { $0 }.filter { (1...16_384).contains($0) }
    return lengths.count == 2 && size.count == 2 ? size : nil
  }
}
