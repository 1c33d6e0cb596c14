import Foundation
import Tensors

/// Inputs with real numbers in place of classes, or with nothing.
extension LabelledReader {
  /// - Parameter ending: Of the file; nil for a folder.
  func readWithoutClasses(_ kind: TargetKind, ending: String?) throws -> Result {
    switch ending {
    case nil:
      guard kind == .none else {
        throw FileError(
          url,
          "a folder holds images and classes, no \(kind == .labels ? "rows of labels" : "real numbers")",
          "give a table, .npz, or .npy with --labels"
        )
      }
      return try readFolderOfInputs()
    case "npz": return try readArchive(kind)
    case "npy": return try readArray(NumPy.read(from: url), kind)
    case let ending? where Self.tables.contains(ending): return try readTable(kind)
    default: return try readArray(IDX.read(from: url), kind)
    }
  }

  private func readFolderOfInputs() throws -> Result {
    let names = try namesInFolder(url).filter { $0.contains("-ubyte") && $0.contains("images") }
    guard !names.isEmpty else { return try ImageFolder(path, source).readUnlabelled() }
    try requireInMemory()
    let isTest = { (name: String) in name.hasPrefix("t10k") || name.hasPrefix("test") }
    func part(_ isPart: (String) -> Bool) throws -> LabelledData? {
      try names.first(where: isPart).map { name in
        let file = url.appendingPathComponent(name)
        return try data(IDX.read(from: file), nil, file)
      }
    }
    let test = try part(isTest)
    guard let training = try part({ !isTest($0) }) else { return (test!, nil, [path]) }
    return (training, test, [path])
  }

  /// - Parameter targets: `[count]` or `[count, outputs]`.
  private func data(
    _ inputs: Tensor,
    _ targets: Tensor?,
    _ targetFile: URL,
    names: [String]? = nil
  ) throws -> LabelledData {
    try data(targets, targetFile, names, examples: inputs.shape.first ?? 0) { labels, outputs in
      try arrays(url, targetFile).data(inputs, labels, outputs)
    }
  }

  /// The same of inputs that stay in their files.
  func data(_ rows: any RowSource, _ targets: Tensor, _ targetFile: URL) throws -> LabelledData {
    try data(targets, targetFile, nil, examples: rows.count) { labels, outputs in
      try arrays(url, targetFile).data(rows, labels, outputs)
    }
  }

  private func data(
    _ targets: Tensor?,
    _ targetFile: URL,
    _ names: [String]?,
    examples: Int,
    _ read: (ArrayLabels, [String]) throws -> LabelledData
  ) throws -> LabelledData {
    var numbers = targets?.cast(to: .float32)
    if let rows = numbers, rows.rank == 1 { numbers = rows.reshaped(to: [rows.count, 1]) }
    if let numbers {
      guard numbers.rank == 2, numbers.count > 0, numbers.shape[0] == examples else {
        throw FileError(
          targetFile,
          "its numbers have the shape \(numbers.shape) for \(examples) inputs",
          "give one number, or a row of them, for each input"
        )
      }
      guard numbers.isAllFinite else {
        throw FileError(targetFile, "it holds NaN or infinity", "repair or leave those rows out")
      }
      guard source.targets != .labels || !((numbers .!= 0) .& (numbers .!= 1)).containsTrue else {
        throw FileError(
          targetFile,
          "its labels hold other numbers than 0 and 1",
          "write 1 where a label belongs to an input, and 0 elsewhere"
        )
      }
    }
    let count = numbers?.shape[1] ?? 1
    let asked = source.targets == .labels ? source.classes : nil
    guard asked == nil || asked?.count == count else {
      throw FileError(
        targetFile,
        "it has \(count) labels for an input, and \(asked!.count) are named",
        "name each with --classes"
      )
    }
    let outputs = names ?? asked ?? (0..<count).map(String.init)
    var data = try read(ArrayLabels(none: examples), outputs)
    data.targets = numbers
    if let targets,
      let lost = SingleRounding.remark(
        targets.rank == 1 ? targets.insertingAxis(1) : targets,
        names: names
      )
    {
      data.remarks.append("of the numbers to predict, " + lost)
    }
    return data
  }

  /// The numbers of a table, or of a `.npy` file.
  static func numbers(of file: URL) throws -> Tensor {
    let isTable = tables.contains(file.pathExtension.lowercased())
    return isTable ? try CSV.read(from: file).values : try NumPy.read(from: file)
  }

