import Foundation

/// The No-U-Turn sampler: a Hamiltonian trajectory is doubled forwards or backwards in time until it
/// turns back on itself, and the next draw is a multinomial choice among its points.
///
/// Hoffman and Gelman (2014) with the multinomial weights, the generalised criterion and the biased
/// progressive choice of Betancourt, *A conceptual introduction to Hamiltonian Monte Carlo* (2017),
/// and the two extra checks across the joint of subtrees that Stan makes.
public struct NoUTurnSampler: MarkovKernel {
  /// An energy error above this is a divergence.
  public static let divergenceThreshold = 1000.0

  /// The density sampled from.
  public let target: any DifferentiableDistribution
  /// The initial step size; burn-in replaces it.
  public let stepSize: Double
  /// A trajectory has at most `2^maximumDepth − 1` steps.
  public let maximumDepth: Int
  /// The acceptance that burn-in aims at.
  public let targetAcceptance: Double
  /// Whether burn-in learns a full mass matrix instead of a diagonal one.
  public let isDense: Bool

  public var dimension: Int { target.dimension }

  /// - Parameters:
  ///   - target: The density.
  ///   - stepSize: Where the search for a step size starts.
  ///   - maximumDepth: The default of 10 is Stan's.
  ///   - targetAcceptance: The default of 0.8 is Stan's; raise it when there are divergences.
  ///   - isDense: The default is a diagonal mass matrix.
  public init(
    _ target: any DifferentiableDistribution,
    stepSize: Double = 0.1,
    maximumDepth: Int = 10,
    targetAcceptance: Double = 0.8,
    isDense: Bool = false
  ) {
    precondition(stepSize > 0, "NoUTurnSampler: the step size must be positive, not \(stepSize)")
    self.target = target
    self.stepSize = stepSize
    self.maximumDepth = maximumDepth
    self.targetAcceptance = targetAcceptance
    self.isDense = isDense
  }

  public func canStart(at position: [Double]) -> Bool {
    target.logDensity(at: position).isFinite
  }

  public func start(at position: [Double], using random: inout RandomStream) -> HamiltonianState {
    let state = HamiltonianState(target, at: position, stepSize: stepSize, isDense: isDense)
    requireStart(position, state.logDensity)
    return state
  }

  public func step(
    _ state: inout HamiltonianState,
    using random: inout RandomStream
  ) -> StepInformation {
    state.launch(using: &random)
    let count = TrajectoryTree.workspaceCount(dimension: dimension, maximumDepth: maximumDepth)
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: count) { workspace in
      var tree = TrajectoryTree(workspace: workspace, target: target, state: state)
      return tree.grow(&state, maximumDepth: maximumDepth, using: &random)
    }
  }

  public func adapt(
    _ state: inout HamiltonianState,
    iteration: Int,
    of count: Int,
    using random: inout RandomStream
  ) -> StepInformation {
    state.adapt(
      iteration: iteration,
      of: count,
      goal: targetAcceptance,
      target: target,
      using: &random
    ) { step(&$0, using: &$1) }
  }

  public func settle(_ state: inout HamiltonianState) { state.settle() }
}
