import Distillation
import Foundation
import Tensors

/// One kind of number that a store keeps of every example, and how.
package struct RecordedArray: Codable, Equatable, Sendable {
  /// `values`: what the teacher says, as losses compare it. `own`: what its network gives itself, such
  /// as logits, where that is something else. `derivatives`: of the values with respect to the inputs.
  /// `feature.` and the name of a tap.
  package var name: String
  /// Of one example.
  package var shape: [Int]
  package var form: ObservationForm
  /// What values are; nil for derivatives and features.
  package var meaning: Observation.Meaning?

  package static let (values, own, derivatives) = ("values", "own", "derivatives")
  package static let feature = "feature."

  /// Whether numbers are logarithms of probabilities up to a constant of each example.
  var areLogarithms: Bool { meaning == .logits || meaning == .logProbabilities }

  /// How many of the leading axes of one example have a scale each.
  private var scaledAxes: Int { name == Self.derivatives ? 1 : 0 }

  /// The tensors that examples are kept in, with the shape of one example.
  var parts: [(name: String, shape: [Int], elementType: ElementType)] {
    switch form {
    case .float32: return [(name, shape, .float32)]
    case .bfloat16: return [(name, shape, .bfloat16)]
    case .int8:
      let scales = Array(shape.prefix(scaledAxes))
      return [
        (name, shape, .int8), (name + ".step", scales, .float32), (name + ".top", scales, .float32),
      ]
    case .mostProbable(let count):
      return [
        (name, [count], .float32), (name + ".classes", [count], .int32),
        (name + ".rest", [], .float32),
      ]
    }
  }

  /// Bytes of one example.
  package var byteCount: Int {
    parts.reduce(0) { $0 + $1.shape.reduce(1, *) * $1.elementType.byteCount }
  }
}

extension RecordedArray {
  /// Numbers as the store keeps them, by the names of ``parts``.
  ///
  /// - Parameter numbers: `[examples] + shape`.
  func encoded(_ numbers: Tensor) -> [String: Tensor] {
    let numbers = numbers.moved(to: .cpu).cast(to: .float32)
    switch form {
    case .float32: return [name: numbers]
    case .bfloat16: return [name: numbers.cast(to: .bfloat16)]
    case .int8:
      let scales = [numbers.shape[0]] + shape.prefix(scaledAxes)
      let rows = numbers.reshaped(to: scales + [-1])
      let axis = scales.count
      let top = rows.maximum(along: axis)
      var bottom = rows.minimum(along: axis)
      if areLogarithms { bottom = Tensor.stacked([bottom, top - 16]).maximum(along: 0) }
      let step = (top - bottom) / 254
      // Where all are alike, the step is 0 and the level does not matter.
      let levels = (rows - top.insertingAxis(axis)) / (step + (step .== 0)).insertingAxis(axis)
      return [
        name: (levels.rounded.clamped(min: -254, max: 0) + 127).cast(to: .int8)
          .reshaped(to: numbers.shape),
        name + ".step": step, name + ".top": top,
      ]
    case .mostProbable(let count):
      let (sorted, classes) = numbers.sorted(along: 1, descending: true)
      return [
        name: sorted.slicing(0..<count, along: 1),
        name + ".classes": classes.slicing(0..<count, along: 1).cast(to: .int32),
        name + ".rest": sorted.slicing(count..<shape[0], along: 1).logSumExp(along: 1),
      ]
    }
  }

  /// Whether kept numbers name classes that there are.
  func canBeDecoded(_ parts: [String: Tensor]) -> Bool {
    guard case .mostProbable = form, let classes = parts[name + ".classes"], classes.count > 0
    else {
      return true
    }
    return classes.minimum().scalar(Int.self) >= 0 && classes.maximum().scalar(Int.self) < shape[0]
  }

  /// Whether decoded numbers are what they are taken for: log-probabilities and probabilities sum to 1.
  func areMeant(_ numbers: Tensor) -> Bool {
    guard numbers.count > 0, shape.count == 1, shape[0] > 1,
      meaning == .logProbabilities || meaning == .probabilities
    else { return true }
    let sums =
      meaning == .probabilities
      ? numbers.sum(along: 1) : numbers.logSumExp(along: 1).exponential
    // Not where one is NaN.
    return (sums - 1).magnitude.maximum().doubleValue <= 0.05
  }

  /// The numbers of some examples, `[examples] + shape`, `float32`.
  ///
  /// - Parameter parts: The rows of each of ``parts`` that belong to them.
  func decoded(_ parts: [String: Tensor]) -> Tensor {
    let kept = parts[name]!
    switch form {
    case .float32: return kept
    case .bfloat16: return normalized(kept.cast(to: .float32))
    case .int8:
      let (top, step) = (parts[name + ".top"]!, parts[name + ".step"]!)
      let axis = top.rank
      let levels = kept.cast(to: .float32).reshaped(to: top.shape + [-1]) - 127
      let numbers = levels * step.insertingAxis(axis) + top.insertingAxis(axis)
      return normalized(numbers.reshaped(to: kept.shape))
    case .mostProbable(let count):
      let others = Double(shape[0] - count)
      let rest = (parts[name + ".rest"]! - log(others)).insertingAxis(1)
      return rest.broadcast(to: [kept.shape[0], shape[0]]).contiguous
        .scattering(kept, at: parts[name + ".classes"]!.cast(to: .int64), along: 1)
    }
  }

  /// Rounded log-probabilities sum to 1 again.
  private func normalized(_ numbers: Tensor) -> Tensor {
    meaning == .logProbabilities && shape[0] > 1 ? numbers.logSoftmax() : numbers
  }
}
