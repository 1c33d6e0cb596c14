import Foundation
import StudentRuntime
import Tensors

/// How far the answers of an exported student are from those of the network it was made of.
public struct Parity: Sendable, CustomStringConvertible {
  public let inputs: Int
  /// The largest difference of two numbers, relative to the larger of 1 and their size.
  public let largestDifference: Double
  /// What is still the rounding of `float32`.
  public static let tolerance = 1e-4

  public var isGood: Bool { largestDifference <= Self.tolerance }

  public var description: String {
    "largest difference from the network on \(inputs) input\(inputs == 1 ? "" : "s"): "
      + String(format: "%.2g", largestDifference)
  }

  /// - Parameters:
  ///   - answers, expected: The same inputs' numbers, in the same order.
  public init(_ answers: [Float], _ expected: [Float], inputs: Int) {
    precondition(answers.count == expected.count, "Parity: other numbers of answers")
    self.inputs = inputs
    largestDifference = zip(answers, expected).reduce(0) { largest, pair in
      let (a, b) = (Double(pair.0), Double(pair.1))
      if a == b { return largest }
      let difference = abs(a - b) / max(1, abs(b))
      return difference.isFinite ? max(largest, difference) : .infinity
    }
  }

  /// - Throws: ``ExportError`` when the difference is more than rounding explains.
  public func require(of what: String) throws {
    guard isGood else {
      throw ExportError(
        "\(what) was not written: it answers otherwise than the network, \(self), and at most "
          + "\(Self.tolerance) is rounding"
      )
    }
  }
}

extension StudentGraph {
  /// What a network answers, with the scaling before and the ending behind it: the reference of the
  /// parity check, computed by libtorch.
  ///
  /// - Parameter inputs: `[count, numbers]`, not scaled.
  public func reference(_ logits: (Tensor) -> Tensor, _ inputs: Tensor) -> [Float] {
    var scaled = inputs.cast(to: .float32)
    if !mean.isEmpty {
      // Channels of images come first, features of sequences last.
      let isSequence = inputShape.count == 2
      func column(_ numbers: [Float]) -> Tensor {
        Tensor(numbers).reshaped(to: isSequence ? [1, 1, numbers.count] : [1, numbers.count, 1])
      }
      let count = inputs.shape[0]
      let rows = scaled.reshaped(to: isSequence ? [count] + inputShape : [count, mean.count, -1])
      scaled = ((rows - column(mean)) / column(deviation)).reshaped(to: inputs.shape)
    }
    if inputShape.count == 2 { scaled = scaled.reshaped(to: [inputs.shape[0]] + inputShape) }
    let values = logits(scaled).reshaped(to: [inputs.shape[0], logitCount])
    switch ending {
    case .values: return values.scalars(Float.self)
    case .softmax: return values.softmax(along: 1).scalars(Float.self)
    case .sigmoidPair:
      return Tensor.stacked([(-values).sigmoid, values.sigmoid], along: 1).scalars(Float.self)
    case .normalMixture, .poissonMixture:
      let parts = values.split(every: logitCount / ending.partCount, along: 1)
      let means = ending == .normalMixture ? [parts[1]] : []
      let all = [parts[0].softmax(along: 1)] + means + [parts.last!.exponential]
      return Tensor.concatenated(all, along: 1).scalars(Float.self)
    }
  }
}
