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
  let url: URL

  /// The different labels: in the order of their numbers if all are integers, else alphabetically.
  public var classes: [String] {
    let different = Set(labels ?? [])
    let numbers = different.compactMap { Int($0) }
    return numbers.count == different.count
      ? different.sorted { (Int($0)!, $0) < (Int($1)!, $1) } : different.sorted()
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
    let indices = try labels.map { label in
      guard let index = positions[label] else {
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
}
