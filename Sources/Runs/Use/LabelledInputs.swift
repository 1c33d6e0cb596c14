import Distill
import Foundation

/// Reads examples and what belongs to them, classes or real numbers, as a student takes them.
struct LabelledInputs {
  /// Of one input, `[features]` or `[channels, height, width]`.
  let shape: [Int]
  /// The names of the inputs' columns in a table; nil where they have none.
  let columns: [String]?
  /// What the numbers are divided by; nil for 255 where they are bytes, else 1.
  let divisor: Double?
  /// The names of the classes; empty where real numbers belong to the inputs.
  let classes: [String]
  /// The columns of the real numbers; nil where they have no names.
  var outputs: [String]?
  /// Whether outputs are labels, there or not.
  var areLabels = false
  /// How the training data were read, where that is known.
  var like: DataSource?

  /// - Parameter labels: The file, array or column, or columns, of what belongs to the inputs; nil where
  ///   there is only one.
  /// - Throws: One sentence when inputs or classes are others than the student's.
  func read(_ path: String, labels: String?) throws -> LabelledData {
    var source = like ?? DataSource(path)
    source.path = path
    (source.testPath, source.testLabels, source.ignored) = (nil, nil, nil)
    source.streams = nil
    source.classes = classes.isEmpty ? nil : classes
    source.targets = classes.isEmpty ? areLabels ? .labels : .reals : nil
    source.divisor = divisor
    source.inputs = InputTable.isTable(path) ? columns : nil
    if shape.count == 3 {
      source.imageSize = Array(shape.suffix(2))
      source.color = ImageColor.allCases.first { $0.channels == shape[0] }
    }
    source.labels = try labels ?? column(of: path, source.labels)
    let read = try LabelledSource(source)
    let data = read.test ?? read.training
    let count = shape.reduce(1, *)
    guard data.inputs.shape[1] == count else {
      throw RunError(
        "an input of '\(path)' is \(data.inputs.shape[1]) numbers, and the student takes \(count)"
      )
    }
    return data
  }

  /// Where a file has what belongs to its inputs: in a table the columns of the outputs, or the only one
  /// that is no input; elsewhere as in the training data.
  private func column(of path: String, _ usual: String?) throws -> String? {
    guard let columns, InputTable.isTable(path) else {
      // A file of labels belongs to other inputs.
      return usual.flatMap { FileManager.default.fileExists(atPath: $0) ? nil : $0 }
    }
    let all = try CSVReader(URL(fileURLWithPath: path)).columns
    if let outputs, outputs.allSatisfy(all.contains) { return outputs.joined(separator: ",") }
    if let usual, all.contains(usual), !columns.contains(usual) { return usual }
    return try Self.onlyColumn(of: path, all, besides: columns)
  }

  /// The only column of a table that is no input, which then holds the outcome.
  static func onlyColumn(of path: String, _ columns: [String], besides inputs: [String]) throws
    -> String
  {
    let others = columns.filter { !inputs.contains($0) }
    guard others.count == 1 else {
      throw RunError(
        "which column of '\(path)' holds the outcome is not clear: name it with --outcome"
          + NearNames.hint(for: "outcome", among: others)
      )
    }
    return others[0]
  }
}
