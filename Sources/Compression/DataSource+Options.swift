import Exchange
import Foundation

extension DataSource {
  /// Options that change nothing in how the examples, and those of the test, are read, known by the
  /// names of their files.
  package var idleOptions: Set<String> {
    let hasLabels = targets != TargetKind.none
    let all = [path, testPath].compactMap { $0 }
      .map { Self.idleOptions(on: $0, hasLabels: hasLabels) }
    return all.dropFirst().reduce(all[0]) { $0.intersection($1) }
  }

  private static func idleOptions(on path: String, hasLabels: Bool) -> Set<String> {
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

  /// Refuses names of classes that are not different names.
  ///
  /// - Parameter name: How the option is called where it was given.
  /// - Throws: `RunError` in one sentence.
  package func check(naming name: (String) -> String) throws {
    guard let classes,
      classes.count < 2 || Set(classes).count < classes.count || classes.contains("")
    else { return }
    throw RunError(
      "\(name("classes")) \(classes.joined(separator: ",")): write different names, such as cat,dog,fox"
    )
  }

  /// Takes the labels from where a user says that they are: nil for where they usually are, `none` where
  /// there are none.
  package mutating func takeLabels(_ said: String?) {
    guard said == "none" else {
      labels = said
      return
    }
    (labels, targets) = (nil, TargetKind.none)
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
