import Tensors

/// Annealed importance sampling along any path (Neal 2001), one transition for each step.
extension TemperedModel {
  /// log Z at β = 1, on average from below.
  ///
  /// - Parameters:
  ///   - schedule: The values of β.
  ///   - runs: Independent runs, side by side.
  /// - Throws: ``GenerativeError`` for fewer than two runs.
  public func logPartition(
    annealing schedule: AnnealingSchedule,
    runs: Int = 100,
    confidence: Double = 0.95,
    seed: UInt64
  ) throws -> LogPartition {
    try checkRuns(runs)
    let states = baseSamples(runs, seed: seed)
    return .of(
      weights: annealed(states, along: schedule.inverseTemperatures, seed: seed).logWeights,
      .annealedImportanceSampling,
      offset: baseLogPartition,
      confidence: confidence
    )
  }

  /// The same in reverse, from independent draws of the model `[runs, inputs]`: on average from
  /// above.
  public func logPartition(
    reverseAnnealing schedule: AnnealingSchedule,
    from states: Tensor,
    confidence: Double = 0.95,
    seed: UInt64
  ) throws -> LogPartition {
    try checkRuns(states.shape[0])
    let betas: [Double] = schedule.inverseTemperatures.reversed()
    return .of(
      weights: annealed(states, along: betas, seed: seed).logWeights,
      .reverseAnnealedImportanceSampling,
      direction: -1,
      offset: baseLogPartition,
      confidence: confidence
    )
  }

  /// `steps` steps of equal thermodynamic length, measured by pilot runs (Gelman & Meng 1998).
  public func adaptiveSchedule(
    _ steps: Int,
    pilotRuns: Int = 100,
    seed: UInt64
  ) -> AnnealingSchedule {
    let pilot = AnnealingSchedule.linear(max(steps / 10, 50)).inverseTemperatures
    var states = baseSamples(pilotRuns, seed: seed)
    var lengths: [Double] = []
    for step in 0..<(pilot.count - 1) {
      let ratios = logRatio(states, from: pilot[step], to: pilot[step + 1])
      lengths.append(LogPartition.variance(ratios.scalars()).squareRoot())
      states = advance(states, at: pilot[step + 1], seed: seed, step: step)
    }
    return .spaced(steps, over: pilot, lengths: lengths)
  }

  /// The states after a walk and the logarithms of its weights, which are summed in Float64.
  func annealed(
    _ start: Tensor,
    along betas: [Double],
    seed: UInt64
  ) -> (states: Tensor, logWeights: [Double]) {
    withoutGradient {
      var states = start
      var weights = Tensor.zeros([start.shape[0]], .float64)
      for step in 0..<(betas.count - 1) {
        weights =
          weights + logRatio(states, from: betas[step], to: betas[step + 1]).cast(to: .float64)
        states = advance(states, at: betas[step + 1], seed: seed, step: step)
      }
      return (states, weights.scalars())
    }
  }

  private func checkRuns(_ runs: Int) throws {
    guard runs >= 2 else { throw GenerativeError("annealing needs at least 2 runs, not \(runs)") }
  }
}
