import Foundation
import Tensors

/// A folder that holds a folder of images for each class; or two such folders, `train` and `test`.
struct ImageFolder {
  let url: URL
  let source: DataSource

  init(_ url: URL, _ source: DataSource) { (self.url, self.source) = (url, source) }

  /// Names of folders that hold classes instead of being one.
  private static let trainingNames = ["train", "training"]
  private static let testNames = ["test", "testing", "val", "validation"]

  func read(classes: [String]?, path: String) throws -> LabelledReader.Result {
    let folders = try Self.folders(in: url)
    let training = folders.first { Self.trainingNames.contains($0.lastPathComponent.lowercased()) }
    guard let training else {
      let (data, files) = try part(url, classes, size: source.imageSize, color: source.color)
      return (data, nil, [(path, files)])
    }
    var (data, files) = try part(training, classes, size: source.imageSize, color: source.color)
    let tested = Self.testNames.lazy.compactMap { name in
      folders.first { $0.lastPathComponent.lowercased() == name }
    }.first
    guard let tested else { return (data, nil, [(path, files)]) }
    let color: ImageColor = data.shape[0] == 1 ? .grey : .rgb
    let test = try part(tested, data.classes, size: Array(data.shape.suffix(2)), color: color)
    files += test.files
    return (data, test.data, [(path, files)])
  }

  private func part(
    _ folder: URL,
    _ known: [String]?,
    size: [Int]?,
    color: ImageColor?
  ) throws -> (data: LabelledData, files: [URL]) {
    let folders = try Self.folders(in: folder)
    let names = folders.map(\.lastPathComponent)
    let classes = known ?? names
    var files: [(file: URL, label: Int)] = []
    for folder in folders {
      let images = try Self.images(in: folder)
      if images.isEmpty && known == nil {
        throw FileError(folder, "there is no .png or .jpg in it", "each folder must be a class")
      }
      guard let label = classes.firstIndex(of: folder.lastPathComponent) else {
        throw FileError(
          folder,
          "'\(folder.lastPathComponent)' is not one of the \(classes.count) classes",
          "name it as the training examples do"
        )
      }
      files += images.map { ($0, label) }
    }
    guard !files.isEmpty else {
      throw FileError(
        folder,
        "there are no folders of images in it",
        "make a folder for each class, with its .png or .jpg files"
      )
    }
    let headers = try files.map { try ImageFile.header(of: $0.file) }
    let colors = color ?? (headers.allSatisfy { $0.color == .grey } ? .grey : .rgb)
    let extent = size ?? Self.commonest(headers.map { [$0.height, $0.width] })
    let (inputs, remarks) = try pixels(
      files.map(\.file),
      headers.map { [$0.height, $0.width] },
      extent,
      colors
    )
    let data = LabelledData(
      inputs: inputs,
      labels: Tensor(files.map(\.label)),
      classes: classes,
      shape: [colors.channels] + extent,
      remarks: remarks
    )
    return (data, files.map(\.file))
  }

  private func pixels(
    _ files: [URL],
    _ sizes: [[Int]],
    _ extent: [Int],
    _ color: ImageColor
  ) throws -> (Tensor, remarks: [String]) {
    let numbers = color.channels * extent[0] * extent[1]
    guard files.count.multipliedReportingOverflow(by: numbers * 4).overflow == false,
      UInt64(files.count * numbers * 4) < ProcessInfo.processInfo.physicalMemory / 2
    else {
      throw FileError(
        url,
        "\(files.count) images of \(extent[0])x\(extent[1]) do not fit in memory",
        "bring them to a smaller size with --image-size"
      )
    }
    var resized = 0
    let rows = try zip(files, sizes).map { file, size -> Tensor in
      var image = try ImageFile.read(from: file, as: color)
      if size != extent {
        resized += 1
        image = Self.resized(image, to: extent)
      }
      return image.flattened()
    }
    let remarks =
      ["\(color.rawValue) images of \(extent[0])x\(extent[1])", "bytes divided by 255"]
      + (resized > 0 ? ["\(resized) of \(files.count) brought to that size"] : [])
    return (Tensor.stacked(rows).cast(to: .float32) / 255, remarks)
  }

  /// Means of what falls on a pixel where the image becomes smaller, bilinear where larger; rounded
  /// to bytes.
  private static func resized(_ image: Tensor, to extent: [Int]) -> Tensor {
    let one = image.insertingAxis(0).cast(to: .float32)
    let shrinks = image.shape[1] >= extent[0] && image.shape[2] >= extent[1]
    let result =
      shrinks
      ? one.averagePooled(to: extent) : one.resized2D(toHeight: extent[0], width: extent[1])
    return (result.removingAxis(0) + 0.5).clamped(min: 0, max: 255).cast(to: .uint8)
  }

  /// The size that most images have; of equals the smaller.
  private static func commonest(_ sizes: [[Int]]) -> [Int] {
    let counts = Dictionary(sizes.map { ($0, 1) }, uniquingKeysWith: +)
    return counts.max { ($0.value, $1.key[0] * $1.key[1]) < ($1.value, $0.key[0] * $0.key[1]) }!.key
  }

  private static func folders(in url: URL) throws -> [URL] {
    try content(of: url).filter(\.hasDirectoryPath)
  }

  private static func images(in url: URL) throws -> [URL] {
    try content(of: url).filter { !$0.hasDirectoryPath && ImageFile.isImage($0) }
  }

  /// What is not hidden, in alphabetical order; folders have a path that says so.
  private static func content(of url: URL) throws -> [URL] {
    do {
      return try FileManager.default.contentsOfDirectory(
        at: url,
        includingPropertiesForKeys: [.isDirectoryKey],
        options: [.skipsHiddenFiles]
      ).sorted { $0.lastPathComponent < $1.lastPathComponent }
    } catch {
      throw FileError(url, "this folder may not be looked into", "check its permissions")
    }
  }
}
