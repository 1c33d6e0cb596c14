import Foundation
import Mathematics
import Probability
import Tensors

/// A one-dimensional Gaussian mixture of which the draw is the means and, where they are unknown
/// too, the weights and the standard deviations. The prediction at y is the density
/// Σ_k a_k N(y; m_k, s_k²).
///
/// A draw is `[means, weights?, standard deviations?]`, K numbers each.
public struct GaussianMixtureModel: PredictiveModel, OutcomeModel, Codable, Hashable {
  public let components: Int
  /// Known weights, adding to one; nil when they are in the draw.
  public let weights: [Double]?
  /// Known standard deviations; nil when they are in the draw.
  public let deviations: [Double]?

  public var dimension: Int {
    components * (1 + (weights == nil ? 1 : 0) + (deviations == nil ? 1 : 0))
  }
  public var inputs: Int { 1 }
  public var outputs: Int { 1 }
  public var quantity: PredictedQuantity { .densities }
  public var hasSlopes: Bool { true }

  /// - Parameters:
  ///   - weights: Known weights, positive, in any scale; nil when each draw has its own.
  ///   - deviations: Known standard deviations, positive; nil when each draw has its own.
  public init(components: Int, weights: [Double]?, deviations: [Double]?) {
    precondition(
      components > 0
        && [weights, deviations].allSatisfy { known in
          known.map { $0.count == components && $0.allSatisfy { $0 > 0 } } ?? true
        },
      "GaussianMixtureModel: \(components) components need as many known weights and deviations, "
        + "all positive"
    )
    self.components = components
    let total = weights?.reduce(0, +) ?? 1
    self.weights = weights.map { $0.map { $0 / total } }
    self.deviations = deviations
  }

  @inline(__always)
  private func weight(_ draw: UnsafePointer<Double>, _ k: Int) -> Double {
    weights?[k] ?? draw[components + k]
  }

  @inline(__always)
  private func deviation(_ draw: UnsafePointer<Double>, _ k: Int) -> Double {
    deviations?[k] ?? draw[(weights == nil ? 2 : 1) * components + k]
  }

  public func predict(
    _ draw: UnsafePointer<Double>,
    at input: UnsafePointer<Double>,
    values: UnsafeMutablePointer<Double>,
    slopes: UnsafeMutablePointer<Double>?
  ) {
    var (density, slope) = (0.0, 0.0)
    for k in 0..<components {
      let s = deviation(draw, k)
      let term = weight(draw, k) * exp(Normal.logDensity(input[0], draw[k], s))
      density += term
      slope -= term * (input[0] - draw[k]) / (s * s)
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
    while chosen < components - 1 {
      remaining -= weight(draw, chosen)
      if remaining < 0 { break }
      chosen += 1
    }
    return draw[chosen] + deviation(draw, chosen) * random.normal()
  }

  /// The density at `value`; there are no inputs.
  public func logProbability(
    of value: Double,
    given draw: UnsafePointer<Double>,
    at input: UnsafePointer<Double>
  ) -> Double {
    logSumExp(
      (0..<components).map {
        log(weight(draw, $0)) + Normal.logDensity(value, draw[$0], deviation(draw, $0))
      }
    )
  }
}
