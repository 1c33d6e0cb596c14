import Tensors

/// Estimates of log Z with a distilled student as the proposal q.
public enum ProposalMethod: Sendable {
  /// Samples of q: log mean(p̃/q), on average a lower bound.
  case importanceSampling(samples: Int)
  /// Samples of the model: −log mean(q/p̃), on average an upper bound.
  case reciprocalImportanceSampling(samples: Int)
  /// As many of both, which errs least (Meng & Wong 1996).
  case bridgeSampling(samples: Int)
}

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

extension UnnormalizedModel {
  /// log p̃ − log q at states, in Float64.
  public func logRatios(to proposal: some ProposalModel, at states: Tensor) -> [Double] {
    let ratio =
      logUnnormalized(states).cast(to: .float64)
      - proposal.logProbability(states).cast(to: .float64)
    return ratio.scalars()
  }

  /// Importance sampling of log Z: all that a model needs for it is log p̃.
  ///
  /// - Throws: ``GenerativeError`` when the proposal has other inputs or there are too few samples.
  public func logPartition(
    importanceSampling proposal: some ProposalModel,
    samples: Int = 10_000,
    confidence: Double = 0.95,
    seed: UInt64
  ) throws -> LogPartition {
    try check(proposal, samples)
    let ratios = logRatios(to: proposal, at: proposal.samples(samples, seed: seed, stream: 0))
    return .of(weights: ratios, .importanceSampling, confidence: confidence)
  }

  func check(_ proposal: some ProposalModel, _ samples: Int) throws {
    guard proposal.inputs == inputs else {
      throw GenerativeError(
        "the proposal is over \(proposal.inputs) units and the model over \(inputs): distil a "
          + "student of this model"
      )
    }
    guard samples >= 100 else {
      throw GenerativeError("\(samples) samples are too few for an interval: take at least 100")
    }
  }
}

extension ChainModel {
  /// An estimate of log Z with a normalised proposal, such as a distilled NADE.
  ///
  /// ```swift
  /// print(try rbm.logPartition(using: nade, by: .bridgeSampling(samples: 10_000), seed: 1))
  /// ```
  ///
  /// - Parameters:
  ///   - proposal: q: the nearer it is to the model, the narrower the interval.
  ///   - plan: How draws of the model are made.
  /// - Throws: ``GenerativeError`` when the proposal has other inputs or there are too few samples.
  public func logPartition(
    using proposal: some ProposalModel,
    by method: ProposalMethod,
    drawing plan: ChainPlan = .init(),
    confidence: Double = 0.95,
    seed: UInt64
  ) throws -> LogPartition {
    switch method {
    case .importanceSampling(let samples):
      return try logPartition(
        importanceSampling: proposal,
        samples: samples,
        confidence: confidence,
        seed: seed
      )
    case .reciprocalImportanceSampling(let samples):
      try check(proposal, samples)
      let chains = try drawnRatios(to: proposal, samples, plan, seed)
      return .reciprocal(chains: chains, confidence: confidence)
    case .bridgeSampling(let samples):
      return try ratioSamples(to: proposal, samples: samples, drawing: plan, seed: seed)
        .bridge(confidence: confidence)
    }
  }

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
      while chains.step < end {
        let next = plan.jumpEvery.map { (chains.step / $0 + 1) * $0 } ?? .max
        // In pieces, so that one can see how far it is, and stop it.
        let piece = progress == nil ? end : chains.step + 20
        advance(&chains, steps: min(end, next, piece) - chains.step)
        if chains.step == next { jump(&chains, to: proposal, seed: seed) }
        try progress?(chains.step, total)
      }
      for (chain, ratio) in logRatios(to: proposal, at: chains.states).enumerated() {
        ratios[chain].append(ratio)
      }
    }
    return ratios
  }

  /// A step of Metropolis and Hastings with independent proposals (Hastings 1970): to a sample x' of
  /// q with probability min(1, p̃(x')q(x) / (p̃(x)q(x'))).
  private func jump(_ chains: inout Chains, to proposal: some ProposalModel, seed: UInt64) {
    let others = proposal.samples(chains.count, seed: seed, stream: 1_000 + chains.step)
    let gains = zip(
      logRatios(to: proposal, at: others),
      logRatios(to: proposal, at: chains.states)
    ).map { $0 - $1 }
    let generator = RandomGenerator(seed: seed &+ UInt64(chains.step) &* 0x9E37_79B9_7F4A_7C15)
    let uniforms = Tensor.uniform([chains.count], .float64, using: generator)
    let isAccepted = uniforms.logarithm .< Tensor(gains)
    chains.states = chains.states.replacing(with: others, where: isAccepted.insertingAxis(1))
    chains.hidden = nil
  }
}

extension LogPartition {
  /// Reciprocal importance sampling (Gelfand & Dey 1994), from log p̃ − log q at draws of the model,
  /// `[chains][draws]`: −log mean(q/p̃).
  public static func reciprocal(
    chains: [[Double]],
    confidence: Double = 0.95
  ) -> LogPartition {
    // Draws of a chain are correlated, chains are not: their means are independent and unbiased.
    let means = chains.map { LogMean.exponential($0.map { -$0 }) }
    return .of(
      weights: means,
      .reciprocalImportanceSampling,
      direction: -1,
      confidence: confidence
    )
  }
}
