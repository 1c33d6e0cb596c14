import Foundation
import Mathematics

/// `Σ_k weight_k · component_k`: draw a component, then a value from it.
public struct Mixture<Component: Distribution>: Distribution {
  /// The distribution of the component's index.
  public let selector: Categorical
  public let components: [Component]

  /// The mixture with weights proportional to `weights`; the default is equal weights.
  public init(_ components: [Component], weights: [Double]? = nil) {
    let weights = weights ?? [Double](repeating: 1, count: components.count)
    precondition(
      weights.count == components.count,
      "Mixture: \(weights.count) weights for \(components.count) components"
    )
    selector = Categorical(weights: weights)
    self.components = components
  }

  public func logProbability(of value: Component.Value) -> Double {
    logSumExp(
      zip(selector.logProbabilities, components).map { $0 + $1.logProbability(of: value) }
    )
  }

  public func sample(using random: inout RandomStream) -> Component.Value {
    components[selector.sample(using: &random)].sample(using: &random)
  }
}

extension Mixture: UnnormalizedDistribution
where Component: UnnormalizedDistribution, Component.Value == [Double] {
  public var dimension: Int { components[0].dimension }

  public func logDensity(at point: [Double]) -> Double { logProbability(of: point) }
}

extension Mixture: DifferentiableDistribution
where Component: DifferentiableDistribution, Component.Value == [Double] {
  /// The gradient is the components' gradients weighted by their responsibilities.
  public func logDensity(at point: [Double], gradient: inout [Double]) -> Double {
    let terms = zip(selector.logProbabilities, components).map { weight, component in
      (weight + component.logDensity(at: point), component.gradient(at: point))
    }
    let total = logSumExp(terms.map(\.0))
    for i in gradient.indices {
      gradient[i] = terms.reduce(0) { $0 + exp($1.0 - total) * $1.1[i] }
    }
    return total
  }
}
