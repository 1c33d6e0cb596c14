import Foundation
import Tensors

extension RBM {
  /// Why states that chains have come to may be no draws of the model; nil where nothing speaks
  /// against it.
  ///
  /// Chains that begin with all units off, and others that begin with all on, make as many
  /// transitions. Where their log p̃, or the number of their units that are on, differs on average from
  /// that of the states by more than chance and a half, chains depend on where they began. Modes that
  /// neither end leads to stay unseen.
  ///
  /// - Parameters:
  ///   - states: `[count, visible]`.
  ///   - steps: The transitions that led to them.
  ///   - progress: Called with the transitions made and all there are; what it throws ends the work.
  public func doubt(
    of states: Tensor,
    after steps: Int,
    seed: UInt64,
    progress: ((_ done: Int, _ total: Int) throws -> Void)? = nil
  ) throws -> String? {
    let count = min(states.shape[0], 100)
    var groups = [moments(of: states)]
    for (turn, unit) in [0.0, 1].enumerated() {
      let start = Tensor.full(unit, [count, inputs]).cast(to: .uint8)
      var chains = Chains(start, seed: seed &+ UInt64(turn))
      while chains.step < steps {
        advance(&chains, steps: min(20, steps - chains.step))
        try progress?(turn * steps + chains.step, 2 * steps)
      }
      groups.append(moments(of: chains.states))
    }
    for other in groups.dropFirst() {
      for (own, other) in zip(groups[0], other) {
        let gap = abs(other.mean - own.mean)
        guard gap > 0.5 + 4 * (other.variance + own.variance).squareRoot() else { continue }
        return
          "chains that began elsewhere have not met these draws after \(steps) steps (they are "
          + "\(String(format: "%.1f", gap)) \(own.unit) apart): the draws may be none of the model"
      }
    }
    return nil
  }

  /// The means over states of log p̃ and of how many units are on, and these means' variances.
  private func moments(
    of states: Tensor
  ) -> [(mean: Double, variance: Double, unit: String)] {
    let on = states.cast(to: .float64).sum(along: 1)
    return [(logUnnormalized(states), "nats"), (on, "units")].map { numbers, unit in
      let all = numbers.scalars(Double.self)
      let mean = all.reduce(0, +) / Double(all.count)
      return (mean, LogPartition.variance(all) / Double(all.count), unit)
    }
  }
}
