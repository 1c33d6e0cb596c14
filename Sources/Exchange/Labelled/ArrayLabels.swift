import Foundation
import Tensors

/// Labels of classes in an array of a NumPy archive: numbers from 0, one-hot rows, or text.
public struct ArrayLabels {
  /// `[count]`, numbers as they are written; of one-hot rows and text the places of their classes.
  public let numbers: Tensor
  /// The classes of one-hot rows and of text, in the order of their places; nil for numbers.
  public let classes: [String]?

  /// Of an array of an archive.
  ///
  /// - Parameters:
  ///   - name: The array's name.
  ///   - classes: The classes there may be; nil for those found.
  /// - Throws: ``FileError`` when there is no such array, or it cannot be labels.
  public init(_ name: String, of url: URL, classes: [String]?) throws {
    if let text = try NumPy.readText(name, from: url) {
      try self.init(text, url, classes: classes)
    } else {
      let array = try NumPy.readArchive(from: url, only: [name])[name]!
      try self.init(array, url, classes: classes)
    }
  }

  /// Of examples that have none.
  init(none count: Int) { (numbers, classes) = (Tensor.zeros([count], .int64), nil) }

  /// Of a `.npy` file.
  init(file url: URL, classes: [String]?) throws {
    if let text = try NumPy.readText(from: url) {
      try self.init(text, url, classes: classes)
    } else {
      try self.init(NumPy.read(from: url), url, classes: classes)
    }
  }

  private init(_ text: NumPyText, _ url: URL, classes: [String]?) throws {
    guard text.shape.count == 1 || (text.shape.count == 2 && text.shape[1] == 1) else {
      throw FileError(
        url,
        "its labels are texts of the shape \(text.shape)",
        "give one label for each example"
      )
    }
    let table = Table(
      columns: [],
      values: Tensor.zeros([text.values.count, 0], .float64),
      labels: text.values,
      hasHeader: false,
      remarks: [],
      url: url
    )
    let names = classes ?? table.classes
    (numbers, self.classes) = (try table.labelIndices(in: names), names)
  }

  /// Of an array of numbers.
  init(_ array: Tensor, _ url: URL, classes: [String]?) throws {
    guard let places = Self.places(ofOneHot: array) else {
      let isColumn = array.rank == 2 && array.shape[1] == 1
      (numbers, self.classes) = (isColumn ? array.removingAxis(1) : array, nil)
      return
    }
    let count = array.shape[1]
    if let classes, classes.count != count {
      throw FileError(
        url,
        "its labels are one-hot rows of \(count) classes where there are \(classes.count)",
        "give a column for each class"
      )
    }
    (numbers, self.classes) = (places, classes ?? (0..<count).map(String.init))
  }

  /// Where the one is in each row of zeros; nil for other arrays.
  private static func places(ofOneHot array: Tensor) -> Tensor? {
    guard array.rank == 2, array.shape[0] > 0, array.shape[1] > 1 else { return nil }
    let numbers = array.cast(to: .float64)
    let isOne = (numbers .== 1).cast(to: .float64)
    guard !(numbers .!= isOne).containsTrue, !(isOne.sum(along: 1) .!= 1).containsTrue else {
      return nil
    }
    let places = Tensor.range(0..<array.shape[1]).cast(to: .float64)
    return (isOne * places).sum(along: 1).cast(to: .int64)
  }
}
