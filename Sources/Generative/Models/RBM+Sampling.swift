import Tensors

extension RBM {
  /// Block Gibbs steps: all hidden units given the visible ones, then all visible ones.
  public func advance(_ chains: inout Chains, steps: Int) {
    guard steps > 0 else { return }
    let moved = kernel.gibbs(
      chains.states,
      steps: steps,
      .init(seed: chains.seed, step: chains.step)
    )
    (chains.states, chains.hidden) = (moved.visible, moved.hidden)
    chains.step += steps
  }

  /// States from which no flip of one unit gains more than `tolerance` in log p̃, by flipping units
  /// in turn (Hopfield 1982).
  ///
  /// - Parameters:
  ///   - states: Where to begin, `[count, visible]`.
  ///   - tolerance: The default is above the rounding of Float32.
  public func modes(from states: Tensor, tolerance: Double = 1e-4) -> Tensor {
    kernel.climb(states, sweeps: 1_000, tolerance: tolerance)
  }

  /// The most probable state that mode searches from Gibbs states find, and its log p̃: the safe
  /// constant of ``Distillation/Loss/squaredLogDensityError(constant:)``.
  ///
  /// - Parameters:
  ///   - starts: Searches. The default found the mode of a machine with 500 hidden units each time.
  ///   - burnIn: Gibbs steps before the searches begin.
  public func mode(
    starts: Int = 200,
    burnIn: Int = 200,
    seed: UInt64
  ) -> (state: Tensor, logUnnormalized: Double) {
    var chains = Chains(starts, inputs: inputs, seed: seed)
    advance(&chains, steps: burnIn)
    let found = modes(from: chains.states)
    let heights = logUnnormalized(found)
    let best: Int = heights.indexOfMaximum(along: 0).scalar()
    return (found[best..<(best + 1)].reshaped(to: [inputs]), heights.maximum().doubleValue)
  }
}
