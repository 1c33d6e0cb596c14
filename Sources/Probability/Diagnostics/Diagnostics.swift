import Mathematics

/// Has the sampling converged, and how much are the draws worth?
///
/// All functions take the draws of one quantity chain by chain, `[chains][draws]`, all chains of
/// equal length of at least 4, and follow Vehtari, Gelman, Simpson, Carpenter and Bürkner,
/// *Rank-normalization, folding, and localization: an improved R̂* (2021). Each chain is split in
/// half first, so that a drift within a chain counts as disagreement between chains.
public enum Diagnostics {
  static func requireChains(_ chains: [[Double]], _ operation: String) {
    precondition(
      !chains.isEmpty && chains.allSatisfy { $0.count == chains[0].count && $0.count >= 4 },
      "\(operation): chains must have equal lengths of at least 4, not \(chains.map(\.count))"
    )
  }

  /// First and last halves; the middle draw of an odd number is left out.
  static func split(_ chains: [[Double]]) -> [[Double]] {
    let half = chains[0].count / 2
    return chains.flatMap { [Array($0.prefix(half)), Array($0.suffix(half))] }
  }

  /// Normal scores of the ranks among all draws: `Φ⁻¹((r − 3/8) / (S + 1/4))`, ties sharing their
  /// average rank.
  static func rankNormalized(_ chains: [[Double]]) -> [[Double]] {
    let length = chains[0].count
    let all = chains.flatMap { $0 }
    let order = all.indices.sorted { all[$0] < all[$1] }
    var scores = all
    var first = 0
    while first < order.count {
      var last = first
      while last + 1 < order.count, all[order[last + 1]] == all[order[first]] { last += 1 }
      let rank = 0.5 * Double(first + last) + 1
      let score = StandardNormal.quantile((rank - 0.375) / (Double(all.count) + 0.25))
      for k in first...last { scores[order[k]] = score }
      first = last + 1
    }
    return chains.indices.map { Array(scores[($0 * length)..<(($0 + 1) * length)]) }
  }

  /// The quantile of sorted values with linear interpolation (type 7 of Hyndman and Fan).
  static func quantile(_ probability: Double, ofSorted sorted: [Double]) -> Double {
    let place = probability * Double(sorted.count - 1)
    let below = Int(place)
    guard below + 1 < sorted.count else { return sorted[sorted.count - 1] }
    return sorted[below] + (place - Double(below)) * (sorted[below + 1] - sorted[below])
  }

  static func mean(_ x: [Double]) -> Double { x.reduce(0, +) / Double(x.count) }

  /// The sample variance, with divisor n − 1.
  static func variance(_ x: [Double]) -> Double {
    let centre = mean(x)
    return x.reduce(0) { $0 + ($1 - centre) * ($1 - centre) } / Double(x.count - 1)
  }
}
