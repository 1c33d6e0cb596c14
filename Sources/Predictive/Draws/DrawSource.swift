import Exchange
import Foundation
import Probability

/// Draws of several chains in turn, from files or from samplers.
package protocol DrawSource: DrawStream {
  /// The names of a draw's numbers.
  var names: [String] { get }
  var chainCount: Int { get }
  /// The chain of the latest draw, from 0.
  var latestChain: Int { get }
  /// Divergent draws so far.
  var divergences: Int { get }
  /// How many draws there will be, where that is known.
  var promisedCount: Int? { get }
  /// What may be kept in memory of the files that they come from; nil where they come from elsewhere.
  var bound: MemoryBound? { get }
  /// Whether the draws are sampled here.
  var isSampledHere: Bool { get }
}

extension DrawSource {
  package var isSampledHere: Bool { false }
  package var bound: MemoryBound? { nil }
}

extension DrawFile: DrawSource {
  package var names: [String] { selection.map { columns.names[$0] } }
}

/// The draws of built-in samplers.
package final class SampledDraws: DrawSource {
  package let names: [String]
  package let promisedCount: Int?
  package private(set) var latestChain = 0
  private var chains: [ChainDraws]
  /// Nil where they go on for ever.
  package let drawsOfChain: Int?
  private let arrange: ([Double]) -> [Double]
  private var turn = 0

  package var isSampledHere: Bool { true }
  package var chainCount: Int { chains.count }
  package var divergences: Int { chains.reduce(0) { $0 + $1.divergences } }

  /// - Parameters:
  ///   - limit: Draws of each chain; nil goes on for ever.
  ///   - arrange: A chain's position as a draw.
  package init(
    _ names: [String],
    _ chains: [ChainDraws],
    limit: Int?,
    arrange: @escaping ([Double]) -> [Double] = { $0 }
  ) {
    (self.names, self.chains, self.arrange) = (names, chains, arrange)
    (drawsOfChain, promisedCount) = (limit, limit.map { $0 * chains.count })
  }

  /// One of the chains, to be sampled by itself.
  package func chain(_ index: Int) -> ChainDraws { chains[index] }

  /// Puts the same draws in place of a chain.
  func replaceChain(_ index: Int, by chain: ChainDraws) { chains[index] = chain }

  package func next() -> [Double]? {
    latestChain = turn
    turn = (turn + 1) % chains.count
    return chains[latestChain].next().map(arrange)
  }

  package func restart() {
    turn = 0
    for chain in chains { chain.restart() }
  }
}

/// Draws that were seen, chain by chain: all of them, or a bounded number at even distances.
package struct RetainedDraws {
  /// `[chains][draws]`, each as the source gave it.
  package private(set) var chains: [ThinnedBag]
  package let names: [String]

  /// - Parameter capacity: The most draws that are kept of all chains together; nil keeps all.
  package init(_ source: any DrawSource, capacity: Int?) {
    let each = capacity.map { max(2, $0 / source.chainCount / 2 * 2) } ?? Int.max - 1
    chains = (0..<source.chainCount).map { _ in ThinnedBag(capacity: each) }
    names = source.names
  }

  package mutating func add(_ draw: [Double], ofChain chain: Int) { chains[chain].add(draw) }

  package mutating func removeAll() {
    chains = chains.map { ThinnedBag(capacity: $0.capacity) }
  }

  /// Draws that were seen, and those that were kept.
  package var seen: Int { chains.reduce(0) { $0 + $1.seen } }
  package var isThinned: Bool { chains.contains { $0.stride > 1 } }

  /// What was kept, chains in turn as they came.
  package var bag: [[Double]] {
    let longest = chains.map(\.draws.count).max() ?? 0
    return (0..<longest).flatMap { row in
      chains.compactMap { row < $0.draws.count ? $0.draws[row] : nil }
    }
  }

  /// Means, quantiles and convergence of every number of a draw; nil for too few draws.
  package func summary(divergences: Int) -> Summary? {
    guard let length = chains.map(\.draws.count).min(), length >= 8 else { return nil }
    let draws = Draws(
      values: chains.flatMap { $0.draws.prefix(length).flatMap { $0 } },
      chains: chains.count,
      count: length,
      dimension: names.count
    )
    return draws.summary(names: names)
  }
}
