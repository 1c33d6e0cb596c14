/// A rule for one step of a Markov chain that leaves a density invariant.
///
/// A kernel is immutable; what a chain is at a moment is its `State`, a `Codable` value. A step is
/// a function of state and randomness that returns information about itself: given equal state and
/// randomness it does exactly the same. (The state is `inout` so that its storage is reused.)
///
/// Tuning happens only in ``adapt(_:iteration:of:using:)``, during burn-in; ``settle(_:)`` then
/// freezes it, and ``step(_:using:)`` never changes a tuned value.
public protocol MarkovKernel<State>: Sendable {
  associatedtype State: MarkovState
  /// The number of coordinates.
  var dimension: Int { get }
  /// Whether the density at `position` is positive and finite.
  func canStart(at position: [Double]) -> Bool
  /// The state of a chain at `position` (`[dimension]`), with the kernel's initial tuning.
  func start(at position: [Double], using random: inout RandomStream) -> State
  /// One step that leaves the target invariant.
  func step(_ state: inout State, using random: inout RandomStream) -> StepInformation
  /// Step `iteration` of a burn-in of `count` steps, after which the kernel may retune `state`.
  func adapt(
    _ state: inout State,
    iteration: Int,
    of count: Int,
    using random: inout RandomStream
  ) -> StepInformation
  /// Ends the burn-in: the tuning of `state` is final.
  func settle(_ state: inout State)
}

extension MarkovKernel {
  public func adapt(
    _ state: inout State,
    iteration: Int,
    of count: Int,
    using random: inout RandomStream
  ) -> StepInformation {
    step(&state, using: &random)
  }

  public func settle(_ state: inout State) {}

  func requireStart(_ position: [Double], _ logDensity: Double) {
    precondition(
      position.count == dimension,
      "\(Self.self).start: a position of \(position.count) coordinates for \(dimension)"
    )
    precondition(
      logDensity > -.infinity && logDensity < .infinity,
      "\(Self.self).start: the log-density at the starting position is \(logDensity), not finite"
    )
  }
}

/// What a step says about itself.
public struct StepInformation: Hashable, Sendable {
  /// The probability of acceptance, averaged over the points tried where there are several;
  /// 1 for kernels that never reject.
  public var acceptance = 1.0
  /// Whether the integrator left the region where its energy error is bounded.
  public var isDivergent = false
  /// How often the density was evaluated.
  public var evaluations = 0
  /// The depth of the trajectory's tree (No-U-Turn sampler only).
  public var treeDepth = 0
}
