/// The Metropolis-adjusted Langevin algorithm (MALA):
/// `x' = x + ε²/2 · Σ ∇log π(x) + ε Σ^½ z`, accepted by the Metropolis–Hastings ratio.
///
/// This is exactly Hamiltonian Monte Carlo with one leapfrog step of length ε, whose energy error is
/// the logarithm of that ratio, and so it is written. Burn-in tunes ε to the optimal acceptance of
/// 0.574 and Σ to the variances of the target.
///
/// Roberts and Rosenthal, *Optimal scaling of discrete approximations to Langevin diffusions* (1998).
public struct MetropolisAdjustedLangevin: MarkovKernel {
  private let dynamics: HamiltonianMonteCarlo

  /// The density sampled from.
  public var target: any DifferentiableDistribution { dynamics.target }
  public var dimension: Int { dynamics.dimension }

  /// - Parameters:
  ///   - target: The density.
  ///   - stepSize: The initial ε.
  ///   - targetAcceptance: The default, 0.574, is optimal in many dimensions.
  ///   - isDense: Whether burn-in learns a full Σ; the default is a diagonal one.
  public init(
    _ target: any DifferentiableDistribution,
    stepSize: Double = 0.1,
    targetAcceptance: Double = 0.574,
    isDense: Bool = false
  ) {
    dynamics = HamiltonianMonteCarlo(
      target,
      steps: 1,
      stepSize: stepSize,
      jitter: 0,
      targetAcceptance: targetAcceptance,
      isDense: isDense
    )
  }

  public func canStart(at position: [Double]) -> Bool {
    dynamics.canStart(at: position)
  }

  public func start(at position: [Double], using random: inout RandomStream) -> HamiltonianState {
    dynamics.start(at: position, using: &random)
  }

  public func step(
    _ state: inout HamiltonianState,
    using random: inout RandomStream
  ) -> StepInformation {
    dynamics.step(&state, using: &random)
  }

  public func adapt(
    _ state: inout HamiltonianState,
    iteration: Int,
    of count: Int,
    using random: inout RandomStream
  ) -> StepInformation {
    dynamics.adapt(&state, iteration: iteration, of: count, using: &random)
  }

  public func settle(_ state: inout HamiltonianState) { dynamics.settle(&state) }
}
