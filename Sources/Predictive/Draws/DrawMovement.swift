/// Which numbers of a draw change from draw to draw.
package struct DrawMovement {
  /// Numbers that are the same, up to rounding, in all draws of all chains.
  package let constants: Set<Int>
  /// What is wrong with how the chains move, a clause each.
  package let doubts: [String]

  /// Changes below this part of a number are those of rounding.
  private static let rounding = 1e-13

  package init(_ seen: RetainedDraws) {
    let chains = seen.chains.map(\.draws).filter { $0.count > 1 }
    guard !chains.isEmpty else {
      (constants, doubts) = ([], [])
      return
    }
    var constants = Set<Int>()
    var still: [String] = []
    for (index, name) in seen.names.enumerated() {
      let ranges = chains.map { draws -> ClosedRange<Double> in
        let values = draws.lazy.map { $0[index] }
        return values.min()!...values.max()!
      }
      func isStill(_ range: ClosedRange<Double>) -> Bool {
        let size = max(abs(range.lowerBound), abs(range.upperBound))
        return range.upperBound - range.lowerBound <= Self.rounding * size
      }
      let whole = ranges.map(\.lowerBound).min()!...ranges.map(\.upperBound).max()!
      if isStill(whole) {
        constants.insert(index)
      } else if ranges.contains(where: isStill) {
        still.append(name)
      }
    }
    self.constants = constants
    if constants.count == seen.names.count {
      doubts = ["all draws are the same: the chains do not move"]
    } else if let first = still.first {
      let more = still.count > 1 ? " (and \(still.count - 1) more)" : ""
      doubts = ["a chain does not move in \(first)\(more)"]
    } else {
      doubts = []
    }
  }
}
