/// A kernel whose chain another rule may move, keeping what was tuned.
public protocol RelocatableKernel<State>: MarkovKernel {
  /// Puts the chain at `position`, where the target's log-density is `logDensity`.
  func move(_ state: inout State, to position: [Double], logDensity: Double)
}

extension HamiltonianMonteCarlo: RelocatableKernel {
  public func move(_ state: inout HamiltonianState, to position: [Double], logDensity: Double) {
    state.move(to: position, on: target)
  }
}

extension NoUTurnSampler: RelocatableKernel {
  public func move(_ state: inout HamiltonianState, to position: [Double], logDensity: Double) {
    state.move(to: position, on: target)
  }
}

extension HamiltonianState {
  fileprivate mutating func move(to position: [Double], on target: any DifferentiableDistribution) {
    self.position = position
    logDensity = target.logDensity(at: position, gradient: &gradient)
  }
}
