import Foundation
import Tensors

/// The geometric path of a Gaussian RBM from a normal distribution N(a₀, σ₀²) and fair hidden bits:
/// log p̃(v; β) = −½(1 − β)‖(v − a₀)/σ₀‖² − ½β‖(v − a)/σ‖² + Σ_j log(1 + exp(β(b_j + W_jᵀ(v/σ)))).
public struct TemperedGaussianRBM: TemperedModel {
  public let machine: GaussianRBM
  /// a₀, `[visible]`.
  public let mean: Tensor
  /// σ₀, `[visible]`.
  public let deviation: Tensor

  /// A path from the machine's own N(a, σ²).
  public init(_ machine: GaussianRBM) {
    self.init(machine, mean: machine.visibleBias, deviation: machine.deviations)
  }

  /// A path from the normal distribution with the means and standard deviations of states, such as
  /// training data or draws of the machine: nearer to the machine, and therefore shorter.
  public init(_ machine: GaussianRBM, from states: Tensor) {
    let wide = states.cast(to: .float64)
    self.init(
      machine,
      mean: wide.mean(along: 0).cast(to: machine.weights.elementType),
      deviation: wide.standardDeviation(along: 0).clamped(min: 1e-6)
        .cast(to: machine.weights.elementType)
    )
  }

  public init(_ machine: GaussianRBM, mean: Tensor, deviation: Tensor) {
    precondition(
      mean.shape == [machine.inputs] && deviation.shape == [machine.inputs],
      "TemperedGaussianRBM: means \(mean.shape) and deviations \(deviation.shape) for "
        + "\(machine.inputs) units"
    )
    self.machine = machine
    self.mean = mean
    self.deviation = deviation
  }

  public var inputs: Int { machine.inputs }

  public var baseLogPartition: Double {
    deviation.cast(to: .float64).logarithm.sum().doubleValue
      + Double(inputs) / 2 * log(2 * Double.pi) + Double(machine.hidden) * log(2)
  }

  public func baseSamples(_ count: Int, seed: UInt64) -> Tensor {
    let generator = RandomGenerator(seed: seed, stream: -1)
    let noise = Tensor.normal([count, inputs], mean.elementType, using: generator)
    return noise * deviation + mean
  }

  public func logRatio(_ states: Tensor, from beta0: Double, to beta1: Double) -> Tensor {
    let v = states.cast(to: mean.elementType)
    let field = machine.field(v)
    let hidden = ((field * beta1).softplus - (field * beta0).softplus).sum(along: 1)
    let near = ((v - mean) / deviation).squared
    let far = ((v - machine.visibleBias) / machine.deviations).squared
    return hidden + (near - far).sum(along: 1) * (0.5 * (beta1 - beta0))
  }

  public func advance(_ states: Tensor, at beta: Double, seed: UInt64, step: Int) -> Tensor {
    withoutGradient {
      let generator = RandomGenerator(seed: seed, stream: step)
      let p = (machine.field(states) * beta).sigmoid
      let on = (Tensor.uniform(p.shape, using: generator) .< p).cast(to: p.elementType)
      let (near, far) = (deviation.squared, machine.deviations.squared)
      let precision = (1 - beta) / near + beta / far
      let pull =
        mean / near * (1 - beta)
        + (machine.visibleBias / far + on.matmul(machine.scaled.transposed())) * beta
      let noise = Tensor.normal(states.shape, p.elementType, using: generator)
      return pull / precision + noise * precision.reciprocalSquareRoot
    }
  }
}

extension GaussianRBM {
  public var annealingPath: (any TemperedModel)? { TemperedGaussianRBM(self) }
}
