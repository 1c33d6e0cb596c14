import Foundation
import Tensors

/// log p̃ − log q at draws of the model that owe nothing to the proposal q: what they say of modes that
/// neither samples of q nor chains that begin at them have seen.
///
/// Annealed from independent units (Neal 2001), draws weigh as much as the model has mass where they
/// ended. Where few of them carry the weight, all that weigh anything count alike, and a mode is
/// noticed only when more than a few ended in it.
public struct IndependentDraws: Sendable, Codable {
  /// log p̃ − log q at each.
  public let ratios: [Double]
  /// The share of the model's mass that each stands for.
  public let shares: [Double]
  /// What the draws are worth in draws of equal weight; nil where they count alike.
  public let effectiveSampleSize: Double?

  /// - Parameter logWeights: Logarithms of the weights; nil where there are none.
  init(ratios: [Double], logWeights: [Double]?) {
    self.ratios = ratios
    let weights = logWeights ?? [Double](repeating: 0, count: ratios.count)
    let total = LogMean.sum(weights)
    let weighted = weights.map { exp($0 - total) }
    let size = 1 / weighted.reduce(0) { $0 + $1 * $1 }
    if logWeights != nil, total.isFinite, size >= Self.leastEffectiveSize {
      (shares, effectiveSampleSize) = (weighted, size)
    } else {
      let least = weights.sorted()[weights.count / 2] - Self.leastLogWeight
      let count = weights.count { !($0 < least) }
      shares = weights.map { $0 < least ? 0 : 1 / Double(count) }
      effectiveSampleSize = nil
    }
  }

  /// Fewer than these say little of proportions.
  private static let leastEffectiveSize = 20.0
  /// What weighs so much less than the median, in nats, is no mode of the model.
  private static let leastLogWeight = 10.0
  /// What two log ratios may differ by and count as one.
  private static let nearness = 0.1

  /// Why the proposal may not go wherever the model does.
  ///
  /// - Parameter proposals: log p̃ − log q at samples of it.
  func doubt(ofProposals proposals: [Double]) -> String? {
    unseen(by: proposals).map { "\(percent($0)) where the student's samples have hardly been" }
  }

  /// Why chains may not be draws of the model: they have never been where some of its mass is, or not
  /// as often as they should.
  ///
  /// - Parameters:
  ///   - chains: log p̃ − log q at their states, `[chains][draws]`.
  ///   - proposals: The same at samples of the proposal.
  package func doubt(ofChains chains: [[Double]], proposals: [Double] = []) -> String? {
    let draws = chains.flatMap { $0 }
    if let share = unseen(by: proposals + draws) {
      return "\(percent(share)) where neither the student's samples nor the chains from them "
        + "have been"
    }
    guard let size = effectiveSampleSize else { return nil }
    let others = Double(draws.count) / LogPartition.factor(chains)
    let gap = distance(from: draws)
    guard gap > 0.1 + 1.5 * (1 / size + 1 / others).squareRoot() else { return nil }
    return "chains from the student's samples give regions another share of the model than "
      + "independent annealing does, by up to \(Int((100 * gap).rounded()))%"
  }

  private func percent(_ share: Double) -> String {
    "\(max(Int((100 * share).rounded()), 1))% of "
      + (effectiveSampleSize == nil ? "independently annealed draws lie" : "the model's mass lies")
  }

  /// The share beyond all that was seen; nil where it is no more than may be missed.
  private func unseen(by seen: [Double]) -> Double? {
    let top = (seen.max() ?? -.infinity) + Self.nearness
    let share = zip(ratios, shares).reduce(0) { $0 + ($1.0 > top ? $1.1 : 0) }
    let most = effectiveSampleSize == nil ? 0.05 : LogPartition.largestUnseenShare
    return share > most ? share : nil
  }

  /// The largest difference of the cumulative shares, where values that are near count as equal.
  private func distance(from others: [Double]) -> Double {
    let own = Cumulative(ratios, shares)
    let equal = [Double](repeating: 1 / Double(others.count), count: others.count)
    let other = Cumulative(others, equal)
    return (ratios + others).reduce(0) { most, value in
      let (above, below) = (value + Self.nearness, value)
      return max(
        most,
        own.share(to: below) - other.share(to: above),
        other.share(to: below) - own.share(to: above)
      )
    }
  }

  /// The share of values up to any number.
  private struct Cumulative {
    private let values: [Double]
    private let sums: [Double]

    init(_ values: [Double], _ shares: [Double]) {
      let sorted = zip(values, shares).sorted { $0.0 < $1.0 }
      self.values = sorted.map(\.0)
      sums = sorted.reduce(into: [0]) { $0.append($0.last! + $1.1) }
    }

    func share(to limit: Double) -> Double {
      var (low, high) = (0, values.count)
      while low < high {
        let middle = (low + high) / 2
        if values[middle] <= limit { low = middle + 1 } else { high = middle }
      }
      return sums[low]
    }
  }
}

extension ChainModel {
  /// Draws that owe nothing to a proposal, and log p̃ − log q at them.
  ///
  /// They are annealed in `steps` steps along ``ChainModel/annealingPath``, and make as many
  /// transitions of the model itself; without a path they are states of chains that begin as the model
  /// begins them.
  ///
  /// - Parameter progress: Called often; what it throws ends the work.
  package func independentDraws(
    comparedWith proposal: some ProposalModel,
    _ count: Int = 200,
    steps: Int,
    seed: UInt64,
    progress: () throws -> Void = {}
  ) throws -> IndependentDraws {
    // A quick look, however long the model's own chains are.
    let steps = min(max(steps, 20), 2_000)
    let piece = 20
    var chains = startingChains(count, seed: seed)
    var logWeights: [Double]?
    if let path = annealingPath {
      let betas = path.adaptiveSchedule(steps, seed: seed &+ 1).inverseTemperatures
      chains.states = path.baseSamples(count, seed: seed &+ 2)
      var sum = [Double](repeating: 0, count: count)
      for start in stride(from: 0, to: steps, by: piece) {
        let moved = path.annealed(
          chains.states,
          along: Array(betas[start...min(start + piece, steps)]),
          seed: seed &+ 3 &+ UInt64(start)
        )
        chains.states = moved.states
        sum = zip(sum, moved.logWeights).map { $0 + $1 }
        try progress()
      }
      logWeights = sum
    }
    while chains.step < steps {
      advance(&chains, steps: min(piece, steps - chains.step))
      try progress()
    }
    return IndependentDraws(
      ratios: logRatios(to: proposal, at: chains.states),
      logWeights: logWeights
    )
  }
}
