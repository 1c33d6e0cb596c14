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

extension UnnormalizedModel {
  /// log p̃ − log q at states, in Float64.
  public func logRatios(to proposal: some ProposalModel, at states: Tensor) -> [Double] {
    let ratio =
      preciseLogUnnormalized(states) - proposal.logProbability(states).cast(to: .float64)
    return ratio.scalars()
  }

  /// Importance sampling of log Z: all that a model needs for it is log p̃.
  ///
  /// Where the model can be drawn from, prefer
  /// ``ChainModel/logPartition(using:by:drawing:confidence:seed:)``, which sees whether the proposal
  /// goes everywhere that the model does. Here nothing says so, and a lower bound is all that is claimed.
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
    let remark = "no draws of the model say whether the proposal's samples go wherever it does"
    return .of(weights: ratios, .importanceSampling, remarks: [remark], confidence: confidence)
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
    func ratios(_ samples: Int) throws -> RatioSamples {
      try ratioSamples(to: proposal, samples: samples, drawing: plan, seed: seed)
    }
    return switch method {
    case .importanceSampling(let samples): try ratios(samples).importance(confidence: confidence)
    case .reciprocalImportanceSampling(let samples):
      try ratios(samples).reciprocal(confidence: confidence)
    case .bridgeSampling(let samples): try ratios(samples).bridge(confidence: confidence)
    }
  }
}

extension LogPartition {
  /// Reciprocal importance sampling (Gelfand & Dey 1994), from log p̃ − log q at draws of the model,
  /// `[chains][draws]`: −log mean(q/p̃).
  ///
  /// - Parameters:
  ///   - proposals: The same at samples of q, which say whether the draws have been wherever q goes.
  ///     Without them an interval is claimed by the draws alone.
  ///   - doubt: Why the chains may be no draws of the model: then nothing is claimed.
  public static func reciprocal(
    chains: [[Double]],
    proposals: [Double]? = nil,
    doubting doubt: String? = nil,
    confidence: Double = 0.95
  ) -> LogPartition {
    // Draws of a chain are correlated, chains are not: their means are independent and unbiased.
    let means = chains.map { LogMean.exponential($0.map { -$0 }) }
    return .of(
      weights: means,
      .reciprocalImportanceSampling,
      others: proposals.map { $0.map { -$0 } },
      seen: chains.flatMap { $0.map { -$0 } },
      doubt: doubt,
      direction: -1,
      confidence: confidence
    )
  }
}
