import Foundation
import Mathematics
import Networks
import Tensors

/// An equal mixture of models, such as one network's in different orders: q(x) = 1/K Σ_k q_k(x)
/// (Uria, Murray & Larochelle 2014, section 4).
///
/// Log-probabilities, derivatives and samples are exact. Its log-probability is at least the mean of
/// the members'.
///
/// ```swift
/// let mixture = OrderMixture(made.members(8, seed: 1))
/// let nades = OrderMixture(orders.map { NADE(inputs: 784, hidden: 500, order: $0, using: g) })
/// ```
public struct OrderMixture<Member: NormalizedModel>: NormalizedModel {
  /// Members may share parameters.
  public let members: [Member]

  public init(_ members: [Member]) {
    precondition(
      !members.isEmpty && members.allSatisfy { $0.inputs == members[0].inputs },
      "OrderMixture: needs members, all over the same inputs"
    )
    self.members = members
  }

  public var inputs: Int { members[0].inputs }

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    mixed(members.map { $0.forward(input, pass) }).insertingAxis(1)
  }

  public func logProbability(_ states: Tensor) -> Tensor {
    mixed(members.map { $0.logProbability(states).insertingAxis(1) })
  }

  /// log mean exp of the members' `[count, 1]`: `[count]`.
  private func mixed(_ parts: [Tensor]) -> Tensor {
    let joint = Tensor.concatenated(parts, along: 1)
    return joint.logSumExp(along: 1) - log(Double(members.count))
  }

  /// Σ_k p(k | x) ∂log q_k/∂x.
  public func inputDerivative(_ states: Tensor) -> Tensor {
    let joint = Tensor.stacked(members.map { $0.logProbability(states) })
    let shares = joint.softmax(along: 0)
    return members.enumerated().reduce(nil as Tensor?) { sum, member in
      let part =
        shares[member.offset].insertingAxis(1) * member.element.inputDerivative(states)
      return sum.map { $0 + part } ?? part
    }!
  }

  public func sampled(
    _ count: Int,
    seed: UInt64,
    stream: Int
  ) -> (samples: Tensor, logProbability: Tensor) {
    let generator = RandomGenerator(seed: seed, stream: stream)
    let chosen = Tensor.randomIntegers(0..<members.count, [count], using: generator)
    let counts = chosen.oneHot(classes: members.count, .int64).sum(along: 0).scalars(Int.self)
    let parts = members.enumerated().compactMap { index, member in
      counts[index] == 0
        ? nil
        : member.samples(counts[index], seed: seed, stream: stream * members.count + index)
    }
    // Samples came member by member; each goes to a place that chose its member.
    let places = chosen.sorted().indices.sorted().indices
    let samples = Tensor.concatenated(parts)[rows: places]
    return (samples, logProbability(samples))
  }
}
