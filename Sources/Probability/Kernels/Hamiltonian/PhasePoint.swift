/// A point in phase space, with what the leapfrog integrator needs to leave it.
struct PhasePoint: Codable, Sendable {
  var position: [Double]
  var momentum: [Double]
  /// `Σ p`.
  var velocity: [Double]
  var gradient: [Double]
  var logDensity: Double

  /// Potential plus kinetic energy; +∞ where the density is zero or undefined.
  var energy: Double {
    var twiceKinetic = 0.0
    for i in momentum.indices { twiceKinetic += momentum[i] * velocity[i] }
    let energy = 0.5 * twiceKinetic - logDensity
    return energy.isNaN ? .infinity : energy
  }

  mutating func updateVelocity(_ metric: Metric) {
    momentum.withUnsafeBufferPointer { p in
      velocity.withUnsafeMutableBufferPointer { v in
        metric.velocity(of: p.baseAddress!, into: v.baseAddress!)
      }
    }
  }

  /// One leapfrog step: half a kick, a drift, half a kick. Volume-preserving and reversible.
  mutating func leapfrog(
    _ step: Double,
    _ metric: Metric,
    _ target: any DifferentiableDistribution
  ) {
    for i in momentum.indices { momentum[i] += 0.5 * step * gradient[i] }
    updateVelocity(metric)
    for i in position.indices { position[i] += step * velocity[i] }
    logDensity = target.logDensity(at: position, gradient: &gradient)
    for i in momentum.indices { momentum[i] += 0.5 * step * gradient[i] }
    updateVelocity(metric)
  }
}
