import Foundation
import Probability

/// A one-dimensional Gaussian mixture of which a draw says what is unknown (`MixtureParameters`). The
/// prediction at y is the density Σ_k w_k N(y; μ_k, v_k).
///
/// Where only means are unknown ``MixtureMeansModel`` is faster.
public struct MixtureModel: PredictiveModel, Codable, Hashable {
  public let parameters: MixtureParameters

  public var dimension: Int { parameters.dimension }
  public var inputs: Int { 1 }
  public var outputs: Int { 1 }
  public var quantity: PredictedQuantity { .densities }
  public var hasSlopes: Bool { true }

  public init(_ parameters: MixtureParameters) { self.parameters = parameters }

  public func predict(
    _ draw: UnsafePointer<Double>,
    at input: UnsafePointer<Double>,
    values: UnsafeMutablePointer<Double>,
    slopes: UnsafeMutablePointer<Double>?
  ) {
    let mixture = parameters.values(of: draw)
    var density = 0.0
    var slope = 0.0
    for k in mixture.means.indices {
      let (variance, distance) = (mixture.variances[k], input[0] - mixture.means[k])
      let scale = mixture.weights[k] / (2 * .pi * variance).squareRoot()
      let term = scale * exp(-0.5 * distance * distance / variance)
      density += term
      slope -= term * distance / variance
    }
    values[0] = density
    slopes?[0] = slope
  }

  public func sample(
    _ draw: UnsafePointer<Double>,
    at input: UnsafePointer<Double>,
    using random: inout RandomStream
  ) -> Double {
    let mixture = parameters.values(of: draw)
    let k = Categorical(weights: mixture.weights).sample(using: &random)
    return mixture.means[k] + mixture.variances[k].squareRoot() * random.normal()
  }
}