  private func readArray(_ inputs: Tensor, _ kind: TargetKind) throws -> Result {
    guard kind != .none else { return (try data(inputs, nil, url), nil, [path]) }
    guard let labels else {
      throw FileError(
        url,
        "there is no word of the numbers that belong to it",
        "name their file with --labels"
      )
    }
    let file = URL(fileURLWithPath: labels)
    return (try data(inputs, Self.numbers(of: file), file), nil, [path, labels])
  }

  private func readArchive(_ kind: TargetKind) throws -> Result {
    let members = try NumPy.readMembers(from: url)
    func part(_ inputs: [String], _ targets: [String]) throws -> LabelledData? {
      guard let input = inputs.first(where: { members[$0] != nil }) else { return nil }
      guard kind != .none else { return try data(members[input]!.get(), nil, url) }
      guard let target = targets.first(where: { members[$0] != nil }) else {
        throw FileError(
          url,
          "there is an array '\(input)' but none of numbers that belong to it",
          "name it with --labels; there are \(members.keys.sorted().joined(separator: ", "))"
        )
      }
      return try data(members[input]!.get(), members[target]!.get(), url)
    }
    let usual = ["images", "x_train", "inputs", "x", "X", "data"]
    let own = labels.map { [$0] } ?? ["targets", "y_train", "y", "Y", "target", "labels"]
    guard let training = try part(source.images.map { [$0] } ?? usual, own) else {
      throw FileError(
        url,
        "there is no array '\(source.images ?? "images")' of inputs in it",
        "name it with --images; there are \(members.keys.sorted().joined(separator: ", "))"
      )
    }
    return (training, try part(["test_images", "x_test"], ["test_labels", "y_test"]), [path])
  }

  /// A table of numbers alone, some columns of which may be what belongs to the others.
  private func readTable(_ kind: TargetKind) throws -> Result {
    let header = CSV.Header(source.header)
    let named = like?.columns ?? source.inputs
    let table = try CSV.read(
      from: url,
      options: CSV.Options(
        header: header,
        ignoring: try (kind == .none ? others(than: named, header) : source.ignored ?? [])
          .map { .named($0) }
      )
    )
    let targets = kind != .none ? try targetColumns(of: table) : []
    let isInOrder = kind == .none && like != nil && !table.hasHeader
    let inputs = isInOrder ? table.columns : named ?? table.columns.filter { !targets.contains($0) }
    func columns(_ names: [String]) throws -> Tensor {
      let places = try names.map { name in
        guard let place = table.columns.firstIndex(of: name) else {
          throw FileError(
            url,
            "there is no column '\(name)'",
            "choose from: \(table.columns.prefix(30).joined(separator: ", "))"
          )
        }
        return place
      }
      return table.values.transposed()[rows: Tensor(places)].transposed().contiguous
    }
    guard table.values.shape[0] > 0, !inputs.isEmpty else {
      throw FileError(url, "there are no rows of numbers in it", "give a table with some")
    }
    var data = try data(
      columns(inputs),
      targets.isEmpty ? nil : columns(targets),
      url,
      names: targets.isEmpty ? nil : targets
    )
    data.columns = table.hasHeader ? inputs : nil
    return (data, nil, [path])
  }

  /// The columns that are left out of a table of inputs alone: what was said, and what is not among
  /// those that are asked for, which need not be numbers.
  private func others(than named: [String]?, _ header: CSV.Header) throws -> [String] {
    let ignored = source.ignored ?? []
    guard let named else { return ignored }
    let reader = try CSVReader(url, options: CSV.Options(header: header))
    let all = reader.allColumns
    guard reader.hasHeader, named.allSatisfy(all.contains) else { return ignored }
    return all.filter { !named.contains($0) }
  }

  private func targetColumns(of table: Table) throws -> [String] {
    let usual = ["target", "y", "label"]
    switch labels {
    case "first" where !table.columns.contains("first"): return [table.columns[0]]
    case "last" where !table.columns.contains("last"): return [table.columns.last!]
    case let names?:
      return names.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    case nil:
      guard let found = table.columns.first(where: { usual.contains($0.lowercased()) }) else {
        throw FileError(
          url,
          "which column holds the numbers to predict is not clear",
          "name it with --labels; there are \(table.columns.prefix(8).joined(separator: ", "))"
        )
      }
      return [found]
    }
  }
}
