import Tensors

/// A restricted Boltzmann machine with real visible and binary hidden units (Welling, Rosen-Zvi &
/// Hinton 2005; Krizhevsky 2009).
///
/// p̃(v) = Σ_h exp(−½‖(v − a)/σ‖² + b·h + (v/σ)ᵀWh), so that
/// log p̃(v) = −½‖(v − a)/σ‖² + Σ_j log(1 + exp(b_j + W_jᵀ(v/σ))): a mixture of 2^hidden normal
/// distributions. A value: training makes a new one.
public struct GaussianRBM: ChainModel {
  /// W, `[visible, hidden]`.
  public let weights: Tensor
  /// a, `[visible]`.
  public let visibleBias: Tensor
  /// b, `[hidden]`.
  public let hiddenBias: Tensor
  /// σ, `[visible]`, positive.
  public let deviations: Tensor
  /// W divided by σ, which v is multiplied by.
  let scaled: Tensor

  /// A machine of these tensors, in their element type.
  public init(
    weights: Tensor,
    visibleBias: Tensor,
    hiddenBias: Tensor,
    deviations: Tensor
  ) {
    let (visible, hidden) = (weights.shape[0], weights.shape[1])
    precondition(
      visibleBias.shape == [visible] && hiddenBias.shape == [hidden]
        && deviations.shape == [visible],
      "GaussianRBM: a \(visibleBias.shape), b \(hiddenBias.shape) and σ \(deviations.shape) for W "
        + "\(weights.shape): must be [visible], [hidden] and [visible]"
    )
    self.weights = weights
    self.visibleBias = visibleBias
    self.hiddenBias = hiddenBias
    self.deviations = deviations
    scaled = weights / deviations.insertingAxis(1)
  }

  /// A machine with weights N(0, scale²), to be trained on `data`.
  ///
  /// - Parameters:
  ///   - data: `[count, visible]`, whose means become a.
  ///   - noise: σ as a part of the data's standard deviations. Hidden units must explain the rest: at
  ///     1 a normal distribution fits as it is, and the gradient of the weights nearly vanishes.
  ///   - scale: The default 0.01 is Hinton's advice (2012).
  public init(
    startingAt data: Tensor,
    hidden: Int,
    noise: Double = 0.7,
    scale: Double = 0.01,
    using generator: RandomGenerator
  ) {
    let data = data.cast(to: .float64)
    self.init(
      weights: Tensor.normal([data.shape[1], hidden], using: generator) * scale,
      visibleBias: data.mean(along: 0).cast(to: .float32),
      hiddenBias: .zeros([hidden]),
      deviations: (data.standardDeviation(along: 0) * noise).clamped(min: 1e-3).cast(to: .float32)
    )
  }

  /// A machine of tensors by name: `weights`, `visible_bias`, `hidden_bias` and `deviations`.
  ///
  /// - Throws: ``GenerativeError`` when one is missing, not finite, or of a shape that does not fit.
  public init(_ tensors: [String: Tensor]) throws {
    guard let weights = tensors["weights"], let visibleBias = tensors["visible_bias"],
      let hiddenBias = tensors["hidden_bias"], let deviations = tensors["deviations"]
    else {
      throw GenerativeError(
        "a Gaussian RBM needs 'weights', 'visible_bias', 'hidden_bias' and 'deviations', and these "
          + "are: " + (tensors.isEmpty ? "nothing" : tensors.keys.sorted().joined(separator: ", "))
      )
    }
    guard weights.rank == 2, visibleBias.shape == [weights.shape[0]],
      hiddenBias.shape == [weights.shape[1]], deviations.shape == visibleBias.shape,
      [weights, visibleBias, hiddenBias, deviations].allSatisfy(\.isAllFinite),
      (deviations .> deviations.zerosLike).isAllTrue
    else {
      throw GenerativeError(
        "a Gaussian RBM's tensors must be finite, with positive deviations, and of shapes "
          + "[visible, hidden], [visible], [hidden] and [visible]"
      )
    }
    guard [weights, visibleBias, hiddenBias].reduce(0, { $0 + $1.absoluteSum }) < 1e9,
      deviations.minimum().doubleValue > 1e-9, deviations.maximum().doubleValue < 1e9
    else {
      throw GenerativeError(
        "a Gaussian RBM's weights and biases add up to 1e9 or more, or a deviation is not between "
          + "1e-9 and 1e9: log-probabilities overflow there"
      )
    }
    self.init(
      weights: weights,
      visibleBias: visibleBias,
      hiddenBias: hiddenBias,
      deviations: deviations
    )
  }

  /// The parameters by name, for files.
  public var tensors: [String: Tensor] {
    [
      "weights": weights, "visible_bias": visibleBias, "hidden_bias": hiddenBias,
      "deviations": deviations,
    ]
  }

  public var inputs: Int { weights.shape[0] }
  /// The number of hidden units.
  public var hidden: Int { weights.shape[1] }

  /// b + Wᵀ(v/σ), `[count, hidden]`.
  func field(_ states: Tensor) -> Tensor {
    states.cast(to: weights.elementType).matmul(scaled) + hiddenBias
  }

  public func logUnnormalized(_ states: Tensor) -> Tensor {
    let distance = (states.cast(to: weights.elementType) - visibleBias) / deviations
    return field(states).softplus.sum(along: 1) - distance.squared.sum(along: 1) * 0.5
  }

  public func preciseLogUnnormalized(_ states: Tensor) -> Tensor {
    GaussianRBM(
      weights: weights.cast(to: .float64),
      visibleBias: visibleBias.cast(to: .float64),
      hiddenBias: hiddenBias.cast(to: .float64),
      deviations: deviations.cast(to: .float64)
    ).logUnnormalized(states)
  }

  /// −(v − a)/σ² + Wσ(b + Wᵀ(v/σ))/σ, `[count, visible]`.
  public func inputDerivative(_ states: Tensor) -> Tensor {
    hiddenProbabilities(states).matmul(scaled.transposed())
      - (states.cast(to: weights.elementType) - visibleBias) / deviations.squared
  }

  /// −log p̃(v), `[count]`.
  public func freeEnergy(_ states: Tensor) -> Tensor { -logUnnormalized(states) }

  /// p(h_j = 1 | v), `[count, hidden]`.
  public func hiddenProbabilities(_ states: Tensor) -> Tensor { field(states).sigmoid }

  /// E[v | h] = a + σ ∘ Wh for hidden states, or their probabilities, `[count, hidden]`:
  /// `[count, visible]`.
  public func visibleMeans(_ hidden: Tensor) -> Tensor {
    hidden.cast(to: weights.elementType).matmul(weights.transposed()) * deviations + visibleBias
  }
}
