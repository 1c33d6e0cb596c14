import Foundation
import Tensors

/// What the files of a ``DataSource`` hold: examples to learn from, and those for the test where
/// there are any.
///
/// ```swift
/// let source = try LabelledSource(DataSource("photos"))
/// print(source.training.classes)  // ["cat", "dog"]
/// ```
///
/// | given | is read as |
/// |---|---|
/// | a folder of `…-ubyte` files | IDX: `train-…` to learn from, `t10k-…` or `test-…` for the test |
/// | a folder of folders of `.png`, `.jpg` | images, each folder a class; `train` and `test` may hold them |
/// | `.npz` | NumPy arrays by name: `images` and `labels`, or `x_train`, `y_train`, `x_test`, `y_test` |
/// | `.npy`, `…-ubyte` | inputs, with the file of the labels beside |
/// | `.csv`, `.tsv`, `.txt` | a table with a column of labels |
///
/// Inputs are in memory, but of a source that ``DataSource/streams``.
public struct LabelledSource {
  public let training: LabelledData
  public let test: LabelledData?
  /// The files and folders read, as they were given.
  public let paths: [String]

  /// Reads the files.
  ///
  /// - Throws: ``FileError`` in one sentence when one is missing, damaged, or does not fit the
  ///   others.
  public init(_ source: DataSource) throws {
    let main = try LabelledReader(source.path, source.labels, source).read(classes: source.classes)
    training = main.training
    guard let path = source.testPath else {
      if let own = main.test { try Self.requireAlike(own, main.training, source.path) }
      test = main.test
      paths = main.paths
      return
    }
    let labels = source.testLabels ?? (Self.isFile(source.labels) ? nil : source.labels)
    let own = try LabelledReader(path, labels, source.alike(training), like: training)
      .read(classes: training.classes)
    let tested = own.test ?? own.training
    try Self.requireAlike(tested, training, path)
    test = tested
    paths = main.paths + own.paths
  }

  /// Inputs of which nothing else is known, read as examples were: of the same size, divided by the same,
  /// of a table the columns of the same names.
  ///
  /// - Throws: ``FileError`` in one sentence when they are of another shape, or cannot be read.
  package static func inputs(
    of source: DataSource,
    like examples: LabelledData
  ) throws -> LabelledData {
    let found = try LabelledReader(source.path, nil, source.alike(examples), like: examples)
      .read(classes: nil).training
    guard found.shape == examples.shape else {
      throw FileError(
        URL(fileURLWithPath: source.path),
        "its inputs have the shape \(found.shape), those of the examples \(examples.shape)",
        "give inputs of the same kind"
      )
    }
    return found
  }

  private static func requireAlike(
    _ test: LabelledData,
    _ training: LabelledData,
    _ path: String
  ) throws {
    guard test.shape == training.shape else {
      throw FileError(
        URL(fileURLWithPath: path),
        "its inputs for the test have the shape \(test.shape), those to learn from "
          + "\(training.shape)",
        "give two parts of the same data"
      )
    }
  }

  private static func isFile(_ name: String?) -> Bool {
    name.map { FileManager.default.fileExists(atPath: $0) } ?? false
  }

  /// The files of a folder that hold data, in alphabetical order, those in folders inside too; not
  /// what is hidden in it. Links are followed where classes may be: in the folder and in those in it.
  ///
  /// - Throws: ``FileError`` when a folder may not be looked into.
  public static func files(in folder: URL) throws -> [URL] {
    var names: [String] = []
    func walk(_ place: String, depth: Int) throws {
      let content = try FolderContent(of: folder.appendingPathComponent(place))
      for item in content.folders {
        let isLink = (try? FileManager.default.destinationOfSymbolicLink(atPath: item.path)) != nil
        guard !isLink || depth < 2 else { continue }
        try walk(place + item.lastPathComponent + "/", depth: depth + 1)
      }
      names += content.files.map { place + $0.lastPathComponent }
    }
    try walk("", depth: 0)
    return names.filter { $0.contains("-ubyte") || ImageFile.isImage(URL(fileURLWithPath: $0)) }
      .sorted().map { folder.appendingPathComponent($0) }
  }
}

extension DataSource {
  /// Whether it is a folder.
  package var isFolder: Bool { path.isFolder }

  /// Whether it says something that only tables have.
  fileprivate var namesColumns: Bool { ignored != nil || inputs != nil }

  /// With numbers divided as those of others, and images brought to their size and colours.
  fileprivate func alike(_ data: LabelledData) -> DataSource {
    var source = self
    source.divisor = data.divisor
    source.firstLabel = data.firstLabel
    guard data.shape.count == 3 else { return source }
    source.imageSize = Array(data.shape.suffix(2))
    source.color = data.shape[0] == 1 ? .grey : .rgb
    return source
  }
}

extension String {
  /// Whether a folder is at this path.
  var isFolder: Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: self, isDirectory: &isFolder)
      && isFolder.boolValue
  }
}

/// Reads one place of labelled examples, whatever its format.
struct LabelledReader {
  typealias Result = (
    training: LabelledData, test: LabelledData?, paths: [String]
  )

  let path: String
  let url: URL
  let labels: String?
  let source: DataSource
  /// The examples that these belong to; nil where they are the first.
  let like: LabelledData?

  init(_ path: String, _ labels: String?, _ source: DataSource, like: LabelledData? = nil) {
    self.path = path
    self.like = like
    url = URL(fileURLWithPath: path)
    self.labels = labels
    self.source = source
  }

