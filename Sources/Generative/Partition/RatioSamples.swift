import Foundation

/// log p̃ − log q at samples of a proposal q and at draws of the model: one set of samples, from
/// which every estimate with a proposal is made.
///
/// ```swift
/// let ratios = try rbm.ratioSamples(to: nade, seed: 1)
/// print(ratios.bridge(), ratios.bounds)
/// ```
public struct RatioSamples: Sendable, Codable {
  /// At independent samples of the proposal.
  public let proposals: [Double]
  /// At draws of the model, chain by chain: `[chains][draws]`.
  public let chains: [[Double]]
  /// Draws of the model that owe nothing to the proposal; nil where none were made.
  public var independent: IndependentDraws?

  /// Importance sampling, on average a lower bound.
  public func importance(confidence: Double = 0.95) -> LogPartition {
    let others = chains.flatMap { $0 }
    return .of(
      weights: proposals,
      .importanceSampling,
      others: others,
      remarks: [independent?.doubt(ofProposals: proposals)].compactMap { $0 },
      confidence: confidence
    )
  }

  /// Reciprocal importance sampling, on average an upper bound.
  public func reciprocal(confidence: Double = 0.95) -> LogPartition {
    .reciprocal(chains: chains, proposals: proposals, doubting: doubt, confidence: confidence)
  }

  /// Bridge sampling.
  public func bridge(confidence: Double = 0.95) -> LogPartition {
    .bridge(chains: chains, proposals: proposals, doubting: doubt, confidence: confidence)
  }

  /// The bounds that sandwich log Z.
  public var bounds: VariationalBounds {
    VariationalBounds(proposals: proposals, chains: chains, doubting: doubt)
  }

  /// Why the chains may be no draws of the model.
  private var doubt: String? { independent?.doubt(ofChains: chains, proposals: proposals) }
}

extension ChainModel {
  /// Samples of both sides.
  ///
  /// - Parameters:
  ///   - samples: On each side.
  ///   - plan: How draws of the model are made.
  ///   - progress: Called with the transitions made and all there are; what it throws ends the
  ///     work.
  /// - Throws: ``GenerativeError`` when the proposal has other inputs or there are too few samples.
  public func ratioSamples(
    to proposal: some ProposalModel,
    samples: Int = 10_000,
    drawing plan: ChainPlan = .init(),
    seed: UInt64,
    progress: ((_ done: Int, _ total: Int) throws -> Void)? = nil
  ) throws -> RatioSamples {
    try check(proposal, samples)
    var total = 0
    return RatioSamples(
      proposals: logRatios(to: proposal, at: proposal.samples(samples, seed: seed, stream: 0)),
      chains: try drawnRatios(to: proposal, samples, plan, seed) {
        total = $1
        try progress?($0, $1)
      },
      independent: try independentDraws(
        comparedWith: proposal,
        steps: plan.burnIn,
        seed: seed &+ 7
      ) { try progress?(total, total) }
    )
  }
}
