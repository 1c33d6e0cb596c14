import Foundation
import Tensors

/// Arrays of inputs and labels from two files, checked against each other.
struct LabelledArrays {
  let inputsFile: URL
  let labelsFile: URL
  /// What the inputs are divided by, where it was asked for.
  let divisor: Double?
  /// The label of the first class, where it is known.
  let firstLabel: Int?

  init(_ inputsFile: URL, _ labelsFile: URL, divisor: Double?, firstLabel: Int? = nil) {
    (self.inputsFile, self.labelsFile, self.divisor) = (inputsFile, labelsFile, divisor)
    self.firstLabel = firstLabel
  }

  /// - Parameters:
  ///   - inputs: `[count, …]`. Bytes are pixels and are divided by 255, unless another was asked for.
  ///   - labels: Whole numbers from 0, or from 1 where all up to the largest are there; one-hot rows
  ///     or text.
  ///   - classes: The classes there may be; nil for as many as the largest label needs.
  func data(_ inputs: Tensor, _ labels: ArrayLabels, _ classes: [String]?) throws -> LabelledData {
    let known = try known(labels, classes, of: inputs.shape)
    // They become Float32.
    try MemoryBound(inputsFile).take(4 * Double(inputs.count), for: "the set of examples")
    let lost = SingleRounding.remark(inputs, names: nil)
    let arrangement = InputArrangement(Array(inputs.shape.dropFirst()))
    let flat = arrangement.flat(inputs)
    guard flat.isAllFinite else {
      throw FileError(
        inputsFile,
        "it holds numbers that are not finite",
        "repair or leave them out"
      )
    }
    let division = InputDivision(
      of: flat,
      areBytes: inputs.elementType == .uint8,
      asked: divisor
    )
    return known.data(
      .kept(division.apply(to: flat)),
      arrangement.shape,
      divisor: division.divisor,
      remarks: arrangement.remarks + [division.remark] + (lost.map { [$0] } ?? [])
    )
  }

  /// The same of inputs that stay in their files.
  func data(_ rows: any RowSource, _ labels: ArrayLabels, _ classes: [String]?) throws
    -> LabelledData
  {
    let known = try known(labels, classes, of: [rows.count] + rows.shape)
    let few = try rows.rows(Array(0..<min(rows.count, 1_000)))
    let lost = SingleRounding.remark(few, names: nil)
    let streamed = try StreamedInputs(
      rows,
      areBytes: rows.elementType == .uint8,
      divisor: divisor,
      inputsFile
    )
    return known.data(
      .streamed(streamed),
      streamed.shape,
      divisor: streamed.divisor,
      remarks: streamed.remarks + (lost.map { [$0] } ?? [])
    )
  }

  /// What belongs to inputs.
  private struct Known {
    let numbers: Tensor
    let names: [String]
    let first: Int
    let remarks: [String]

    func data(
      _ content: LabelledData.Content,
      _ shape: [Int],
      divisor: Double,
      remarks: [String]
    ) -> LabelledData {
      var data = LabelledData(
        content,
        labels: numbers,
        classes: names,
        shape: shape,
        divisor: divisor,
        remarks: remarks + self.remarks
      )
      data.firstLabel = first
      return data
    }
  }

  /// - Parameter shape: Of all inputs.
  private func known(_ labels: ArrayLabels, _ classes: [String]?, of shape: [Int]) throws -> Known {
    let written = try self.labels(labels.numbers)
    // Places of one-hot rows and of text are counted from 0.
    let first =
      labels.classes != nil ? 0 : firstLabel ?? Self.firstLabel(of: written, classes)
    let numbers = first == 0 ? written : written - Tensor([first])
    guard shape.count >= 2, !shape.contains(0) else {
      throw FileError(
        inputsFile,
        "its inputs have the shape \(shape)",
        "the first axis must count the examples, and another their numbers"
      )
    }
    guard shape[0] == numbers.count else {
      throw FileError(
        labelsFile,
        "there are \(numbers.count) labels for \(shape[0]) inputs",
        "give the two files of the same set"
      )
    }
    let (least, largest) = (numbers.minimum().scalar(Int.self), numbers.maximum().scalar(Int.self))
    let names =
      classes ?? labels.classes ?? (first..<max(first, largest + first + 1)).map(String.init)
    guard least >= 0, largest < names.count else {
      throw FileError(
        labelsFile,
        "the label \((least < 0 ? least : largest) + first) is not one of the \(names.count) classes"
          + (first == 0 ? "" : ", whose labels begin at \(first)"),
        "correct the file, or add its class to the training examples"
      )
    }
    let remarks = first == 0 ? [] : ["labels from \(first) to \(largest + first)"]
    return Known(numbers: numbers, names: names, first: first, remarks: remarks)
  }

  /// 1 where no label is 0 and they need all classes from 1 on: where every one of them is there, or
  /// as many classes as the largest label says are known.
  private static func firstLabel(of labels: Tensor, _ classes: [String]?) -> Int {
    let numbers = Set(labels.scalars(Int.self))
    guard let largest = numbers.max(), !numbers.contains(0), largest > 1 else { return 0 }
    return classes.map { $0.count == largest } ?? (numbers.count == largest) ? 1 : 0
  }

  private func labels(_ labels: Tensor) throws -> Tensor {
    guard labels.count > 0 else {
      throw FileError(labelsFile, "there are no labels in it", "give a number for each example")
    }
    guard labels.rank == 1 else {
      throw FileError(
        labelsFile,
        "its labels have the shape \(labels.shape)",
        "give one number for each example, or a row with a single 1"
      )
    }
    let numbers = labels.cast(to: .int64)
    let isWhole =
      !labels.elementType.isFloatingPoint
      || !(labels.cast(to: .float64) - numbers.cast(to: .float64) .!= 0).containsTrue
    guard isWhole, numbers.minimum().scalar(Int.self) >= 0,
      numbers.maximum().scalar(Int.self) < 100_000
    else {
      throw FileError(
        labelsFile,
        "labels are not whole numbers from 0 to 99999",
        "number the classes 0, 1, 2, …"
      )
    }
    return numbers
  }
}
