import Mathematics
import Tensors

/// A path through several RBMs of one size: between neighbours it is geometric, so that natural
/// parameters run straight from one to the next.
///
/// Through machines that match averaged moments it is the moment-averaged path of Grosse, Maddison &
/// Salakhutdinov (2013), on which annealing needs fewer steps than on the geometric one.
public struct MachinePath: TemperedModel {
  /// From one without weights, at β = 0, to the model itself, at β = 1; evenly spaced in β.
  public let machines: [RBM]

  public init(_ machines: [RBM]) {
    precondition(
      machines.count >= 2 && machines[0].weights.magnitude.maximum().doubleValue == 0
        && machines.allSatisfy { $0.weights.shape == machines[0].weights.shape },
      "MachinePath: needs machines of one size, the first without weights"
    )
    self.machines = machines
  }

  public var inputs: Int { machines[0].inputs }

  public var baseLogPartition: Double {
    let biases = [machines[0].visibleBias, machines[0].hiddenBias]
    return biases.reduce(0) { $0 + $1.cast(to: .float64).softplus.sum().doubleValue }
  }

  public func baseSamples(_ count: Int, seed: UInt64) -> Tensor {
    BoltzmannKernel.baseRateSamples(machines[0].visibleBias, runs: count, seed: seed)
  }

  /// W, a and b at β.
  private func parameters(at beta: Double) -> [Tensor] {
    let place = beta * Double(machines.count - 1)
    let index = min(Int(place), machines.count - 2)
    let fraction = place - Double(index)
    let (below, above) = (machines[index], machines[index + 1])
    return [
      below.weights.interpolated(to: above.weights, fraction: fraction),
      below.visibleBias.interpolated(to: above.visibleBias, fraction: fraction),
      below.hiddenBias.interpolated(to: above.hiddenBias, fraction: fraction),
    ]
  }

  public func logRatio(_ states: Tensor, from beta0: Double, to beta1: Double) -> Tensor {
    let v = states.cast(to: .float32)
    let (old, new) = (parameters(at: beta0), parameters(at: beta1))
    let fields = [old, new].map { v.matmul($0[0]) + $0[2] }
    return v.matmul(new[1] - old[1]) + (fields[1].softplus - fields[0].softplus).sum(along: 1)
  }

  public func advance(_ states: Tensor, at beta: Double, seed: UInt64, step: Int) -> Tensor {
    let generator = RandomGenerator(seed: seed, stream: step)
    let (weights, visible, hidden) = {
      let parts = parameters(at: beta)
      return (parts[0], parts[1], parts[2])
    }()
    func drawn(_ field: Tensor) -> Tensor {
      (Tensor.uniform(field.shape, using: generator) .< field.sigmoid)
    }
    let h = drawn(states.cast(to: .float32).matmul(weights) + hidden).cast(to: .float32)
    return drawn(h.matmul(weights.transposed()) + visible).cast(to: .uint8)
  }
}

extension MachinePath {
  /// The moment-averaged path to an RBM: at β the moments E[v], E[h] and E[vhᵀ] are
  /// (1 − β) times the base-rate model's plus β times the target's. Machines in between are fitted
  /// to them by persistent chains.
  ///
  /// - Parameters:
  ///   - base: Visible biases of the base-rate model; see ``RBM/baseBias(of:)``.
  ///   - states: Draws of the target, `[count, visible]`, whose moments stand for its own. Errors in
  ///     them, and in the fit, make the path longer but no estimate wrong.
  ///   - knots: Machines in between.
  ///   - updates: Of each machine.
  public static func momentAveraged(
    to target: RBM,
    from base: Tensor,
    drawing states: Tensor,
    knots: Int = 8,
    updates: Int = 500,
    chains: Int = 500,
    learningRate: Double = 0.05,
    seed: UInt64
  ) -> MachinePath {
    let start = RBM(
      weights: target.weights.zerosLike,
      visibleBias: base,
      hiddenBias: target.hiddenBias.zerosLike
    )
    let (near, far) = (
      Moments(base.sigmoid.insertingAxis(0), start.hiddenBias.sigmoid.insertingAxis(0)),
      Moments(states.cast(to: .float32), target.hiddenProbabilities(states))
    )
    var machines = [start]
    var walkers = Chains(
      BoltzmannKernel.baseRateSamples(base, runs: chains, seed: seed),
      seed: seed
    )
    for knot in 1..<(knots + 1) {
      let wanted = near.mixed(with: far, Double(knot) / Double(knots + 1))
      var parameters = machines.last!.naturalParameters
      var velocity = parameters.map(\.zerosLike)
      for update in 0..<updates {
        let machine = RBM(parameters)
        machine.advance(&walkers, steps: 1)
        let own = Moments(
          walkers.states.cast(to: .float32),
          machine.hiddenProbabilities(walkers.states)
        )
        let rate = learningRate * (1 - Double(update) / Double(updates))
        for index in parameters.indices {
          velocity[index] =
            velocity[index] * 0.9 + (wanted.parts[index] - own.parts[index]) * rate
          parameters[index] = parameters[index] + velocity[index]
        }
      }
      machines.append(RBM(parameters))
    }
    return MachinePath(machines + [target])
  }
}

/// E[vhᵀ], E[v] and E[h].
private struct Moments {
  let parts: [Tensor]

  init(_ visible: Tensor, _ hidden: Tensor) {
    parts = [
      visible.transposed().matmul(hidden) / Double(visible.shape[0]), visible.mean(along: 0),
      hidden.mean(along: 0),
    ]
  }

  private init(parts: [Tensor]) { self.parts = parts }

  func mixed(with other: Moments, _ fraction: Double) -> Moments {
    Moments(parts: zip(parts, other.parts).map { $0.interpolated(to: $1, fraction: fraction) })
  }
}

extension RBM {
  fileprivate var naturalParameters: [Tensor] { [weights, visibleBias, hiddenBias] }

  fileprivate init(_ parameters: [Tensor]) {
    self.init(weights: parameters[0], visibleBias: parameters[1], hiddenBias: parameters[2])
  }
}
