/// The state of a chain that moves by Hamiltonian dynamics.
public struct HamiltonianState: MarkovState {
  public internal(set) var position: [Double]
  public internal(set) var logDensity: Double
  /// The gradient of the log-density at ``position``.
  public internal(set) var gradient: [Double]
  /// The tuned step size.
  public internal(set) var stepSize: Double
  /// The tuned inverse mass matrix.
  public internal(set) var metric: Metric
  var warmUp: HamiltonianWarmUp?
  /// The moving point; its storage is reused from step to step.
  var moving: PhasePoint

  private enum CodingKeys: CodingKey {
    case position, logDensity, gradient, stepSize, metric, warmUp, moving
  }

  public func isSound(in dimension: Int) -> Bool {
    [position, gradient].areFinite(dimension) && stepSize.isStepSize
      && metric.isSound(in: dimension) && (warmUp?.isSound(in: dimension) ?? true)
      && [moving.position, moving.momentum, moving.velocity, moving.gradient].allSatisfy {
        $0.count == dimension
      }
  }

  init(
    _ target: any DifferentiableDistribution,
    at position: [Double],
    stepSize: Double,
    isDense: Bool
  ) {
    self.position = position
    gradient = [Double](repeating: 0, count: target.dimension)
    logDensity = target.logDensity(at: position, gradient: &gradient)
    self.stepSize = stepSize
    metric = .identity(target.dimension, isDense: isDense)
    moving = PhasePoint(
      position: position,
      momentum: gradient,
      velocity: gradient,
      gradient: gradient,
      logDensity: logDensity
    )
  }

  /// Puts the moving point at the chain's position with a fresh momentum.
  @inline(__always)
  mutating func launch(using random: inout RandomStream) {
    for i in position.indices {
      moving.position[i] = position[i]
      moving.gradient[i] = gradient[i]
    }
    moving.logDensity = logDensity
    metric.sampleMomentum(into: &moving.momentum, using: &random)
    moving.updateVelocity(metric)
  }

  /// Makes the moving point the chain's position.
  @inline(__always)
  mutating func land() {
    swap(&position, &moving.position)
    swap(&gradient, &moving.gradient)
    logDensity = moving.logDensity
  }
}
