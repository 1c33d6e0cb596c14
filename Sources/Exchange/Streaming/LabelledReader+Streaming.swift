import Foundation
import Tensors

/// Data that stay in their files until they are needed.
extension LabelledReader {
  /// What `.npy` files hold; folders of images are read as others are.
  ///
  /// - Throws: ``FileError`` when data of this kind are read whole alone.
  func readStreamed(_ classes: [String]?) throws -> Result {
    let files = Self.matches(path)
    guard !files.isEmpty else {
      throw FileError(url, "there is no such file or folder", "check the path")
    }
    guard files.allSatisfy({ $0.pathExtension.lowercased() == "npy" }) else {
      throw FileError(
        url,
        "data of this kind are read whole",
        "leave out --stream, or give .npy files or a folder of images"
      )
    }
    let rows = try JoinedRows(files.map { ($0, try NumPyRows($0)) })
    let paths = files.map(\.relativePath)
    if source.targets == TargetKind.none {
      let data = try arrays(url, url).data(rows, ArrayLabels(none: rows.count), ["0"])
      return (data, nil, paths)
    }
    guard let labels else {
      throw FileError(
        url,
        "there is no word of its labels",
        "name the file of labels with --labels, or say --labels none"
      )
    }
    let labelFiles = Self.matches(labels)
    guard !labelFiles.isEmpty else {
      throw FileError(
        URL(fileURLWithPath: labels),
        "there is no such file or folder",
        "check the path"
      )
    }
    let own = paths + labelFiles.map(\.relativePath)
    guard source.targets == nil else {
      let targets = try labelFiles.map { try Self.numbers(of: $0) }
      return (try data(rows, try Self.joined(targets, labelFiles), labelFiles[0]), nil, own)
    }
    let found =
      labelFiles.count == 1
      ? try ArrayLabels(file: labelFiles[0], classes: classes)
      : try ArrayLabels(
        Self.joined(labelFiles.map { try NumPy.read(from: $0) }, labelFiles),
        labelFiles[0],
        classes: classes
      )
    return (try arrays(url, labelFiles[0]).data(rows, found, classes), nil, own)
  }

  /// Rows of several files, one after another.
  private static func joined(_ parts: [Tensor], _ files: [URL]) throws -> Tensor {
    for (part, file) in zip(parts, files)
    where part.rank != parts[0].rank || part.shape.dropFirst() != parts[0].shape.dropFirst() {
      throw FileError(
        file,
        "it holds an array of \(part.shape), and '\(files[0].path)' one of \(parts[0].shape)",
        "give files of the same kind"
      )
    }
    return parts.count == 1 ? parts[0] : .concatenated(parts)
  }

  /// The file at a path, or all of a pattern with `*` or `?` in its last part, in alphabetical order.
  static func matches(_ path: String) -> [URL] {
    if FileManager.default.fileExists(atPath: path) { return [URL(fileURLWithPath: path)] }
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    guard let pattern = parts.last, pattern.contains(where: { "*?".contains($0) }) else {
      return []
    }
    let folder = parts.dropLast().joined(separator: "/")
    let place = path.hasPrefix("/") && folder.isEmpty ? "/" : folder.isEmpty ? "." : folder
    let names = (try? namesInFolder(URL(fileURLWithPath: place))) ?? []
    return names.filter { fnmatch(String(pattern), $0, FNM_PERIOD) == 0 }.map {
      URL(fileURLWithPath: folder.isEmpty ? $0 : "\(folder)/\($0)")
    }
  }
}

extension LabelledSource {
  /// Bytes that the inputs of a source take in memory as Float32, where they could stay in their files
  /// instead; nil where they could not. Of images that are not said to have a size, the first is looked at.
  ///
  /// - Throws: ``FileError`` when a file is missing or damaged.
  package static func streamableBytes(of source: DataSource) throws -> Double? {
    if source.isFolder {
      let files = try files(in: URL(fileURLWithPath: source.path)).filter(ImageFile.isImage)
      guard let first = files.first else { return nil }
      let header = try ImageFile.header(of: first, source.imageReading ?? .stored)
      let size = source.imageSize ?? [header.height, header.width]
      return Double(files.count) * Double((source.color ?? header.color).channels)
        * Double(size[0]) * Double(size[1]) * 4
    }
    let files = LabelledReader.matches(source.path)
    guard !files.isEmpty, files.allSatisfy({ $0.pathExtension.lowercased() == "npy" }) else {
      return nil
    }
    return try files.reduce(0) { sum, file in
      let header = try NumPyHeader(from: FileBytes(OpenFile(file)))
      guard !header.isFortranOrdered, header.shape.count > 1 else { return sum }
      return sum + header.shape.reduce(4) { $0 * Double($1) }
    }
  }
}
