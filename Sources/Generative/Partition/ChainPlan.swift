import Tensors

/// How draws of the model are made: chains that begin at samples of the proposal.
public struct ChainPlan: Sendable {
  /// Chains side by side, or nil for one for each draw.
  public var chains: Int?
  /// Transitions before the first draw.
  public var burnIn: Int
  /// Transitions between draws of a chain.
  public var thinning: Int
  /// Transitions between two jumps to a sample of the proposal, accepted by the rule of Metropolis
  /// and Hastings; nil for none. They lead chains between modes that transitions do not connect.
  public var jumpEvery: Int?

  /// - Parameters:
  ///   - chains: The default 2,000 keeps the chains' own variance measurable.
  ///   - burnIn: The default takes what the proposal lacks of the model out of the chains.
  ///   - jumpEvery: At the default, jumps cost less than the transitions of an RBM.
  public init(
    chains: Int? = 2_000,
    burnIn: Int = 1_000,
    thinning: Int = 100,
    jumpEvery: Int? = 50
  ) {
    self.chains = chains
    self.burnIn = burnIn
    self.thinning = thinning
    self.jumpEvery = jumpEvery
  }
}

extension ChainModel {
  /// log p̃ − log q at draws of the model, `[chains][draws]`.
  func drawnRatios(
    to proposal: some ProposalModel,
    _ samples: Int,
    _ plan: ChainPlan,
    _ seed: UInt64,
    _ progress: ((_ done: Int, _ total: Int) throws -> Void)? = nil
  ) throws -> [[Double]] {
    let count = min(plan.chains ?? samples, samples)
    let rounds = (samples + count - 1) / count
    let total = plan.burnIn + (rounds - 1) * plan.thinning
    var chains = Chains(proposal.samples(count, seed: seed, stream: 1), seed: seed)
    var ratios = [[Double]](repeating: [], count: count)
    for round in 0..<rounds {
      let end = plan.burnIn + round * plan.thinning
      try move(&chains, to: end, jumpingTo: proposal, plan, seed) { try progress?($0, total) }
      for (chain, ratio) in logRatios(to: proposal, at: chains.states).enumerated() {
        ratios[chain].append(ratio)
      }
    }
    return ratios
  }

  /// Independent draws of the model, `[count, inputs]`: the states after the burn-in of chains that
  /// begin at samples of a proposal and may jump to others.
  ///
  /// - Parameter progress: Called with the transitions made and all there are; what it throws ends
  ///   the work.
  public func draws(
    _ count: Int,
    from proposal: some ProposalModel,
    drawing plan: ChainPlan = .init(),
    seed: UInt64,
    progress: ((_ done: Int, _ total: Int) throws -> Void)? = nil
  ) throws -> Tensor {
    var chains = Chains(proposal.samples(count, seed: seed, stream: 2), seed: seed)
    try move(&chains, to: plan.burnIn, jumpingTo: proposal, plan, seed) {
      try progress?($0, plan.burnIn)
    }
    return chains.states
  }

  /// Transitions up to number `end`, in pieces so that one can see how far it is, and stop it.
  private func move(
    _ chains: inout Chains,
    to end: Int,
    jumpingTo proposal: some ProposalModel,
    _ plan: ChainPlan,
    _ seed: UInt64,
    progress: (_ done: Int) throws -> Void
  ) throws {
    while chains.step < end {
      let jumpAt = plan.jumpEvery.map { (chains.step / $0 + 1) * $0 } ?? .max
      advance(&chains, steps: min(end, jumpAt, chains.step + 20) - chains.step)
      if chains.step == jumpAt { jump(&chains, to: proposal, seed: seed) }
      try progress(chains.step)
    }
  }

  /// A step of Metropolis and Hastings with independent proposals (Hastings 1970): to a sample x' of
  /// q with probability min(1, p̃(x')q(x) / (p̃(x)q(x'))).
  private func jump(_ chains: inout Chains, to proposal: some ProposalModel, seed: UInt64) {
    let others = proposal.samples(chains.count, seed: seed, stream: 1_000 + chains.step)
    func logRatios(at states: Tensor) -> [Double] {
      (logUnnormalized(states).cast(to: .float64)
        - proposal.logProbability(states).cast(to: .float64)).scalars()
    }
    let gains = zip(logRatios(at: others), logRatios(at: chains.states)).map { $0 - $1 }
    let generator = RandomGenerator(seed: seed &+ UInt64(chains.step) &* 0x9E37_79B9_7F4A_7C15)
    let uniforms = Tensor.uniform([chains.count], .float64, using: generator)
    let isAccepted = uniforms.logarithm .< Tensor(gains)
    chains.states = chains.states.replacing(with: others, where: isAccepted.insertingAxis(1))
    chains.hidden = nil
  }
}
