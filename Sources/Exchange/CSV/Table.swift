import Foundation
import Tensors

/// Rows of a text file: numbers, and the label of each row where a column was named for them.
public struct Table {
  /// The names of the numeric columns; their numbers from 0 where the file has no header.
  public let columns: [String]
  /// `[rows, columns]`, `float64`.
  public let values: Tensor
  /// The label of each row as it is written.
  public let labels: [String]?
  /// Whether the file names its columns.
  public let hasHeader: Bool
  /// What had to be guessed about the file, for people.
  public let remarks: [String]
  let url: URL

  /// The different labels: in the order of their numbers if all are numbers, else alphabetically.
  public var classes: [String] {
    let different = Set(labels ?? []).sorted()
    let numbers = different.compactMap(Self.number)
    guard numbers.count == different.count else { return different }
    return zip(numbers, different).sorted { $0 < $1 }.map(\.1)
  }

  private static func number(_ label: String) -> Double? {
    CSVNumber.value(of: Array(label.utf8)[...]).flatMap { $0.isFinite ? $0 : nil }
  }

  /// For each row the position of its label in `classes` (`[rows]`, `int64`).
  ///
  /// - Parameter classes: The labels that there may be, in the order of the model's outputs. The
  ///   default is those found; pass the training table's when reading held-out rows.
  /// - Throws: ``FileError`` when there is no label column, or a label is not among `classes`.
  public func labelIndices(in classes: [String]? = nil) throws -> Tensor {
    guard let labels else {
      throw FileError(url, "no column was read as labels", "name one with `labels:`")
    }
    let classes = classes ?? self.classes
    let positions = Dictionary(zip(classes, 0...), uniquingKeysWith: { first, _ in first })
    let numbered = try positionsByNumber(in: classes)
    let indices = try labels.map { label in
      guard let index = positions[label] ?? Self.number(label).flatMap({ numbered[$0] }) else {
        throw FileError(
          url,
          "the label \(shown(label.utf8)) is not one of the \(classes.count) classes",
          "correct it, or name its class"
        )
      }
      return index
    }
    return Tensor(indices)
  }

  /// Of classes that are numbers: 1 and 1.0 are the same, whichever a file writes.
  private func positionsByNumber(in classes: [String]) throws -> [Double: Int] {
    let numbers = classes.compactMap(Self.number)
    guard numbers.count == classes.count else { return [:] }
    var positions: [Double: Int] = [:]
    for (index, number) in numbers.enumerated() {
      if let other = positions.updateValue(index, forKey: number) {
        throw FileError(
          url,
          "the labels '\(classes[other])' and '\(classes[index])' are the same number",
          "write them alike"
        )
      }
    }
    return positions
  }
}
