import Foundation

/// Metropolis with normal proposals, `x' ~ N(x, scale² Σ)`, accepted with probability
/// `min(1, π(x') / π(x))`.
///
/// In burn-in Σ follows the covariance of the draws (Haario, Saksman and Tamminen, *An adaptive
/// Metropolis algorithm*, 2001) and the scale the acceptance of 0.44 in one dimension and 0.234 in
/// many (Roberts, Gelman and Gilks, 1997); afterwards both are fixed.
public struct RandomWalkMetropolis: MarkovKernel {
  /// The density sampled from.
  public let target: any UnnormalizedDistribution
  /// The initial scale of the proposal.
  public let scale: Double

  public var dimension: Int { target.dimension }

  /// - Parameters:
  ///   - target: The density.
  ///   - scale: The initial scale. The default is the optimum for a standard normal target,
  ///     `2.38 / √dimension`.
  public init(_ target: any UnnormalizedDistribution, scale: Double? = nil) {
    self.target = target
    self.scale = scale ?? 2.38 / Double(target.dimension).squareRoot()
  }

  /// The state of a random-walk chain.
  public struct State: MarkovState {
    public fileprivate(set) var position: [Double]
    public fileprivate(set) var logDensity: Double
    /// The tuned scale of the proposal.
    public fileprivate(set) var scale: Double
    /// The factor of the tuned Σ.
    public fileprivate(set) var factor: Cholesky
    fileprivate var moments: RunningMoments
    fileprivate var proposal: [Double]
    fileprivate var noise: [Double]

    public func isSound(in dimension: Int) -> Bool {
      [position].areFinite(dimension) && scale.isStepSize && factor.isSound(in: dimension)
        && moments.isSound(in: dimension) && moments.isDense && proposal.count == dimension
        && noise.count == dimension
    }
  }

  public func canStart(at position: [Double]) -> Bool {
    target.logDensity(at: position).isFinite
  }

  public func start(at position: [Double], using random: inout RandomStream) -> State {
    let logDensity = target.logDensity(at: position)
    requireStart(position, logDensity)
    return State(
      position: position,
      logDensity: logDensity,
      scale: scale,
      factor: .identity(dimension),
      moments: RunningMoments(dimension: dimension, isDense: true),
      proposal: position,
      noise: position
    )
  }

  public func step(_ state: inout State, using random: inout RandomStream) -> StepInformation {
    state.noise.withUnsafeMutableBufferPointer { noise in
      for i in noise.indices { noise[i] = random.normal() }
    }
    let n = dimension
    for i in 0..<n {
      var sum = 0.0
      for k in 0...i { sum += state.factor.lower[i * n + k] * state.noise[k] }
      state.proposal[i] = state.position[i] + state.scale * sum
    }
    let proposed = target.logDensity(at: state.proposal)
    let difference = proposed - state.logDensity
    var information = StepInformation()
    information.evaluations = 1
    information.acceptance = difference.isNaN ? 0 : exp(min(difference, 0))
    if random.uniform() < information.acceptance {
      swap(&state.position, &state.proposal)
      state.logDensity = proposed
    }
    return information
  }

  public func adapt(
    _ state: inout State,
    iteration: Int,
    of count: Int,
    using random: inout RandomStream
  ) -> StepInformation {
    let information = step(&state, using: &random)
    let goal = dimension == 1 ? 0.44 : 0.234
    let rate = 1 / Double(iteration + 1).squareRoot()
    state.scale *= exp(rate * (information.acceptance - goal))
    // The first tenth only finds the bulk; then Σ is renewed at points that grow further apart.
    guard iteration >= count / 10 else { return information }
    state.moments.add(state.position)
    let seen = state.moments.count
    if seen >= 10 * dimension, seen & (seen - 1) == 0 || iteration + 1 == count {
      if let factor = Cholesky(state.moments.regularizedCovariance(), dimension: dimension) {
        state.factor = factor
      }
    }
    return information
  }
}
