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
    let written = try self.labels(labels.numbers)
    // Places of one-hot rows and of text are counted from 0.
    let first =
      labels.classes != nil ? 0 : firstLabel ?? Self.firstLabel(of: written, classes)
    let numbers = first == 0 ? written : written - Tensor([first])
    guard inputs.rank >= 2, inputs.count > 0 else {
      throw FileError(
        inputsFile,
        "its inputs have the shape \(inputs.shape)",
        "the first axis must count the examples, and another their numbers"
      )
    }
    guard inputs.shape[0] == numbers.count else {
      throw FileError(
        labelsFile,
        "there are \(numbers.count) labels for \(inputs.shape[0]) inputs",
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
    // They become Float32.
    try MemoryBound(inputsFile).take(4 * Double(inputs.count), for: "the set of examples")
    let lost = SingleRounding.remark(inputs, names: nil)
    let (arranged, shape, remarks) = arranged(inputs)
    let flat = arranged.reshaped(to: [numbers.count, -1]).cast(to: .float32)
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
    var data = LabelledData(
      inputs: division.apply(to: flat),
      labels: numbers,
      classes: names,
      shape: shape,
      divisor: division.divisor,
      remarks: remarks + [division.remark] + (lost.map { [$0] } ?? [])
        + (first == 0 ? [] : ["labels from \(first) to \(largest + first)"])
    )
    data.firstLabel = first
    return data
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

  /// Inputs with the channels of images in front, as networks want them.
  private func arranged(_ inputs: Tensor) -> (Tensor, shape: [Int], remarks: [String]) {
    let shape = Array(inputs.shape.dropFirst())
    switch shape.count {
    case 1: return (inputs, shape, [])
    case 2: return (inputs, [1] + shape, [])
    case 3 where [1, 3].contains(shape[2]) && ![1, 3].contains(shape[0]):
      return (
        inputs.permuted(to: [0, 3, 1, 2]).contiguous, [shape[2], shape[0], shape[1]],
        ["channels moved from the last axis to the first"]
      )
    case 3 where shape[2] == 4 && ![1, 3, 4].contains(shape[0]):
      let colours = inputs.slicing(0..<3, along: 3)
      return (
        colours.permuted(to: [0, 3, 1, 2]).contiguous, [3, shape[0], shape[1]],
        ["channels moved from the last axis to the first, the fourth (opacity) left out"]
      )
    case 3: return (inputs, shape, [])
    default: return (inputs, [shape.reduce(1, *)], ["\(shape.count) axes laid flat"])
    }
  }
}
