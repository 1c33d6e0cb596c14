import Distillation
import Foundation
import Networks
import Tensors

/// The weight of derivative matching beside soft targets, or why there is none.
///
/// On images from 0 to 1 it is that of the demo. Derivatives are those by the numbers that the network
/// sees: where these are scaled, the weight is, so that the loss is the same function of the images.
/// Columns of a table count as much as pixels that vary as much.
package enum DerivativeWeight: Equatable {
  /// The weight, and the rule in words.
  case given(Double, rule: String)
  case none(String)

  /// The variance of a pixel of Fashion-MNIST from image to image, about which the rule was found.
  private static let usualVariance = 0.1

  /// - Parameter examples: As the network sees them.
  package init(_ student: ModelSpecification, _ data: DataPlan, on examples: Examples) throws {
    guard student.architecture.hasFusedSteps else {
      self = .none(
        "that is quick for perceptrons alone; write --loss "
          + "\"softCrossEntropy + 0.1 * derivativeSquaredError\" to have it"
      )
      return
    }
    let usual = min(0.1, 180 / Double(examples.count))
    let rule = "180 / examples, at most 0.1"
    guard data.shape.count != 3 else {
      let range = data.inputRange?.last ?? 1
      // How far a network's number moves while a pixel goes from black to white.
      let white = data.source.divisor == 1 && range > 1.5 ? range : 1
      let squares = data.scaling.deviation.map { 1 / ($0 * $0) }
      let unit = squares.isEmpty ? 1 : squares.reduce(0, +) / Double(squares.count)
      let factor = white * white * unit
      self = .given(usual * factor, rule: factor == 1 ? rule : "\(rule), in units of pixels")
      return
    }
    func mean(_ body: (Tensor) -> Tensor) throws -> Tensor {
      var sum = Tensor.zeros(examples.inputShape, .float64)
      try examples.forEachPart(of: 1_000) { _, inputs in
        sum = sum + body(inputs.moved(to: .cpu).cast(to: .float64)).sum(along: 0)
      }
      return sum / Double(examples.count)
    }
    let centre = try mean { $0 }
    let variances = try mean { ($0 - centre).squared }.scalars(Double.self).filter { $0 > 0 }
    guard let least = variances.min(), let most = variances.max() else {
      self = .none("the inputs never vary")
      return
    }
    guard most <= 100 * least else {
      self = .none(
        String(
          format: "columns differ %.0f times in scale, and one weight is not for all; write --loss "
            + "\"softCrossEntropy + 0.1 * derivativeSquaredError\" to have them all the same",
          (most / least).squareRoot()
        )
      )
      return
    }
    let mean = variances.reduce(0, +) / Double(variances.count)
    self = .given(
      usual * mean / Self.usualVariance,
      rule: "\(rule), in units of the columns' variance"
    )
  }
}
