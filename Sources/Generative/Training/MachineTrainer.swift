import Tensors

/// Trains a binary or Gaussian RBM, update by update, by contrastive divergence, persistent chains or
/// parallel tempering, centred or not.
///
/// velocity ← momentum·velocity + learningRate·(gradient − weightDecay·W), and parameters move by the
/// velocity. For binary machines without centring and tempering ``RBMTrainer`` does the same in one
/// fused kernel.
///
/// ```swift
/// let trainer = MachineTrainer(
///   GaussianRBM(startingAt: patches, hidden: 100, using: generator),
///   LikelihoodAscent(.parallelTempering(chains: 100, temperatures: 10), learningRate: 0.005),
///   seed: 1)
/// for batch in batches { trainer.update(on: batch) }
/// let machine = trainer.machine
/// ```
public final class MachineTrainer<Machine: TrainableMachine> {
  /// The machine as it is now.
  public internal(set) var machine: Machine
  public var settings: LikelihoodAscent
  /// Updates made.
  public internal(set) var updates = 0
  var velocity: [Tensor] = []
  var offsets: (visible: Tensor, hidden: Tensor)?
  var chains: Chains?
  var ladder: TemperedChains<Machine.Tempered>?
  let seed: UInt64

  /// - Parameter machine: Where training begins.
  public init(_ machine: Machine, _ settings: LikelihoodAscent = .init(), seed: UInt64) {
    self.machine = machine
    self.settings = settings
    self.seed = seed
  }

  /// How often neighbouring temperatures exchange states, where there are several.
  public var swapRates: [Double]? { ladder?.swapRates }

  /// One update on a batch of states, `[batch, visible]`.
  public func update(on batch: Tensor) {
    withoutGradient {
      let samples = drawn(from: batch)
      let data = units(batch)
      let model = units(samples)
      var gradient = CenteredGradient(data: data, model: model, offsets: centre(data, model)).parts
      gradient[0] = gradient[0] - machine.weights * settings.weightDecay
      if velocity.isEmpty { velocity = gradient.map(\.zerosLike) }
      for index in gradient.indices {
        velocity[index] =
          velocity[index] * settings.momentum + gradient[index] * settings.learningRate
      }
      machine = machine.moved(weights: velocity[0], visible: velocity[1], hidden: velocity[2])
      if settings.deviationRate > 0, let here = machine.logDeviationDerivative(batch),
        let there = machine.logDeviationDerivative(samples)
      {
        machine = machine.moved(logDeviations: (here - there) * settings.deviationRate)
      }
    }
    updates += 1
  }

  private func units(_ states: Tensor) -> (visible: Tensor, hidden: Tensor) {
    (machine.standardized(states), machine.hiddenProbabilities(states))
  }

  /// Draws of the model, by the chains of the settings.
  private func drawn(from batch: Tensor) -> Tensor {
    switch settings.negative {
    case .contrastiveDivergence(let steps):
      var walkers = Chains(batch, seed: seed, step: updates * steps)
      machine.advance(&walkers, steps: steps)
      return walkers.states
    case .persistent(let count, let steps):
      var walkers = chains ?? machine.startingChains(count, seed: seed)
      machine.advance(&walkers, steps: steps)
      chains = walkers
      return walkers.states
    case .parallelTempering(let count, let betas, let steps):
      var walkers =
        ladder
        ?? TemperedChains(
          machine.tempered,
          chains: count,
          inverseTemperatures: betas,
          seed: seed
        )
      walkers.model = machine.tempered
      walkers.advance(steps: steps)
      ladder = walkers
      return walkers.states
    }
  }

  /// Running means of the units, which begin at the first batch's.
  private func centre(
    _ data: (visible: Tensor, hidden: Tensor),
    _ model: (visible: Tensor, hidden: Tensor)
  ) -> (visible: Tensor, hidden: Tensor)? {
    guard settings.centering != .none else { return nil }
    func mean(_ part: (data: Tensor, model: Tensor)) -> Tensor {
      let data = part.data.mean(along: 0)
      if settings.centering == .data { return data }
      return (data + part.model.mean(along: 0)) * 0.5
    }
    let now = (
      visible: mean((data.visible, model.visible)), hidden: mean((data.hidden, model.hidden))
    )
    let rate = settings.centeringRate
    offsets =
      offsets.map {
        (
          visible: $0.visible.interpolated(to: now.visible, fraction: rate),
          hidden: $0.hidden.interpolated(to: now.hidden, fraction: rate)
        )
      } ?? now
    return offsets
  }
}
