import Foundation
import Tensors

extension ONNXTrees {
  /// `[rows, outputs]`; two for one sum of two classes.
  func values(of input: Tensor) throws -> Tensor {
    let rows = try table(input)
    let (count, outputs) = (rows.shape[0], ensemble.outputCount)
    let sums = ensemble.sums(rows, from: base)
    let width = isBinary ? 2 : outputs
    var values: [Double] = []
    values.reserveCapacity(count * width)
    for start in stride(from: 0, to: sums.count, by: outputs) {
      values += isBinary ? both(sums[start]) : transformed(sums[start..<start + outputs])
    }
    let type = input.elementType == .float64 && labels == nil ? input.elementType : .float32
    return Tensor(values, shape: [count, width]).cast(to: type).moved(to: input.device)
  }

  /// The labels, and the values that they are chosen by.
  func classified(_ input: Tensor) throws -> [ModelValue] {
    let values = try values(of: input)
    let places = values.shape[0] == 0 ? [] : values.indexOfMaximum(along: 1).scalars(Int.self)
    switch labels {
    case .integers(let labels):
      return [.tensor(Tensor(places.map { labels[$0] }, shape: [places.count])), .tensor(values)]
    case .texts(let labels):
      return [.texts(places.map { labels[$0] }, shape: [places.count]), .tensor(values)]
    case nil: throw TorchError("there are no classes")
    }
  }

  private func table(_ input: Tensor) throws -> Tensor {
    let rows = input.rank == 1 ? input.reshaped(to: [1, input.count]) : input
    guard rows.rank == 2, rows.shape[1] >= ensemble.featureCount else {
      throw TorchError(
        "its trees ask about \(ensemble.featureCount) numbers, and the input is of \(input.shape)"
      )
    }
    return rows.slicing(0..<ensemble.featureCount, along: 1).comparedWithThresholds
  }

  private func both(_ sum: Double) -> [Double] {
    switch transform {
    case .logistic: [Self.logistic(-sum), Self.logistic(sum)]
    case .none where isPositive: [1 - sum, sum]
    default: transformed([-sum, sum])
    }
  }

  private static func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

  private func transformed(_ sums: ArraySlice<Double>) -> [Double] {
    switch transform {
    case .none: return Array(sums)
    case .logistic: return sums.map(Self.logistic)
    case .softmax, .softmaxOfNonzero:
      let isKept = sums.map { transform == .softmax || $0 != 0 }
      let most = sums.max() ?? 0
      let each = zip(sums, isKept).map { $1 ? exp($0 - most) : 0 }
      let sum = each.reduce(0, +)
      return each.map { sum > 0 ? $0 / sum : 0 }
    case .probit:
      // As ONNX Runtime has it, by an approximation of the inverse error function.
      return sums.map { sum in
        let x = 2 * sum - 1
        let log1 = log((1 - x) * (1 + x))
        let v = 2 / (.pi * 0.147) + 0.5 * log1
        let root = (v * v - log1 / 0.147).squareRoot()
        return 2.0.squareRoot() * (x < 0 ? -1 : 1) * (root - v).squareRoot()
      }
    }
  }
}
