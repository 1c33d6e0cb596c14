import Foundation
import Tensors

/// Arrays of inputs and labels from two files, checked against each other.
struct LabelledArrays {
  let inputsFile: URL
  let labelsFile: URL
  /// What the inputs are divided by, where it was asked for.
  let divisor: Double?

  init(_ inputsFile: URL, _ labelsFile: URL, divisor: Double?) {
    (self.inputsFile, self.labelsFile, self.divisor) = (inputsFile, labelsFile, divisor)
  }

  /// - Parameters:
  ///   - inputs: `[count, …]`. Bytes are pixels and are divided by 255, unless another was asked for.
  ///   - labels: Whole numbers from 0, one-hot rows or text.
  ///   - classes: The classes there may be; nil for as many as the largest label needs.
  func data(_ inputs: Tensor, _ labels: ArrayLabels, _ classes: [String]?) throws -> LabelledData {
    let numbers = try self.labels(labels.numbers)
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
    let largest = numbers.maximum().scalar(Int.self)
    let names = classes ?? labels.classes ?? (0...largest).map(String.init)
    guard largest < names.count else {
      throw FileError(
        labelsFile,
        "the label \(largest) is not one of the \(names.count) classes",
        "correct the file, or add its class to the training examples"
      )
    }
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
    return LabelledData(
      inputs: division.apply(to: flat),
      labels: numbers,
      classes: names,
      shape: shape,
      divisor: division.divisor,
      remarks: remarks + [division.remark]
    )
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