  /// - Parameter classes: The classes there may be; nil for those found.
  func read(classes: [String]?) throws -> Result {
    if source.streams == true, !path.isFolder { return try readStreamed(classes) }
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw FileError(url, "there is no such file or folder", "check the path")
    }
    let name = url.lastPathComponent.lowercased()
    let plain = name.hasSuffix(".gz") ? String(name.dropLast(3)) : name
    let ending = (plain as NSString).pathExtension
    guard !isFolder.boolValue && Self.tables.contains(ending) || !source.namesColumns else {
      throw FileError(
        url,
        "columns were named, and this is no table",
        "leave out --ignore and --inputs"
      )
    }
    if let kind = source.targets {
      return try readWithoutClasses(kind, ending: isFolder.boolValue ? nil : ending)
    }
    if isFolder.boolValue { return try readFolder(classes) }
    switch ending {
    case "npz": return try readArchive(classes)
    case "npy":
      return try readPair(
        classes,
        { try NumPy.read(from: $0) },
        labels: { try ArrayLabels(file: $0, classes: classes) }
      )
    case _ where Self.tables.contains(ending): return try readTable(classes)
    default:
      guard plain.contains("ubyte") || plain.contains("idx") else {
        throw FileError(
          url,
          "data of this kind are not read here",
          "give IDX (…-ubyte), .npz, .npy, .csv, or a folder with a folder of images for each class"
        )
      }
      return try readPair(
        classes,
        { try IDX.read(from: $0) },
        labels: { try ArrayLabels(IDX.read(from: $0), $0, classes: classes) }
      )
    }
  }

  /// How the names of tables end.
  static let tables = ["csv", "tsv", "txt"]

  /// - Parameter training: What the arrays belong to, where it is read already.
  func arrays(
    _ inputs: URL,
    _ labels: URL,
    like training: LabelledData? = nil
  ) -> LabelledArrays {
    let first = training?.firstLabel ?? source.firstLabel
    return LabelledArrays(inputs, labels, divisor: source.divisor, firstLabel: first)
  }

  private func readFolder(_ classes: [String]?) throws -> Result {
    let names = try namesInFolder(url)
    if names.contains(where: { $0.contains("-ubyte") }) {
      try requireInMemory()
      return try readIDX(names, classes)
    }
    return try ImageFolder(path, source).read(classes: classes)
  }

  /// Refuses to stream files of which rows are not read by themselves.
  func requireInMemory() throws {
    guard source.streams == true else { return }
    throw FileError(
      url,
      "IDX files are read whole",
      "leave out --stream, or give .npy files or a folder of images"
    )
  }

  /// A folder of the MNIST family.
  private func readIDX(_ names: [String], _ classes: [String]?) throws -> Result {
    func pair(
      _ classes: [String]?,
      like training: LabelledData? = nil,
      _ isPart: (String) -> Bool
    ) throws -> LabelledData? {
      guard let images = names.first(where: { $0.contains("images") && isPart($0) }) else {
        return nil
      }
      guard let labels = names.first(where: { $0.contains("labels") && isPart($0) }) else {
        throw FileError(
          url.appendingPathComponent(images),
          "its folder has no file of labels for it",
          "put the …-labels-… file beside it"
        )
      }
      let files = [images, labels].map { url.appendingPathComponent($0) }
      return try arrays(files[0], files[1], like: training).data(
        IDX.read(from: files[0]),
        ArrayLabels(IDX.read(from: files[1]), files[1], classes: classes),
        classes
      )
    }
    let isTest = { (name: String) in name.hasPrefix("t10k") || name.hasPrefix("test") }
    if let training = try pair(classes, { !isTest($0) }) {
      return (training, try pair(training.classes, like: training, isTest), [path])
    }
    // A folder of test images alone is what it is asked for.
    guard let only = try pair(classes, isTest) else {
      throw FileError(
        url,
        "there is no …-images-…-ubyte file in it",
        "give the folder of the images"
      )
    }
    return (only, nil, [path])
  }

  /// A file of inputs and one of labels.
  private func readPair(
    _ classes: [String]?,
    _ read: (URL) throws -> Tensor,
    labels readLabels: (URL) throws -> ArrayLabels
  ) throws -> Result {
    let beside = path.replacing("images-idx3", with: "labels-idx1")
    guard let name = labels ?? (beside == path ? nil : beside) else {
      throw FileError(
        url,
        "there is no word of its labels",
        "name the file of labels with --labels"
      )
    }
    let labelFile = URL(fileURLWithPath: name)
    let data = try arrays(url, labelFile).data(read(url), readLabels(labelFile), classes)
    return (data, nil, [path, name])
  }

  private func readArchive(_ classes: [String]?) throws -> Result {
    let members = try NumPy.readMembers(from: url)
    func part(
      _ inputs: [String],
      _ labels: [String],
      _ classes: [String]?,
      like training: LabelledData? = nil
    ) throws -> LabelledData? {
      guard let input = inputs.first(where: { members[$0] != nil }) else { return nil }
      guard let label = labels.first(where: { members[$0] != nil }) else {
        throw FileError(
          url,
          "there is an array '\(input)' but none of labels",
          "name it with --labels; there are \(members.keys.sorted().joined(separator: ", "))"
        )
      }
      let found = try ArrayLabels(label, of: url, classes: classes)
      return try self.arrays(url, url, like: training)
        .data(members[input]!.get(), found, classes)
    }
    let inputs = source.images.map { [$0] } ?? ["images", "x_train", "inputs", "x", "X", "data"]
    let own = labels.map { [$0] } ?? ["labels", "y_train", "targets", "y", "Y", "target"]
    guard let training = try part(inputs, own, classes) else {
      throw FileError(
        url,
        "there is no array '\(inputs[0])' of inputs in it",
        "name it with --images; there are \(members.keys.sorted().joined(separator: ", "))"
      )
    }
    let test = try part(
      ["test_images", "x_test"],
      ["test_labels", "y_test"],
      training.classes,
      like: training
    )
    return (training, test, [path])
  }
}
