import Foundation

/// What a folder holds, as a folder of images is asked: other folders, and files.
/// Links count as what they lead to; what is hidden does not count.
struct FolderContent {
  /// In alphabetical order.
  private(set) var folders: [URL] = []
  private(set) var files: [URL] = []

  var images: [URL] { files.filter(ImageFile.isImage) }

  /// How many files that are no images there are of each ending.
  var others: [String: Int] {
    let endings = files.filter { !ImageFile.isImage($0) }.map { $0.pathExtension.lowercased() }
    return Dictionary(endings.map { ($0, 1) }, uniquingKeysWith: +)
  }

  init(of url: URL) throws {
    for name in try namesInFolder(url) where !name.hasPrefix(".") {
      let item = url.appendingPathComponent(name)
      var isFolder: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: item.path, isDirectory: &isFolder)
      if isFolder.boolValue { folders.append(item) } else { files.append(item) }
    }
  }
}

/// What was found beside the images that are read.
struct LeftOut {
  private var folders = 0
  private var images = 0
  private var others: [String: Int] = [:]

  /// In a folder of folders of classes.
  mutating func add(beside content: FolderContent) {
    images += content.images.count
    others.merge(content.others, uniquingKeysWith: +)
  }

  /// In the folder of a class.
  mutating func add(inside content: FolderContent) {
    folders += content.folders.count
    others.merge(content.others, uniquingKeysWith: +)
  }

  /// With counts, for people; nil for nothing.
  var remark: String? {
    func count(_ number: Int, _ one: String, _ place: String) -> [String] {
      number == 0 ? [] : ["\(number) \(one)\(number == 1 ? "" : "s") \(place)"]
    }
    let files = others.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { ending, number in
      ending.isEmpty ? "\(number) without an ending" : "\(number) .\(ending)"
    }
    let parts =
      count(folders, "folder", "inside those of classes")
      + count(images, "image", "beside the folders of classes") + files
    return parts.isEmpty ? nil : "left out: " + parts.joined(separator: " and ")
  }
}
