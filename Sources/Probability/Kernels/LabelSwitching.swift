import Foundation

/// Another kernel, some steps of which are followed by an attempt to exchange two blocks of
/// coordinates.
///
/// A mixture's posterior has a mode for every way to give its components to its clusters; a kernel of
/// small moves stays in the first one it finds. Exchanging what two components are is a symmetric
/// proposal, accepted as Metropolis (1953) would: exact, and it leaves a wrong mode at once.
///
/// ```swift
/// let kernel = LabelSwitching(SliceSampler(posterior), of: posterior, blocks: [[0], [1], [2]])
/// ```
public struct LabelSwitching<Base: RelocatableKernel>: MarkovKernel {
  public let base: Base
  public let target: any UnnormalizedDistribution
  /// Coordinates that belong together, `[blocks][size]`.
  public let blocks: [[Int]]
  /// How many of the steps are followed by an attempt.
  public let probability: Double

  public var dimension: Int { base.dimension }

  /// - Parameters:
  ///   - base: The kernel of small moves, on the same target.
  ///   - blocks: Two or more, of one size, that share no coordinate.
  ///   - probability: The default of ¼ makes the attempts, two evaluations each, cheap beside the
  ///     base kernel's.
  public init(
    _ base: Base,
    of target: any UnnormalizedDistribution,
    blocks: [[Int]],
    probability: Double = 0.25
  ) {
    let all = blocks.flatMap { $0 }
    precondition(
      blocks.count > 1 && blocks.allSatisfy { $0.count == blocks[0].count && !$0.isEmpty }
        && Set(all).count == all.count && all.allSatisfy { (0..<base.dimension).contains($0) },
      "LabelSwitching: \(blocks) are not blocks of equal size that share no coordinate"
    )
    self.base = base
    self.target = target
    self.blocks = blocks
    self.probability = probability
  }

  public typealias State = Base.State

  public func canStart(at position: [Double]) -> Bool { base.canStart(at: position) }

  public func start(at position: [Double], using random: inout RandomStream) -> State {
    base.start(at: position, using: &random)
  }

  public func step(_ state: inout State, using random: inout RandomStream) -> StepInformation {
    exchanged(&state, base.step(&state, using: &random), using: &random)
  }

  public func adapt(
    _ state: inout State,
    iteration: Int,
    of count: Int,
    using random: inout RandomStream
  ) -> StepInformation {
    let information = base.adapt(&state, iteration: iteration, of: count, using: &random)
    return exchanged(&state, information, using: &random)
  }

  public func settle(_ state: inout State) { base.settle(&state) }

  private func exchanged(
    _ state: inout State,
    _ information: StepInformation,
    using random: inout RandomStream
  ) -> StepInformation {
    guard random.uniform() < probability else { return information }
    let first = random.index(below: blocks.count)
    let second = (first + 1 + random.index(below: blocks.count - 1)) % blocks.count
    var proposal = state.position
    for (i, j) in zip(blocks[first], blocks[second]) { proposal.swapAt(i, j) }
    let logDensity = target.logDensity(at: proposal)
    // The base kernel may keep its log-density in single precision: the decision does not.
    let here = target.logDensity(at: state.position)
    if log(random.uniform()) < logDensity - here {
      base.move(&state, to: proposal, logDensity: logDensity)
    }
    var information = information
    information.evaluations += 2
    return information
  }
}
