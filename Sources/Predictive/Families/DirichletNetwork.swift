import Distillation
import Foundation
import Mathematics
import Networks
import Probability
import Tensors

/// A network that gives, for each input, a Dirichlet over the probabilities of classes: not only
/// what an ensemble predicts on average but how far its members differ.
///
/// Trained by ``negativeLogLikelihood`` on what single draws predict. Malinin, Mlodozeniec & Gales,
/// *Ensemble distribution distillation* (2020).
public struct DirichletNetwork: Module {
  /// Gives the logarithms of α, `[batch, classes]`.
  public let body: MLP
  /// The largest logarithm of α; keeps a point mass from being infinitely sharp.
  package static let limit = 12.0

  public var classes: Int { body.widths.last! }

  /// - Parameter widths: The number of inputs, of each hidden layer's units, and of classes.
  public init(
    _ widths: [Int],
    activation: Activation = .tanh,
    _ elementType: ElementType = .float32,
    using generator: RandomGenerator
  ) {
    body = MLP(widths, activation: activation, elementType, using: generator)
  }

  /// The head on a perceptron that is there.
  public init(_ body: MLP) { self.body = body }

  /// log α: log-probabilities up to a constant, so that the mean prediction is their softmax.
  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    // limit · tanh(z / limit) is z where it matters and never beyond the limit.
    (body(input, pass) / Self.limit).tanh * Self.limit
  }

  /// −log Dir(t; α(x)), mean over the batch, t the probabilities that one draw gives: the spread of
  /// draws is what is learnt, so this is right for single draws only.
  public var negativeLogLikelihood: Loss {
    Loss("dirichletNegativeLogLikelihood", needs: Needs(teacher: true)) { comparison in
      let alpha = comparison.student.values.exponential
      let logs = try comparison.taught().logProbabilities().clamped(min: -30)
      let normalizer = alpha.sum(along: 1).logGamma - alpha.logGamma.sum(along: 1)
      return -(normalizer + ((alpha - 1) * logs).sum(along: 1)).mean()
    }.unbiasedOnline()
  }

  /// How uncertain predictions are, and why, in nats.
  public struct Uncertainty: Sendable, Hashable {
    /// The mean prediction α / Σα.
    public let probabilities: [Double]
    /// The entropy of the mean prediction.
    public let total: Double
    /// The mean entropy of the predictions that are drawn: noise that no data removes.
    public let aleatoric: Double

    /// Their difference, the mutual information of outcome and draw: what more data would tell.
    public var epistemic: Double { total - aleatoric }
  }

  /// The uncertainty at each input `[batch, inputs]`, in closed form: with A = Σα, the mean entropy
  /// is ψ(A + 1) − Σ α_k/A ψ(α_k + 1).
  public func uncertainties(at inputs: Tensor) -> [Uncertainty] {
    let alpha = withoutGradient { self(inputs) }.cast(to: .float64).exponential
    let total = alpha.sum(along: 1, keepingAxes: true)
    let p = alpha / total
    let entropy = -(p * p.logarithm).sum(along: 1)
    let expected =
      (total + 1).digamma.removingAxis(1) - (p * (alpha + 1).digamma).sum(along: 1)
    let (entropies, means) = (entropy.scalars(Double.self), expected.scalars(Double.self))
    return entropies.indices.map {
      Uncertainty(probabilities: p[$0].scalars(), total: entropies[$0], aleatoric: means[$0])
    }
  }
}

/// A number in (0, 1) distributed as Beta(alpha, beta): one coordinate of a Dirichlet.
public struct MarginalBeta: LineDistribution, Sendable, Hashable {
  public let alpha: Double
  public let beta: Double

  public init(alpha: Double, beta: Double) {
    precondition(alpha > 0 && beta > 0, "MarginalBeta: α = \(alpha), β = \(beta), must be positive")
    (self.alpha, self.beta) = (alpha, beta)
  }

  /// α / (α + β).
  public var mean: Double { alpha / (alpha + beta) }

  public func cumulative(_ value: Double) -> Double {
    value <= 0 ? 0 : value >= 1 ? 1 : IncompleteBeta.value(value, alpha, beta)
  }

  public var bracket: ClosedRange<Double> { 0...1 }
}

extension DirichletNetwork {
  /// The distribution of each class's probability at each input `[batch, inputs]`:
  /// `[batch][classes]`.
  public func marginals(at inputs: Tensor) -> [[MarginalBeta]] {
    let logs = withoutGradient { self(inputs) }.cast(to: .float64)
    return logs.exponential.unbound().map { row in
      let alpha = row.scalars(Double.self)
      let total = alpha.reduce(0, +)
      return alpha.map { MarginalBeta(alpha: $0, beta: total - $0) }
    }
  }

  /// Probabilities of classes drawn at an input: what a fresh draw of the posterior might say.
  public func sample(at input: [Double], using random: inout RandomStream) -> [Double] {
    let x = Tensor([input]).cast(to: body.layers[0].weight.value.elementType)
    let alpha = withoutGradient { self(x).cast(to: .float64).exponential.scalars(Double.self) }
    let parts = alpha.map { random.gamma(shape: $0) }
    let total = parts.reduce(0, +)
    return total > 0 ? parts.map { $0 / total } : alpha.map { $0 / alpha.reduce(0, +) }
  }

  /// log Dir(probabilities; α(x)).
  public func logProbability(of probabilities: [Double], at input: [Double]) -> Double {
    let x = Tensor([input]).cast(to: body.layers[0].weight.value.elementType)
    let alpha = withoutGradient { self(x).cast(to: .float64).exponential.scalars(Double.self) }
    return lgamma(alpha.reduce(0, +))
      + zip(alpha, probabilities).reduce(0) { $0 - lgamma($1.0) + ($1.0 - 1) * log($1.1) }
  }
}

extension DirichletNetwork: CustomStringConvertible {
  public var description: String {
    let bound = Formula.number(Self.limit)
    return "p(π | x) = Dir(π; α(x)), log α(x) = \(bound) tanh((\(body.expression)) / \(bound)) "
      + body.widthsText
  }
}
