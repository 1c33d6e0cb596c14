import Mathematics
import Tensors

/// Batches from several sources, one of them chosen at random for each step.
///
/// Each source gives its own batches in order, none left out; the mixture ends with the first source
/// that has no more.
public final class Mixture: Inputs {
  public let sources: [any Inputs]
  public let stepCount: Int? = nil
  private let cumulative: [Double]
  private let seed: UInt64
  /// How many batches each source has given before step `reached`.
  private var used: [Int]
  private var reached = 0

  /// - Parameter sources: Each with its weight: steps fall to it in proportion.
  public init(_ sources: [(inputs: any Inputs, weight: Double)], seed: UInt64) {
    precondition(
      sources.contains { $0.weight > 0 } && sources.allSatisfy { $0.weight >= 0 },
      "Mixture: weights \(sources.map(\.weight)) must not be negative, nor all zero"
    )
    self.sources = sources.map(\.inputs)
    self.seed = seed
    let total = sources.reduce(0) { $0 + $1.weight }
    var sum = 0.0
    cumulative = sources.map {
      sum += $0.weight / total
      return sum
    }
    used = sources.map { _ in 0 }
  }

  public func batch(_ step: Int) throws -> Batch? {
    if step < reached {
      reached = 0
      used = used.map { _ in 0 }
    }
    while reached < step {
      used[source(of: reached)] += 1
      reached += 1
    }
    let chosen = source(of: step)
    return try sources[chosen].batch(used[chosen])
  }

  private func source(of step: Int) -> Int {
    let uniform = Double(mixed(seed, step) >> 11) * 0x1p-53
    return cumulative.firstIndex { uniform < $0 } ?? cumulative.lastIndex { $0 > 0 }!
  }
}
