import Foundation
import Tensors

/// A folder that holds a folder of images for each class; or two such folders, `train` and `test`.
struct ImageFolder {
  let path: String
  let source: DataSource

  init(_ path: String, _ source: DataSource) { (self.path, self.source) = (path, source) }

  private var reading: ImageReading { source.imageReading ?? .stored }

  /// Names of folders that hold classes instead of being one.
  private static let trainingNames = ["train", "training"]
  private static let testNames = ["test", "testing", "val", "validation"]

  func read(classes: [String]?) throws -> LabelledReader.Result {
    let root = try FolderContent(of: URL(fileURLWithPath: path))
    func named(_ names: [String]) -> URL? {
      names.lazy.compactMap { name in
        root.folders.first { $0.lastPathComponent.lowercased() == name }
      }.first
    }
    guard let main = named(Self.trainingNames) else {
      let url = URL(fileURLWithPath: path)
      return (try part(url, classes, size: source.imageSize, color: source.color), nil, [path])
    }
    let tested = named(Self.testNames)
    var training = try part(main, classes, size: source.imageSize, color: source.color)
    let unused = root.folders.map(\.lastPathComponent).filter {
      $0 != main.lastPathComponent && $0 != tested?.lastPathComponent
    }
    if !unused.isEmpty {
      training.remarks.append(
        "left out: the folder" + (unused.count == 1 ? " " : "s ")
          + unused.prefix(5).map { "'\($0)'" }.joined(separator: ", ")
          + (unused.count > 5 ? ", … (\(unused.count))" : "")
      )
    }
    guard let tested else { return (training, nil, [path]) }
    let color: ImageColor = training.shape[0] == 1 ? .grey : .rgb
    let size = Array(training.shape.suffix(2))
    return (training, try part(tested, training.classes, size: size, color: color), [path])
  }

  /// All images in the folder and in those in it, whatever these are called.
  func readUnlabelled() throws -> LabelledReader.Result {
    let root = try FolderContent(of: URL(fileURLWithPath: path))
    let files = try root.images + root.folders.flatMap { try FolderContent(of: $0).images }
    guard !files.isEmpty else {
      throw FileError(
        URL(fileURLWithPath: path),
        "there are no .png or .jpg in it, nor in the folders in it",
        "give a folder of images"
      )
    }
    let labelled = files.map { (file: $0, label: 0) }
    return (try data(of: labelled, ["0"], source.imageSize, source.color, LeftOut()), nil, [path])
  }

  private func part(
    _ folder: URL,
    _ known: [String]?,
    size: [Int]?,
    color: ImageColor?
  ) throws -> LabelledData {
    let content = try FolderContent(of: folder)
    let names = content.folders.map(\.lastPathComponent)
    let classes = known ?? names
    var files: [(file: URL, label: Int)] = []
    var leftOut = LeftOut()
    leftOut.add(beside: content)
    for folder in content.folders {
      let own = try FolderContent(of: folder)
      leftOut.add(inside: own)
      if own.images.isEmpty && known == nil {
        throw FileError(
          folder,
          "there is no .png or .jpg in it" + (leftOut.remark.map { " (\($0))" } ?? ""),
          "each folder must be a class"
        )
      }
      guard let label = classes.firstIndex(of: folder.lastPathComponent) else {
        throw FileError(
          folder,
          "'\(folder.lastPathComponent)' is not one of the \(classes.count) classes",
          "name it as the training examples do"
        )
      }
      files += own.images.map { ($0, label) }
    }
    guard !files.isEmpty else {
      throw FileError(
        folder,
        "there are no folders of images in it",
        "make a folder for each class, with its .png or .jpg files"
      )
    }
    return try data(of: files, classes, size, color, leftOut)
  }

  private func data(
    of files: [(file: URL, label: Int)],
    _ classes: [String],
    _ size: [Int]?,
    _ color: ImageColor?,
    _ leftOut: LeftOut
  ) throws -> LabelledData {
    let (extent, colors) = try form(files.map(\.file), size, color)
    if source.streams == true {
      let url = URL(fileURLWithPath: path)
      let rows = try ImageRows(files.map(\.file), extent, colors, reading)
      let inputs = try StreamedInputs(rows, areBytes: true, divisor: source.divisor, url)
      let form = "\(colors.rawValue) images of \(extent[0])x\(extent[1])"
      return LabelledData(
        .streamed(inputs),
        labels: Tensor(files.map(\.label)),
        classes: classes,
        shape: inputs.shape,
        divisor: inputs.divisor,
        remarks: [form] + (leftOut.remark.map { [$0] } ?? []) + inputs.remarks
      )
    }
    let (inputs, remarks) = try pixels(files.map(\.file), extent, colors)
    let division = InputDivision(of: inputs, areBytes: true, asked: source.divisor)
    return LabelledData(
      inputs: division.apply(to: inputs),
      labels: Tensor(files.map(\.label)),
      classes: classes,
      shape: [colors.channels] + extent,
      divisor: division.divisor,
      remarks: remarks + (leftOut.remark.map { [$0] } ?? []) + [division.remark]
    )
  }

  /// The size that most images have, and grey where all are; unless that was said.
  private func form(
    _ files: [URL],
    _ size: [Int]?,
    _ color: ImageColor?
  ) throws -> (extent: [Int], color: ImageColor) {
    if let size, let color { return (size, color) }
    let headers = try files.map { try ImageFile.header(of: $0, reading) }
    return (
      size ?? Self.commonest(headers.map { [$0.height, $0.width] }),
      color ?? (headers.allSatisfy { $0.color == .grey } ? .grey : .rgb)
    )
  }

  private func pixels(
    _ files: [URL],
    _ extent: [Int],
    _ color: ImageColor
  ) throws -> (Tensor, remarks: [String]) {
    let numbers = color.channels * extent[0] * extent[1]
    guard files.count.multipliedReportingOverflow(by: numbers * 4).overflow == false,
      files.count * numbers * 4 < MachineMemory.bytes / 2
    else {
      throw FileError(
        URL(fileURLWithPath: path),
        "\(files.count) images of \(extent[0])x\(extent[1]) do not fit in memory",
        "stream them with --stream, or bring them to a smaller size with --image-size"
      )
    }
    var resized = 0
    let rows = try files.map { file -> Tensor in
      var image = try ImageFile.read(from: file, as: color, reading)
      if Array(image.shape.suffix(2)) != extent {
        resized += 1
        image = reading.resized(image, to: extent)
      }
      return image.flattened()
    }
    let remarks =
      ["\(color.rawValue) images of \(extent[0])x\(extent[1])"]
      + (resized > 0 ? ["\(resized) of \(files.count) brought to that size"] : [])
    return (Tensor.stacked(rows).cast(to: .float32), remarks)
  }

  /// The size that most images have; of equals the smaller.
  private static func commonest(_ sizes: [[Int]]) -> [Int] {
    let counts = Dictionary(sizes.map { ($0, 1) }, uniquingKeysWith: +)
    return counts.max { ($0.value, $1.key[0] * $1.key[1]) < ($1.value, $0.key[0] * $0.key[1]) }!.key
  }
}
