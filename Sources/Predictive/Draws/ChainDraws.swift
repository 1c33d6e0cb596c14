import Probability

/// The draws of a Markov chain of any kernel, with what its steps said; none is kept.
public final class ChainDraws: DrawStream {
  private let begin: () -> () -> (draw: [Double], isDivergent: Bool)
  private var advance: () -> (draw: [Double], isDivergent: Bool)
  /// Numbers of a draw.
  package let width: Int
  /// Draws to give; nil goes on for ever.
  private let limit: Int?
  /// Draws given so far.
  public private(set) var count = 0
  /// Divergent ones among them.
  public private(set) var divergences = 0
  /// Whether the latest one was divergent.
  public private(set) var latestIsDivergent = false

  public init(_ chain: MarkovChain<some MarkovKernel>, limit: Int? = nil) {
    begin = {
      var iterator = chain.makeIterator()
      return { (iterator.next()!, iterator.information.isDivergent) }
    }
    advance = begin()
    (width, self.limit) = (chain.kernel.dimension, limit)
  }

  /// Draws that were made before.
  package init(_ draws: [[Double]], divergent: [Bool], limit: Int) {
    precondition(
      draws.count >= limit && divergent.count == draws.count,
      "ChainDraws: too few draws"
    )
    begin = {
      var index = -1
      return {
        index += 1
        return (draws[index], divergent[index])
      }
    }
    advance = begin()
    (width, self.limit) = (draws.first?.count ?? 0, limit)
  }

  public func next() -> [Double]? {
    if let limit, count >= limit { return nil }
    let (draw, isDivergent) = advance()
    count += 1
    latestIsDivergent = isDivergent
    if latestIsDivergent { divergences += 1 }
    return draw
  }

  public func restart() {
    advance = begin()
    (count, divergences) = (0, 0)
  }
}
