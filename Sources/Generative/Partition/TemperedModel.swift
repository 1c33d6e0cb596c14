import Mathematics
import Tensors

/// A path of distributions p_β from one whose log Z is known, at β = 0, to a model's own, at β = 1:
/// what annealed importance sampling walks along, and parallel tempering keeps chains on.
///
/// ```swift
/// let path = TemperedGaussianRBM(machine)
/// print(try path.logPartition(annealing: .linear(1_000), seed: 1))
/// ```
public protocol TemperedModel {
  /// The number of units of a state.
  var inputs: Int { get }
  /// log Z of the unnormalised distribution at β = 0.
  var baseLogPartition: Double { get }
  /// Independent draws at β = 0, `[count, inputs]`.
  func baseSamples(_ count: Int, seed: UInt64) -> Tensor
  /// log p̃(x; β₁) − log p̃(x; β₀) of states `[count, inputs]`: `[count]`.
  func logRatio(_ states: Tensor, from beta0: Double, to beta1: Double) -> Tensor
  /// The states after a transition that leaves p_β as it is. Draws depend on the seed and the step
  /// alone.
  func advance(_ states: Tensor, at beta: Double, seed: UInt64, step: Int) -> Tensor
}

/// The geometric path of an RBM from independent bits (Salakhutdinov & Murray 2008):
/// p̃(v; β) = exp(((1 − β)a₀ + βa)·v) Π_j (1 + exp(β(b_j + W_jᵀv))).
public struct TemperedRBM: TemperedModel {
  public let rbm: RBM
  /// a₀, `[visible]`.
  public let base: Tensor

  /// - Parameter base: The default 0 begins at fair bits; see ``RBM/baseBias(of:)``.
  public init(_ rbm: RBM, from base: Tensor? = nil) {
    self.rbm = rbm
    self.base = base ?? .zeros([rbm.inputs])
  }

  public var inputs: Int { rbm.inputs }
  public var baseLogPartition: Double { rbm.baseLogPartition(base) }

  public func baseSamples(_ count: Int, seed: UInt64) -> Tensor {
    BoltzmannKernel.baseRateSamples(base, runs: count, seed: seed)
  }

  public func logRatio(_ states: Tensor, from beta0: Double, to beta1: Double) -> Tensor {
    let v = states.cast(to: .float32)
    let field = v.matmul(rbm.weights) + rbm.hiddenBias
    let hidden = ((field * beta1).softplus - (field * beta0).softplus).sum(along: 1)
    return hidden + v.matmul(rbm.visibleBias - base) * (beta1 - beta0)
  }

  public func advance(_ states: Tensor, at beta: Double, seed: UInt64, step: Int) -> Tensor {
    rbm.kernel.gibbs(states, at: beta, base: base, .init(seed: seed, step: step))
  }
}

extension RBM {
  public var annealingPath: (any TemperedModel)? { TemperedRBM(self) }
}

extension BoltzmannMachine {
  public var annealingPath: (any TemperedModel)? { TemperedBoltzmannMachine(self) }
}

/// The geometric path of a fully visible Boltzmann machine from independent bits:
/// log p̃(x; β) = (1 − β)b₀·x + β(b·x + ½xᵀJx).
public struct TemperedBoltzmannMachine: TemperedModel {
  public let machine: BoltzmannMachine
  /// b₀, `[inputs]`.
  public let base: Tensor

  /// - Parameter base: The default 0 begins at fair bits.
  public init(_ machine: BoltzmannMachine, from base: Tensor? = nil) {
    self.machine = machine
    self.base = base ?? .zeros([machine.inputs])
  }

  public var inputs: Int { machine.inputs }
  public var baseLogPartition: Double { base.cast(to: .float64).softplus.sum().doubleValue }

  public func baseSamples(_ count: Int, seed: UInt64) -> Tensor {
    BoltzmannKernel.baseRateSamples(base, runs: count, seed: seed)
  }

  public func logRatio(_ states: Tensor, from beta0: Double, to beta1: Double) -> Tensor {
    let start = states.cast(to: .float32).matmul(base)
    return (machine.logUnnormalized(states) - start) * (beta1 - beta0)
  }

  public func advance(_ states: Tensor, at beta: Double, seed: UInt64, step: Int) -> Tensor {
    let mixed = BoltzmannMachine(
      couplings: machine.couplings * beta,
      bias: base * (1 - beta) + machine.bias * beta
    )
    var chains = Chains(states, seed: seed, step: step)
    mixed.advance(&chains, steps: 1)
    return chains.states
  }
}
