import Networks
import Tensors

/// A restricted Boltzmann machine with binary units (Smolensky 1986).
///
/// p̃(v) = Σ_h exp(a·v + b·h + vᵀWh), so log p̃(v) = a·v + Σ_j log(1 + exp(b_j + W_jᵀv)), which is
/// minus the free energy. A value: training makes a new one.
///
/// ```swift
/// let rbm = RBM(weights: weights, visibleBias: a, hiddenBias: b)
/// let estimate = try rbm.logPartition(using: nade, by: .bridgeSampling(samples: 10_000), seed: 1)
/// ```
public struct RBM: ChainModel {
  /// W, `[visible, hidden]`, Float32 as all parameters.
  public let weights: Tensor
  /// a, `[visible]`.
  public let visibleBias: Tensor
  /// b, `[hidden]`.
  public let hiddenBias: Tensor
  let kernel: BoltzmannKernel

  public init(weights: Tensor, visibleBias: Tensor, hiddenBias: Tensor) {
    self.weights = weights.cast(to: .float32)
    self.visibleBias = visibleBias.cast(to: .float32)
    self.hiddenBias = hiddenBias.cast(to: .float32)
    kernel = BoltzmannKernel(
      weights: weights,
      visibleBias: visibleBias,
      hiddenBias: hiddenBias
    )
  }

  /// A machine with weights N(0, scale²) and biases zero, to be trained.
  ///
  /// - Parameter scale: The default 0.01 is Hinton's advice (2012).
  public init(
    visible: Int,
    hidden: Int,
    scale: Double = 0.01,
    using generator: RandomGenerator
  ) {
    self.init(
      weights: Tensor.normal([visible, hidden], using: generator) * scale,
      visibleBias: .zeros([visible]),
      hiddenBias: .zeros([hidden])
    )
  }

  /// A machine of tensors by name: `weights`, `visible_bias` and `hidden_bias`, or scikit-learn's
  /// `components_` `[hidden, visible]`, `intercept_visible_` and `intercept_hidden_`.
  ///
  /// - Throws: ``GenerativeError`` when one is missing or shapes do not belong together.
  public init(_ tensors: [String: Tensor]) throws {
    let transposed = tensors["components_"].map { $0.rank == 2 ? $0.transposed().contiguous : $0 }
    let isScikitLearn = tensors["weights"] == nil && transposed != nil
    guard let weights = tensors["weights"] ?? transposed,
      let visibleBias = tensors["visible_bias"] ?? tensors["intercept_visible_"],
      let hiddenBias = tensors["hidden_bias"] ?? tensors["intercept_hidden_"]
    else {
      let names =
        isScikitLearn
        ? "'components_', 'intercept_visible_' and 'intercept_hidden_'"
        : "'weights', 'visible_bias' and 'hidden_bias'"
      throw GenerativeError(
        "an RBM needs \(names), and these are: "
          + (tensors.isEmpty ? "nothing" : tensors.keys.sorted().joined(separator: ", "))
      )
    }
    guard weights.rank == 2, visibleBias.shape == [weights.shape[0]],
      hiddenBias.shape == [weights.shape[1]]
    else {
      throw GenerativeError(
        "biases of shapes \(visibleBias.shape) and \(hiddenBias.shape) do not belong to weights "
          + "of shape \(weights.shape): must be [visible], [hidden] and [visible, hidden]"
      )
    }
    guard weights.count > 0 else {
      throw GenerativeError("an RBM needs units, and its weights are of shape \(weights.shape)")
    }
    // Float32 has no room for some numbers that were finite before.
    let single = [weights, visibleBias, hiddenBias].map { $0.cast(to: .float32) }
    guard single.allSatisfy(\.isAllFinite) else {
      throw GenerativeError(
        "an RBM's weights and biases must be finite numbers, and below 3.4e38, as Float32 holds them"
      )
    }
    // No log p̃ is larger than their sum, of which Float32 has squares.
    guard single.reduce(0, { $0 + $1.absoluteSum }) < 1e18 else {
      throw GenerativeError(
        "an RBM's weights and biases add up to 1e18 or more, where log-probabilities overflow"
      )
    }
    self.init(weights: single[0], visibleBias: single[1], hiddenBias: single[2])
  }

  /// The parameters by name, for files.
  public var tensors: [String: Tensor] {
    ["weights": weights, "visible_bias": visibleBias, "hidden_bias": hiddenBias]
  }

  public var inputs: Int { kernel.visible }
  /// The number of hidden units.
  public var hidden: Int { kernel.hidden }

  public func logUnnormalized(_ states: Tensor) -> Tensor { kernel.logUnnormalized(states) }

  public func preciseLogUnnormalized(_ states: Tensor) -> Tensor {
    let v = states.cast(to: .float64)
    let field = v.matmul(weights.cast(to: .float64)) + hiddenBias.cast(to: .float64)
    return v.matmul(visibleBias.cast(to: .float64)) + field.softplus.sum(along: 1)
  }

  /// a + Wσ(b + Wᵀv), `[count, visible]`.
  public func inputDerivative(_ states: Tensor) -> Tensor { kernel.gradient(states) }

  /// −log p̃(v), `[count]`.
  public func freeEnergy(_ states: Tensor) -> Tensor { -logUnnormalized(states) }

  /// p(h_j = 1 | v), `[count, hidden]`.
  public func hiddenProbabilities(_ states: Tensor) -> Tensor {
    kernel.hiddenProbabilities(states)
  }

  /// p(v_i = 1 | h) for binary hidden states `[count, hidden]`: `[count, visible]`.
  public func visibleProbabilities(_ hidden: Tensor) -> Tensor {
    kernel.visibleProbabilities(hidden)
  }
}
