import Foundation
import Mathematics
import Probability

/// A closed-form density on the real line with heavy tails:
/// p(y) = Σ_k a_k t(y; ν_k, location_k, scale_k).
public struct StudentTMixture: Distribution, Hashable {
  /// a, adding to one.
  public let weights: [Double]
  public let components: [StudentT]

  /// - Throws: ``PredictiveError`` when the numbers do not fit together.
  public init(weights: [Double], components: [StudentT]) throws {
    guard !weights.isEmpty, weights.count == components.count,
      weights.allSatisfy({ $0 >= 0 }), weights.areModerate, weights.contains(where: { $0 > 0 }),
      components.map(\.location).areModerate, components.map(\.scale).areScales
    else {
      throw PredictiveError(
        "a mixture of Student t needs a weight for each of its \(components.count) components, none "
          + "negative, and all numbers below 1e75"
      )
    }
    let total = weights.reduce(0, +)
    self.weights = weights.map { $0 / total }
    self.components = components
  }

  func logTerms(at value: Double) -> [Double] {
    zip(weights, components).map { log($0) + $1.logProbability(of: value) }
  }

  public func logProbability(of value: Double) -> Double { logSumExp(logTerms(at: value)) }

  public func sample(using random: inout RandomStream) -> Double {
    components[Categorical(weights: weights).sample(using: &random)].sample(using: &random)
  }

  /// Σ a_k location_k; NaN where a component's mean does not exist (ν ≤ 1).
  public var mean: Double {
    zip(weights, components).reduce(0) {
      $0 + ($1.1.degreesOfFreedom > 1 ? $1.0 * $1.1.location : .nan)
    }
  }

  /// Σ a_k (s_k² ν_k / (ν_k − 2) + location_k²) − mean²; infinite where ν ≤ 2.
  public var variance: Double {
    let centre = mean
    return zip(weights, components).reduce(0) { sum, part in
      let (nu, s) = (part.1.degreesOfFreedom, part.1.scale)
      let own = nu > 2 ? s * s * nu / (nu - 2) : .infinity
      return sum + part.0 * (own + (part.1.location - centre) * (part.1.location - centre))
    }
  }
}

extension StudentTMixture: LineDistribution {
  /// P(y ≤ value); P(t ≤ −z) = ½ I_{ν/(ν+z²)}(ν/2, ½) for a component (Abramowitz & Stegun 26.7.1).
  public func cumulative(_ value: Double) -> Double {
    zip(weights, components).reduce(0) { sum, part in
      let z = (value - part.1.location) / part.1.scale
      let nu = part.1.degreesOfFreedom
      let tail = 0.5 * IncompleteBeta.value(nu / (nu + z * z), 0.5 * nu, 0.5)
      return sum + part.0 * (z < 0 ? tail : 1 - tail)
    }
  }

  public var bracket: ClosedRange<Double> {
    let widest = components.map(\.scale).max()!
    return
      (components.map(\.location).min()! - 4 * widest)...(components.map(\.location).max()! + 4
      * widest)
  }
}

extension StudentTMixture: CustomStringConvertible {
  public var description: String {
    let terms = zip(weights, components).map { weight, t in
      "\(Formula.number(weight)) t(y; \(Formula.number(t.degreesOfFreedom)), "
        + "\(Formula.number(t.location, resolving: t.scale)), \(Formula.number(t.scale)))"
    }
    return "p(y) = " + terms.joined(separator: " + ")
  }
}

extension StudentTMixture: Codable {
  private enum CodingKeys: CodingKey {
    case family, weights, components, formula
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode("mixture of Student t", forKey: .family)
    try container.encode(weights, forKey: .weights)
    try container.encode(components, forKey: .components)
    try container.encode(description, forKey: .formula)
  }

  /// - Throws: `DecodingError`, or ``PredictiveError`` when the numbers do not fit together.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let components = try container.decode([StudentT].self, forKey: .components)
    try container.require(
      components.allSatisfy { $0.scale > 0 && (1e-3...1e6).contains($0.degreesOfFreedom) },
      .components,
      "degrees of freedom must be from 0.001 to 1000000, and scales positive"
    )
    try self.init(
      weights: container.decode([Double].self, forKey: .weights),
      components: components
    )
  }
}
