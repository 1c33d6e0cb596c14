import Foundation

/// Hamiltonian Monte Carlo: a fresh momentum, a fixed number of leapfrog steps, and a Metropolis
/// decision on the energy error.
///
/// The step size of every trajectory is jittered uniformly by ± `jitter`, which breaks the
/// resonances of a fixed trajectory length and keeps the kernel exact, because it is drawn afresh
/// and independently of the position.
///
/// Duane, Kennedy, Pendleton and Roweth (1987); Neal, *MCMC using Hamiltonian dynamics* (2011).
public struct HamiltonianMonteCarlo: MarkovKernel {
  /// The density sampled from.
  public let target: any DifferentiableDistribution
  /// The number of leapfrog steps in a trajectory.
  public let steps: Int
  /// The initial step size; burn-in replaces it.
  public let stepSize: Double
  /// Half the relative range of the step size's jitter.
  public let jitter: Double
  /// The acceptance that burn-in aims at.
  public let targetAcceptance: Double
  /// Whether burn-in learns a full mass matrix instead of a diagonal one.
  public let isDense: Bool

  public var dimension: Int { target.dimension }

  /// - Parameters:
  ///   - target: The density.
  ///   - steps: Leapfrog steps in a trajectory. The default of 8 suits a few dozen coordinates;
  ///     use ``NoUTurnSampler`` when the right length is not known.
  ///   - stepSize: Where the search for a step size starts.
  ///   - jitter: The default of 0.2 varies the step size by ± 20%.
  ///   - targetAcceptance: The default is 0.8, a little above the optimum of long chains (0.65) as
  ///     protection against divergence.
  ///   - isDense: The default is a diagonal mass matrix.
  public init(
    _ target: any DifferentiableDistribution,
    steps: Int = 8,
    stepSize: Double = 0.1,
    jitter: Double = 0.2,
    targetAcceptance: Double = 0.8,
    isDense: Bool = false
  ) {
    precondition(
      steps > 0 && stepSize > 0,
      "HamiltonianMonteCarlo: steps (\(steps)) and step size (\(stepSize)) must be positive"
    )
    self.target = target
    self.steps = steps
    self.stepSize = stepSize
    self.jitter = jitter
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
    let before = state.moving.energy
    var step = state.stepSize
    if jitter > 0 { step *= 1 + jitter * (2 * random.uniform() - 1) }
    for _ in 0..<steps { state.moving.leapfrog(step, state.metric, target) }
    let error = state.moving.energy - before
    var information = StepInformation()
    information.evaluations = steps
    information.acceptance = exp(min(-error, 0))
    information.isDivergent = !(error < NoUTurnSampler.divergenceThreshold)
    if random.uniform() < information.acceptance { state.land() }
    return information
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
