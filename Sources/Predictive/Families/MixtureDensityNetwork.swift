import Distillation
import Foundation
import Mathematics
import Networks
import Probability
import Tensors

/// A network that gives, for each input, a mixture of Gaussians of a number,
/// p(y | x) = Σ_k a_k(x) N(y; m_k(x), s_k(x)²), or of Poissons of a count,
/// p(y | x) = Σ_k a_k(x) Poisson(y; m_k(x)), which may be as overdispersed as a negative binomial.
///
/// With one component it is a Gaussian whose noise depends on the input. Trained on predictive
/// samples by ``negativeLogLikelihood``, batch or online. Bishop, *Mixture density networks* (1994).
public struct MixtureDensityNetwork: Module {
  /// Gives `[batch, 3 × components]`: logits of the weights, means, and logarithms of s; of counts
  /// `[batch, 2 × components]`: logits of the weights, and logarithms of the means.
  public let body: MLP
  public let components: Int
  public let outcome: MixtureOfRegressions.Outcome

  /// - Parameters:
  ///   - widths: The number of inputs and of each hidden layer's units.
  ///   - components: The default of 1 is a heteroscedastic Gaussian.
  ///   - outcome: Numbers or counts. The default is numbers.
  public init(
    _ widths: [Int],
    components: Int = 1,
    outcome: MixtureOfRegressions.Outcome = .normal,
    activation: Activation = .tanh,
    _ elementType: ElementType = .float32,
    using generator: RandomGenerator
  ) {
    precondition(components > 0, "MixtureDensityNetwork: \(components) components")
    body = MLP(
      widths + [outcome.parts * components],
      activation: activation,
      elementType,
      using: generator
    )
    self.components = components
    self.outcome = outcome
  }

  /// The head on a perceptron that is there.
  public init(
    _ body: MLP,
    components: Int,
    outcome: MixtureOfRegressions.Outcome = .normal
  ) {
    precondition(
      components > 0 && body.widths.last == outcome.parts * components,
      "MixtureDensityNetwork: \(components) components of \(body.widths.last!) outputs"
    )
    (self.body, self.components, self.outcome) = (body, components, outcome)
  }

  /// Moves the components of a new network of counts to the quantiles of some, so that it has not to
  /// learn their size first.
  public func start(at counts: [Double]) {
    precondition(
      outcome == .poisson && !counts.isEmpty,
      "start: for counts, of which there are some"
    )
    let sorted = counts.sorted()
    let places = (0..<components).map { k in
      log(max(sorted[(2 * k + 1) * sorted.count / (2 * components)], 0.1))
    }
    let bias = body.layers.last!.bias!
    let zeros = places.map { _ in 0.0 }
    bias.replace(with: bias.value + Tensor(zeros + places).cast(to: bias.value.elementType))
  }

  /// Changes the last layer for outcomes y = shift + scale × those it was trained on.
  public func rescaleOutcomes(shift: Double, scale: Double) {
    precondition(outcome == .normal, "rescaleOutcomes: counts have no other scale")
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
    let (components, outcome) = (components, outcome)
    return Loss("negativeLogLikelihood", needs: Needs(labels: true)) { comparison in
      let outcomes = try comparison.labelled().insertingAxis(1)
      let head = comparison.student.values.split(every: components, along: 1)
      let terms: Tensor
      switch outcome {
      case .normal:
        let z = (outcomes - head[1]) * (-head[2]).exponential
        terms = z.squared * -0.5 - head[2] - StandardNormal.logSqrtTwoPi
      case .poisson:
        terms = outcomes * head[1] - head[1].exponential - (outcomes + 1).logGamma
      }
      return -(head[0].logSoftmax() + terms).logSumExp(along: 1).mean()
    }.unbiasedOnline()
  }

  /// p(y | x) at each input `[batch, inputs]`, in closed form.
  ///
  /// - Throws: ``PredictiveError`` when a mixture has no finite numbers.
  public func distributions(at inputs: Tensor) throws -> [PredictedOutcome] {
    guard outcome == .poisson else { return try mixtures(at: inputs).map { PredictedOutcome($0) } }
    let head = withoutGradient { body(inputs) }.cast(to: .float64).split(
      every: components,
      along: 1
    )
    return zip(head[0].softmax().matrixRows, head[1].exponential.matrixRows).map {
      .poissons(weights: $0, means: $1)
    }
  }

  /// The Gaussian mixtures at each input `[batch, inputs]`, of a network of numbers.
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
    let k = components == 1 ? "" : "ₖ"
    let (density, head) =
      outcome == .normal
      ? ("N(y; m\(k)(x), s\(k)(x)²)", "(log a, m, log s)")
      : ("Poisson(y; m\(k)(x))", "(log a, log m)")
    let sum = components == 1 ? density : "Σₖ₌₁…\(components) aₖ(x) \(density)"
    return "p(y | x) = \(sum), \(head)(x) = \(body.expression) \(body.widthsText)"
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

extension MixtureOfRegressions.Outcome {
  /// What a network gives for each component.
  var parts: Int { self == .normal ? 3 : 2 }
}
