import Foundation
import Probability

/// A one-dimensional Gaussian mixture with known weights and variances; the draw is its means. The
/// prediction at y is the density Σ_k weight_k N(y; mean_k, variance_k).
public struct MixtureMeansModel: PredictiveModel, Codable, Hashable {
  public let weights: [Double]
  public let variances: [Double]

  public var dimension: Int { variances.count }
  public var inputs: Int { 1 }
  public var outputs: Int { 1 }
  public var quantity: PredictedQuantity { .densities }
  public var hasSlopes: Bool { true }

  public init(weights: [Double], variances: [Double]) {
    precondition(
      weights.count == variances.count && !weights.isEmpty
        && (weights + variances).allSatisfy { $0 > 0 },
      "MixtureMeansModel: \(weights.count) weights and \(variances.count) variances, must be as "
        + "many, and positive"
    )
    let total = weights.reduce(0, +)
    self.weights = weights.map { $0 / total }
    self.variances = variances
  }

  public func predict(
    _ draw: UnsafePointer<Double>,
    at input: UnsafePointer<Double>,
    values: UnsafeMutablePointer<Double>,
    slopes: UnsafeMutablePointer<Double>?
  ) {
    var density = 0.0
    var slope = 0.0
    for k in weights.indices {
      let distance = input[0] - draw[k]
      let scale = weights[k] / (2 * .pi * variances[k]).squareRoot()
      let term = scale * exp(-0.5 * distance * distance / variances[k])
      density += term
      slope -= term * distance / variances[k]
    }
    values[0] = density
    slopes?[0] = slope
  }

  public func sample(
    _ draw: UnsafePointer<Double>,
    at input: UnsafePointer<Double>,
    using random: inout RandomStream
  ) -> Double {
    var remaining = random.uniform()
    var chosen = 0
    while chosen < weights.count - 1 {
      remaining -= weights[chosen]
      if remaining < 0 { break }
      chosen += 1
    }
    return draw[chosen] + variances[chosen].squareRoot() * random.normal()
  }
}
