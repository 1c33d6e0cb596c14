import Tensors

/// A restricted Boltzmann machine that ``MachineTrainer`` trains: exp(α·u + b·h + uᵀWh) times what
/// does not depend on α, b and W, where u are the visible units, standardised.
public protocol TrainableMachine: ChainModel {
  associatedtype Tempered: TemperedModel
  /// The parameters by name, for files.
  var tensors: [String: Tensor] { get }
  /// A machine of tensors by name.
  init(_ tensors: [String: Tensor]) throws
  /// W, `[visible, hidden]`.
  var weights: Tensor { get }
  /// p(h_j = 1 | v), `[count, hidden]`.
  func hiddenProbabilities(_ states: Tensor) -> Tensor
  /// u, which the weights multiply, `[count, visible]`.
  func standardized(_ states: Tensor) -> Tensor
  /// The machine with W, α and b moved.
  func moved(weights: Tensor, visible: Tensor, hidden: Tensor) -> Self
  /// The derivative of mean log p̃ with respect to log σ where there are deviations, `[visible]`.
  func logDeviationDerivative(_ states: Tensor) -> Tensor?
  /// The machine with log σ moved.
  func moved(logDeviations: Tensor) -> Self
  /// The path that parallel tempering keeps its chains on.
  var tempered: Tempered { get }
}

extension RBM: TrainableMachine {
  public func standardized(_ states: Tensor) -> Tensor { states.cast(to: .float32) }

  public func moved(weights: Tensor, visible: Tensor, hidden: Tensor) -> RBM {
    RBM(
      weights: self.weights + weights,
      visibleBias: visibleBias + visible,
      hiddenBias: hiddenBias + hidden
    )
  }

  public func logDeviationDerivative(_ states: Tensor) -> Tensor? { nil }
  public func moved(logDeviations: Tensor) -> RBM { self }
  /// From fair bits.
  public var tempered: TemperedRBM { TemperedRBM(self) }
}

extension GaussianRBM: TrainableMachine {
  /// v/σ.
  public func standardized(_ states: Tensor) -> Tensor {
    states.cast(to: weights.elementType) / deviations
  }

  /// α is a/σ.
  public func moved(weights: Tensor, visible: Tensor, hidden: Tensor) -> GaussianRBM {
    GaussianRBM(
      weights: self.weights + weights,
      visibleBias: visibleBias + visible * deviations,
      hiddenBias: hiddenBias + hidden,
      deviations: deviations
    )
  }

  /// ⟨((v − a)/σ)² − (v/σ) ∘ Wp⟩, p the hidden probabilities.
  public func logDeviationDerivative(_ states: Tensor) -> Tensor? {
    let distance = (states.cast(to: weights.elementType) - visibleBias) / deviations
    let push = hiddenProbabilities(states).matmul(weights.transposed())
    return (distance.squared - standardized(states) * push).mean(along: 0)
  }

  public func moved(logDeviations: Tensor) -> GaussianRBM {
    GaussianRBM(
      weights: weights,
      visibleBias: visibleBias,
      hiddenBias: hiddenBias,
      deviations: deviations * logDeviations.exponential
    )
  }

  /// From its own N(a, σ²).
  public var tempered: TemperedGaussianRBM { TemperedGaussianRBM(self) }
}
