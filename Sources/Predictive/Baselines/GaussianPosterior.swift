import Distillation
import Foundation
import Probability
import Tensors

/// A normal approximation of the posterior of a regression of two classes, and what it predicts:
/// P(y = 1 | x) = E[s(z)], z ~ N(m · x, xᵀ V x).
///
/// From `LaplaceApproximation` or ``ExpectationPropagation``: a baseline for compact predictives.
public struct GaussianPosterior: Teacher, Codable, Hashable, Sendable {
  /// m, `[dimension]`.
  public let mean: [Double]
  /// V, row-major, `[dimension × dimension]`.
  public let covariance: [Double]
  public let link: Link

  public init(mean: [Double], covariance: [Double], link: Link) {
    precondition(
      covariance.count == mean.count * mean.count,
      "GaussianPosterior: a covariance of \(covariance.count) elements for \(mean.count) numbers"
    )
    self.mean = mean
    self.covariance = covariance
    self.link = link
  }

  /// The normal distribution at the mode.
  public init(_ laplace: LaplaceApproximation, link: Link) {
    let n = laplace.mode.count
    var covariance: [Double] = []
    for i in 0..<n {
      var column = [Double](repeating: 0, count: n)
      column[i] = 1
      laplace.precisionFactor.solve(&column)
      covariance += column
    }
    self.init(mean: laplace.mode, covariance: covariance, link: link)
  }

  /// P(y = 1 | x).
  public func probability(at input: [Double]) -> Double { moments(at: input).value }

  public func observe(_ inputs: Tensor, _ request: Request) throws -> Observation {
    guard inputs.rank == 2, inputs.shape[1] == mean.count else {
      throw DistillationError(
        "the normal posterior takes \(mean.count) numbers for each example, not inputs of shape "
          + "\(inputs.shape)"
      )
    }
    guard !request.wantsDerivatives, request.features.isEmpty else {
      throw DistillationError("a normal posterior is observed by its values only")
    }
    let flat = inputs.scalars(Double.self)
    let n = mean.count
    let values = (0..<inputs.shape[0]).flatMap { row in
      let p = moments(at: Array(flat[(row * n)..<((row + 1) * n)]))
      return [p.complement, p.value]
    }
    let mean = Prediction(
      values: Tensor(values, shape: [inputs.shape[0], 2]),
      slopes: nil,
      quantity: .probabilities
    )
    return mean.observation(inputs.elementType)
  }

  private func moments(at input: [Double]) -> (value: Double, complement: Double) {
    let n = mean.count
    var (centre, variance) = (0.0, 0.0)
    for i in 0..<n {
      centre += mean[i] * input[i]
      for j in 0..<n { variance += input[i] * covariance[i * n + j] * input[j] }
    }
    let z = link.moments(mean: centre, variance: max(variance, 0))
    return (z.value, z.complement)
  }
}
