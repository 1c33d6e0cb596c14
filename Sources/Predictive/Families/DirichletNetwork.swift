import Distillation
import Foundation
import Networks
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
  private let limit = 12.0

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

  /// log α: log-probabilities up to a constant, so that the mean prediction is their softmax.
  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    // limit · tanh(z / limit) is z where it matters and never beyond the limit.
    (body(input, pass) / limit).tanh * limit
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

extension DirichletNetwork: CustomStringConvertible {
  public var description: String { "p(π | x) = Dir(π; α(x)), log α(x) = \(body.formula)" }
}
