import Distillation
import Networks
import Tensors

/// A stream of fresh samples of a teacher, from Markov chains side by side.
///
/// Batches take chain after chain; when all have been used they move `thinning` transitions on. No
/// sample is kept unless asked (``keepsSamples``). With ``softTargets`` batches of an RBM bring along, as the feature
/// `conditionals`, the mean of p(v_i = 1 | h) over hidden states h that belong to the sample: for
/// ``Distillation/Loss/conditionalCrossEntropy``.
public final class GibbsSamples<Model: ChainModel>: ResumableInputs {
  public let model: Model
  public let chains: Int
  public let burnIn: Int
  /// Transitions between two uses of a chain.
  public let thinning: Int
  public let seed: UInt64
  /// Hidden states for each sample's targets; 0 for none.
  public let softTargets: Int
  public let stepCount: Int?
  /// Whether samples stay in memory, a byte for each unit, so that several students can learn from
  /// the same ones, drawn once.
  public let keepsSamples: Bool
  private var kept: [Sample] = []
  private let batchSize: (Int) -> Int
  private var pool: Pool?

  private typealias Sample = (visible: Tensor, hidden: Tensor?)

  private struct Pool {
    var chains: Chains
    /// The next chain to be used, and the step that uses it.
    var position = 0
    var step = 0
  }

  init(
    _ model: Model,
    chains: Int,
    batchSize: @escaping (Int) -> Int,
    stepCount: Int?,
    burnIn: Int,
    thinning: Int,
    softTargets: Int,
    keepsSamples: Bool,
    seed: UInt64
  ) {
    precondition(
      chains > 0 && burnIn >= 0 && thinning > 0,
      "gibbsSamples: \(chains) chains, burn-in \(burnIn), thinning \(thinning)"
    )
    self.model = model
    self.chains = chains
    self.batchSize = batchSize
    self.stepCount = stepCount
    self.burnIn = burnIn
    self.thinning = thinning
    self.softTargets = softTargets
    self.keepsSamples = keepsSamples
    self.seed = seed
  }

  public func batch(_ step: Int) throws -> Batch? {
    if let stepCount, step >= stepCount { return nil }
    let sample = kept.indices.contains(step) ? kept[step] : draw(step)
    guard softTargets > 0, let rbm = model as? RBM, let hidden = sample.hidden else {
      return Batch(sample.visible)
    }
    return Batch(
      sample.visible,
      observation: rbm.observationWithConditionals(
        sample.visible,
        hidden,
        count: softTargets,
        seed: seed,
        step: step
      )
    )
  }

  private func draw(_ step: Int) -> Sample {
    if pool == nil || pool!.step > step { begin() }
    while true {
      let now = pool!.step
      let sample = take(batchSize(now))
      if keepsSamples, kept.count == now { kept.append(sample) }
      if now == step { return sample }
    }
  }

  private func begin() {
    var chains = model.startingChains(chains, seed: seed)
    model.advance(&chains, steps: max(burnIn, 1))
    pool = Pool(chains: chains)
  }

  private func take(_ count: Int) -> Sample {
    var visible: [Tensor] = []
    var hidden: [Tensor] = []
    var missing = count
    while missing > 0 {
      if pool!.position == chains {
        model.advance(&pool!.chains, steps: thinning)
        pool!.position = 0
      }
      let range = pool!.position..<min(pool!.position + missing, chains)
      visible.append(pool!.chains.states[range])
      if let states = pool!.chains.hidden { hidden.append(states[range]) }
      pool!.position = range.upperBound
      missing -= range.count
    }
    pool!.step += 1
    func joined(_ parts: [Tensor]) -> Tensor { parts.count == 1 ? parts[0] : .concatenated(parts) }
    return (joined(visible), hidden.isEmpty ? nil : joined(hidden))
  }

  public var state: [String: Tensor] {
    guard let pool else { return [:] }
    var state = pool.chains.state
    state["position"] = Tensor(pool.position)
    state["batch"] = Tensor(pool.step)
    return state
  }

  public var nextStep: Int? { pool?.step ?? 0 }

  public func restore(_ state: [String: Tensor]) throws {
    if state.isEmpty {
      pool = nil
      return
    }
    guard let chains = Chains(state, of: model, count: self.chains), chains.seed == seed,
      let position = state["position"]?.savedCount, position <= self.chains,
      let step = state["batch"]?.savedCount
    else {
      throw GenerativeError(
        "the saved chains are not those of this stream of \(self.chains) chains with seed \(seed)"
      )
    }
    pool = Pool(chains: chains, position: position, step: step)
  }
}

extension ChainModel {
  /// Batches of fresh samples from parallel chains (``ChainModel/startingChains(_:seed:)``).
  ///
  /// - Parameters:
  ///   - chains: Chains side by side.
  ///   - batchSize: Samples in the batch of each step; fewer chains than that are used again.
  ///   - steps: Batches, or nil for a stream without end.
  ///   - burnIn: Transitions of every chain before the first batch.
  ///   - thinning: Transitions between two uses of a chain. The default 25 leaves little
  ///     correlation where a batch is 1% of the chains.
  ///   - softTargets: Hidden states to average an RBM's conditionals over for each sample, of which
  ///     all but the first cost a Gibbs step. The default 0 leaves them out.
  ///   - keepsSamples: Whether to keep all samples in memory and give them again to whoever asks for
  ///     the same steps.
  public func gibbsSamples(
    chains: Int = 2_000,
    batchSize: @escaping (_ step: Int) -> Int = { _ in 20 },
    steps: Int? = nil,
    burnIn: Int = 2_000,
    thinning: Int = 25,
    softTargets: Int = 0,
    keepsSamples: Bool = false,
    seed: UInt64
  ) -> GibbsSamples<Self> {
    GibbsSamples(
      self,
      chains: chains,
      batchSize: batchSize,
      stepCount: steps,
      burnIn: burnIn,
      thinning: thinning,
      softTargets: softTargets,
      keepsSamples: keepsSamples,
      seed: seed
    )
  }
}
