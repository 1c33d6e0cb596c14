import Distillation
import Foundation
import Networks
import Probability
import Tensors

/// A network that gives, for each input, a mixture of Gaussians of a number:
/// p(y | x) = Σ_k a_k(x) N(y; m_k(x), s_k(x)²).
///
/// With one component it is a Gaussian whose noise depends on the input. Trained on predictive
/// samples by ``negativeLogLikelihood``, batch or online. Bishop, *Mixture density networks* (1994).
public struct MixtureDensityNetwork: Module {
  /// Gives `[batch, 3 × components]`: logits of the weights, means, and logarithms of s.
  public let body: MLP
  public let components: Int

  /// - Parameters:
  ///   - widths: The number of inputs and of each hidden layer's units.
  ///   - components: The default of 1 is a heteroscedastic Gaussian.
  public init(
    _ widths: [Int],
    components: Int = 1,
    activation: Activation = .tanh,
    _ elementType: ElementType = .float32,
    using generator: RandomGenerator
  ) {
    precondition(components > 0, "MixtureDensityNetwork: \(components) components")
    body = MLP(
      widths + [3 * components],
      activation: activation,
      elementType,
      using: generator
    )
    self.components = components
  }

  /// The head on a perceptron that is there.
  public init(_ body: MLP, components: Int) {
    precondition(
      components > 0 && body.widths.last == 3 * components,
      "MixtureDensityNetwork: \(components) components of \(body.widths.last!) outputs"
    )
    (self.body, self.components) = (body, components)
  }

  /// Changes the last layer for outcomes y = shift + scale × those it was trained on.
  public func rescaleOutcomes(shift: Double, scale: Double) {
    let layer = body.layers.last!
    let (k, weight) = (components, layer.weight.value.split(every: components, along: 0))
    let bias = layer.bias!.value.split(every: k, along: 0)
    layer.weight.replace(with: .concatenated([weight[0], weight[1] * scale, weight[2]]))
    layer.bias!.replace(
      with: .concatenated([bias[0], bias[1] * scale + shift, bias[2] + log(scale)])
    )
  }

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor { body(input, pass) }

  /// −log p(y | x), mean over the batch, of outcomes y that are the batch's labels, `[batch]` real
  /// numbers. Unbiased online when each y is drawn from its own draw's prediction
  /// (``PredictiveSamples``).
  public var negativeLogLikelihood: Loss {
    let components = components
    return Loss("negativeLogLikelihood", needs: Needs(labels: true)) { comparison in
      let outcomes = try comparison.labelled().insertingAxis(1)
      let head = comparison.student.values.split(every: components, along: 1)
      let z = (outcomes - head[1]) * (-head[2]).exponential
      let terms = head[0].logSoftmax() - z.squared * 0.5 - head[2] - StandardNormal.logSqrtTwoPi
      return -terms.logSumExp(along: 1).mean()
    }.unbiasedOnline()
  }

  /// p(y | x) at each input `[batch, inputs]`, in closed form.
  public func mixtures(at inputs: Tensor) throws -> [GaussianMixture] {
    let head = withoutGradient { body(inputs) }.cast(to: .float64)
    let parts = head.split(every: components, along: 1)
    let (weights, means, deviations) = (
      parts[0].softmax(), parts[1], parts[2].exponential
    )
    return try (0..<inputs.shape[0]).map { n in
      try GaussianMixture(
        weights: weights[n].scalars(),
        means: means[n].scalars(),
        variances: deviations[n].squared.scalars()
      )
    }
  }
}

extension MixtureDensityNetwork: CustomStringConvertible {
  public var description: String {
    let density =
      components == 1
      ? "N(y; m(x), s(x)²)" : "Σₖ₌₁…\(components) aₖ(x) N(y; mₖ(x), sₖ(x)²)"
    return
      "p(y | x) = \(density), (log a, m, log s)(x) = \(body.expression) \(body.widthsText)"
  }
}

extension MLP {
  /// `W₂ tanh(W₁ x + b₁) + b₂`.
  var expression: String {
    layers.indices.reduce("x") { inner, index in
      let number = Formula.subscripted(index + 1)
      let linear = "W\(number) \(inner) + b\(number)"
      return index < layers.count - 1 ? "\(activation.rawValue)(\(linear))" : linear
    }
  }

  /// The layers' widths, `[2–5–3]`.
  var widthsText: String { "[\(widths.map(String.init).joined(separator: "–"))]" }
}
