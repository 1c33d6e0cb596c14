import Foundation

/// Univariate slice sampling of one coordinate after another, in a fresh random order each step,
/// by stepping out and shrinkage.
///
/// For each coordinate: draw a height under the density at the current point, step an interval of
/// width w out until both ends are outside the slice, then draw from it, shrinking it towards the
/// current point at each miss. Nothing is ever rejected and no gradient is needed.
///
/// Neal, *Slice sampling* (2003), figures 3 and 5. During burn-in each width follows the balance of
/// expansions and contractions of Tibbits, Groendyke, Haran and Liechty, *Automated factor slice
/// sampling* (2014): `w ← w · 2E / (E + C)` after 1, 2, 4, … steps.
public struct SliceSampler: MarkovKernel {
  /// The density sampled from.
  public let target: any UnnormalizedDistribution
  /// The initial width of each coordinate's interval.
  public let widths: [Double]
  /// The largest number of times an interval is stepped out, both sides together.
  public let maximumExpansions: Int

  public var dimension: Int { target.dimension }

  /// - Parameters:
  ///   - target: The density; one with a cursor of its own is updated coordinate by coordinate.
  ///   - width: The initial width; burn-in adapts it, so its order of magnitude is enough.
  ///   - maximumExpansions: The default of 100 bounds the cost where the slice is not bounded.
  public init(
    _ target: any UnnormalizedDistribution,
    width: Double = 1,
    maximumExpansions: Int = 100
  ) {
    precondition(width > 0, "SliceSampler: the width must be positive, not \(width)")
    self.target = target
    widths = [Double](repeating: width, count: target.dimension)
    self.maximumExpansions = maximumExpansions
  }

  /// The state of a slice-sampling chain.
  public struct State: MarkovState {
    public fileprivate(set) var position: [Double]
    public fileprivate(set) var logDensity: Double
    /// The tuned interval widths.
    public fileprivate(set) var widths: [Double]
    fileprivate var expansions: [Int]
    fileprivate var contractions: [Int]
    fileprivate var cursor = CursorBox()
    fileprivate var order: [Int] = []

    private enum CodingKeys: CodingKey {
      case position, logDensity, widths, expansions, contractions
    }

    public func isSound(in dimension: Int) -> Bool {
      [position, widths].areFinite(dimension) && widths.allSatisfy(\.isStepSize)
        && [expansions, contractions].allSatisfy { counts in
          counts.count == dimension && counts.allSatisfy { countable.contains($0) }
        }
    }
  }

  public func canStart(at position: [Double]) -> Bool {
    target.logDensity(at: position).isFinite
  }

  public func start(at position: [Double], using random: inout RandomStream) -> State {
    let logDensity = target.logDensity(at: position)
    requireStart(position, logDensity)
    let zeros = [Int](repeating: 0, count: dimension)
    return State(
      position: position,
      logDensity: logDensity,
      widths: widths,
      expansions: zeros,
      contractions: zeros
    )
  }

  public func step(_ state: inout State, using random: inout RandomStream) -> StepInformation {
    sweep(&state, isCounting: false, using: &random)
  }

  public func adapt(
    _ state: inout State,
    iteration: Int,
    of count: Int,
    using random: inout RandomStream
  ) -> StepInformation {
    let information = sweep(&state, isCounting: true, using: &random)
    // Retune at the ends of windows of doubling length: after steps 1, 3, 7, 15, …
    if (iteration + 2) & (iteration + 1) == 0 {
      for j in 0..<dimension {
        let expansions = Double(max(state.expansions[j], 1))
        let total = expansions + Double(max(state.contractions[j], 1))
        state.widths[j] *= 2 * expansions / total
        state.expansions[j] = 0
        state.contractions[j] = 0
      }
    }
    return information
  }

  private func sweep(
    _ state: inout State,
    isCounting: Bool,
    using random: inout RandomStream
  ) -> StepInformation {
    let cursor = state.cursor.take(for: target)
    // Starting from the position alone keeps the state a plain value and stops rounding drift.
    var here = cursor.move(to: state.position)
    var information = StepInformation()
    information.evaluations = 1
    shuffle(&state.order, using: &random)
    for j in state.order {
      let height = here - random.exponential()
      let width = state.widths[j]
      var low = -width * random.uniform()
      var high = low + width
      var expansions = 0
      let lowLimit = random.index(below: maximumExpansions + 1)
      while expansions < lowLimit, cursor.logDensity(moving: j, by: low) > height {
        low -= width
        expansions += 1
      }
      var above = 0
      while above < maximumExpansions - lowLimit, cursor.logDensity(moving: j, by: high) > height {
        high += width
        above += 1
      }
      // An end that the limit stopped was not looked at.
      let ends = (expansions < lowLimit ? 1 : 0) + (above < maximumExpansions - lowLimit ? 1 : 0)
      expansions += above
      var contractions = 0
      var shift = 0.0
      while true {
        shift = low + (high - low) * random.uniform()
        let there = cursor.logDensity(moving: j, by: shift)
        if there > height {
          here = there
          break
        }
        contractions += 1
        if shift < 0 { low = shift } else { high = shift }
        // The interval has shrunk onto the current point: stay.
        if state.position[j] + low == state.position[j] + high {
          shift = 0
          break
        }
      }
      cursor.move(j, by: shift)
      state.position[j] += shift
      information.evaluations += expansions + ends + contractions + 1
      if isCounting {
        state.expansions[j] += expansions
        state.contractions[j] += contractions
      }
    }
    state.logDensity = here
    return information
  }

  private func shuffle(_ order: inout [Int], using random: inout RandomStream) {
    if order.count != dimension { order = Array(0..<dimension) }
    // Each step's order must depend on its randomness alone, so start from the identity.
    for i in 0..<dimension { order[i] = i }
    for i in stride(from: dimension - 1, to: 0, by: -1) {
      order.swapAt(i, random.index(below: i + 1))
    }
  }
}

extension SliceSampler: RelocatableKernel {
  public func move(_ state: inout State, to position: [Double], logDensity: Double) {
    state.position = position
    state.logDensity = logDensity
  }
}

/// A cursor kept from step to step for its storage alone; a copied state makes its own.
private struct CursorBox: @unchecked Sendable {
  private var cursor: DensityCursor?

  mutating func take(for target: any UnnormalizedDistribution) -> DensityCursor {
    if !isKnownUniquelyReferenced(&cursor) { cursor = target.makeCursor() }
    return cursor!
  }
}
