import Foundation
import Probability
import Tensors

/// Softmax regression: P(y = c) ∝ exp(w_c · x), and the draw is W row by row, `[classes, inputs]`.
public struct SoftmaxModel: PredictiveModel, Codable, Hashable {
  public let classes: Int
  public let inputs: Int

  public var dimension: Int { classes * inputs }
  public var outputs: Int { classes }
  public var quantity: PredictedQuantity { .probabilities }
  public var hasSlopes: Bool { true }

  public init(classes: Int, inputs: Int) {
    precondition(
      classes > 1 && inputs > 0,
      "SoftmaxModel: \(classes) classes of \(inputs) inputs; needs two classes and one input"
    )
    self.classes = classes
    self.inputs = inputs
  }

  public func predict(
    _ draw: UnsafePointer<Double>,
    at input: UnsafePointer<Double>,
    values: UnsafeMutablePointer<Double>,
    slopes: UnsafeMutablePointer<Double>?
  ) {
    var largest = -Double.infinity
    for c in 0..<classes {
      var logit = 0.0
      for j in 0..<inputs { logit += draw[c * inputs + j] * input[j] }
      values[c] = logit
      largest = max(largest, logit)
    }
    var total = 0.0
    for c in 0..<classes {
      values[c] = exp(values[c] - largest)
      total += values[c]
    }
    for c in 0..<classes { values[c] /= total }
    guard let slopes else { return }
    // ∂p_c/∂x = p_c (w_c − Σ_d p_d w_d).
    for j in 0..<inputs {
      var mean = 0.0
      for c in 0..<classes { mean += values[c] * draw[c * inputs + j] }
      for c in 0..<classes { slopes[c * inputs + j] = values[c] * (draw[c * inputs + j] - mean) }
    }
  }

  public func sample(
    _ draw: UnsafePointer<Double>,
    at input: UnsafePointer<Double>,
    using random: inout RandomStream
  ) -> Double {
    // The largest of logits with Gumbel noise is a draw (Gumbel 1954).
    var best = (class: 0, score: -Double.infinity)
    for c in 0..<classes {
      var score = -log(random.exponential())
      for j in 0..<inputs { score += draw[c * inputs + j] * input[j] }
      if score > best.score { best = (c, score) }
    }
    return Double(best.class)
  }

  public func sum(
    _ draws: Tensor,
    at points: Tensor,
    slopes wantsSlopes: Bool
  ) -> (values: Tensor, slopes: Tensor?) {
    let count = draws.shape[0]
    let weights = draws.reshaped(to: [count * classes, inputs])
    let p = points.matmul(weights.transposed()).reshaped(to: [-1, count, classes]).softmax()
    guard wantsSlopes else { return (p.sum(along: 1), nil) }
    let w = draws.reshaped(to: [count, classes, inputs])
    let mean = Tensor.einsum("bmc,mcj->bmj", p, w)
    let slopes = Tensor.einsum("bmc,mcj->bcj", p, w) - Tensor.einsum("bmc,bmj->bcj", p, mean)
    return (p.sum(along: 1), slopes)
  }
}
