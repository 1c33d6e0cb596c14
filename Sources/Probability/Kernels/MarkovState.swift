/// Where a chain is, and whatever its kernel must remember.
public protocol MarkovState: Codable, Sendable {
  /// The current draw, `[dimension]`.
  var position: [Double] { get }
  /// The target's log-density at ``position``, up to its constant.
  var logDensity: Double { get }
  /// Whether its parts are those of a chain in so many dimensions: what was decoded may be anything.
  /// The default looks at the position alone.
  func isSound(in dimension: Int) -> Bool
}

extension MarkovState {
  public func isSound(in dimension: Int) -> Bool { [position].areFinite(dimension) }
}

extension [[Double]] {
  /// Whether these are lists of so many finite numbers.
  func areFinite(_ count: Int) -> Bool {
    allSatisfy { $0.count == count && $0.allSatisfy(\.isFinite) }
  }
}

extension Double {
  /// Whether it is the length of a step: far from where sums of a few, and their squares, overflow.
  var isStepSize: Bool { self > 0 && self < 1e150 }
}

/// Counts of what was done, as checkpoints keep them.
let countable = 0...1 << 40
