import Foundation

/// Stan's three-phase burn-in: step size alone, then mass matrix in windows of doubling length with
/// the step size restarted after each, then step size alone.
///
/// Stan Reference Manual, *HMC algorithm parameters*: phases of 75, 25·2ᵏ and 50 steps; of 15, 75
/// and 10 percent when the burn-in is shorter than 150; step size only below 20.
struct HamiltonianWarmUp: Codable, Sendable {
  private var averaging: DualAveraging
  private var moments: RunningMoments
  private let firstWindow: Int
  private let lastWindowEnd: Int
  private var windowSize: Int
  private var windowEnd: Int

  init(count: Int, stepSize: Double, dimension: Int, isDense: Bool) {
    averaging = DualAveraging(from: stepSize)
    moments = RunningMoments(dimension: dimension, isDense: isDense)
    let tail: Int
    if count < 20 {
      (firstWindow, tail, windowSize) = (count, 0, 0)
    } else if count < 150 {
      (firstWindow, tail) = (count * 15 / 100, count / 10)
      windowSize = count - firstWindow - tail
    } else {
      (firstWindow, tail, windowSize) = (75, 50, 25)
    }
    lastWindowEnd = count - tail
    windowEnd = firstWindow + windowSize
    stretchWindow()
  }

  func isSound(in dimension: Int) -> Bool {
    moments.isSound(in: dimension) && firstWindow <= lastWindowEnd
      && [firstWindow, lastWindowEnd, windowSize, windowEnd].allSatisfy { countable.contains($0) }
  }

  /// A window after which no other of twice its size fits reaches to the end of the phase.
  private mutating func stretchWindow() {
    if windowEnd + 2 * windowSize > lastWindowEnd { windowEnd = lastWindowEnd }
  }

  /// Takes in one step and retunes `state`.
  mutating func update(
    _ state: inout HamiltonianState,
    iteration: Int,
    acceptance: Double,
    goal: Double,
    target: any DifferentiableDistribution,
    using random: inout RandomStream
  ) {
    state.stepSize = averaging.update(acceptance: acceptance, goal: goal)
    guard (firstWindow..<lastWindowEnd).contains(iteration) else { return }
    moments.add(state.position)
    guard iteration + 1 == windowEnd else { return }
    let covariance = moments.regularizedCovariance()
    if !moments.isDense {
      state.metric = .diagonal(covariance)
    } else if let factor = Cholesky(covariance, dimension: state.position.count) {
      state.metric = .dense(covariance, factor: factor)
    }
    moments = RunningMoments(dimension: state.position.count, isDense: moments.isDense)
    windowSize *= 2
    windowEnd += windowSize
    stretchWindow()
    state.stepSize = averaging.settled
    state.findReasonableStepSize(goal: goal, target: target, using: &random)
    averaging = DualAveraging(from: state.stepSize)
  }

  /// The step size to keep after burn-in.
  var settledStepSize: Double { averaging.settled }
}

extension HamiltonianState {
  /// Doubles or halves the step size until the acceptance of one leapfrog step crosses `goal`.
  mutating func findReasonableStepSize(
    goal: Double,
    target: any DifferentiableDistribution,
    using random: inout RandomStream
  ) {
    let threshold = log(goal)
    var direction = 0
    for _ in 0..<60 {
      launch(using: &random)
      let before = moving.energy
      moving.leapfrog(stepSize, metric, target)
      let isAbove = before - moving.energy > threshold
      if direction == 0 { direction = isAbove ? 1 : -1 }
      if isAbove != (direction == 1) { return }
      stepSize *= direction == 1 ? 2 : 0.5
    }
  }

  /// One burn-in step of a Hamiltonian kernel: `step`, then the tuning of this state.
  mutating func adapt(
    iteration: Int,
    of count: Int,
    goal: Double,
    target: any DifferentiableDistribution,
    using random: inout RandomStream,
    step: (inout HamiltonianState, inout RandomStream) -> StepInformation
  ) -> StepInformation {
    if iteration == 0 {
      findReasonableStepSize(goal: goal, target: target, using: &random)
      var isDense = false
      if case .dense = metric { isDense = true }
      warmUp = HamiltonianWarmUp(
        count: count,
        stepSize: stepSize,
        dimension: position.count,
        isDense: isDense
      )
    }
    let information = step(&self, &random)
    var warmUp = self.warmUp
    self.warmUp = nil
    warmUp?.update(
      &self,
      iteration: iteration,
      acceptance: information.acceptance,
      goal: goal,
      target: target,
      using: &random
    )
    self.warmUp = warmUp
    return information
  }

  /// Ends the burn-in: keeps the averaged step size and forgets the tuning's memory.
  mutating func settle() {
    if let warmUp { stepSize = warmUp.settledStepSize }
    warmUp = nil
  }
}
