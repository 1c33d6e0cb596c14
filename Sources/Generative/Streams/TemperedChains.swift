import Foundation
import Tensors

/// Chains at several temperatures that exchange states: parallel tempering (Swendsen & Wang 1986;
/// Geyer 1991), which crosses between modes that a single chain would not leave.
///
/// After a transition at every temperature, neighbours in every other pair swap their states with
/// probability min(1, p_β(x′)p_β′(x)/(p_β(x)p_β′(x′))), which leaves the product of all
/// distributions as it is.
public struct TemperedChains<Model: TemperedModel> {
  /// May change between transitions, as in training.
  public var model: Model
  /// Ascending; the last is 1.
  public let inverseTemperatures: [Double]
  /// At each temperature, `[chains, inputs]`.
  public private(set) var ladder: [Tensor]
  /// How often each pair of neighbours was asked to swap, and did, over all chains.
  public private(set) var attempts: [Int]
  public private(set) var swaps: [Int]
  /// Transitions made.
  public private(set) var step: Int
  public let seed: UInt64

  /// Chains that begin at draws of the base distribution.
  public init(
    _ model: Model,
    chains: Int,
    inverseTemperatures: [Double],
    seed: UInt64
  ) {
    self.init(
      model,
      from: inverseTemperatures.indices.map {
        model.baseSamples(chains, seed: Self.seed(seed, of: $0))
      },
      inverseTemperatures: inverseTemperatures,
      seed: seed
    )
  }

  /// Chains that begin at states for each temperature, or go on after `step` transitions.
  public init(
    _ model: Model,
    from ladder: [Tensor],
    inverseTemperatures: [Double],
    seed: UInt64,
    step: Int = 0
  ) {
    precondition(
      inverseTemperatures.last == 1 && ladder.count == inverseTemperatures.count
        && zip(inverseTemperatures, inverseTemperatures.dropFirst()).allSatisfy { $0 < $1 },
      "TemperedChains: inverse temperatures must ascend to 1, with states for each"
    )
    self.model = model
    self.inverseTemperatures = inverseTemperatures
    self.ladder = ladder
    attempts = Array(repeating: 0, count: inverseTemperatures.count - 1)
    swaps = attempts
    self.seed = seed
    self.step = step
  }

  /// The chains at temperature 1: draws of the model.
  public var states: Tensor { ladder[ladder.count - 1] }

  /// The part of attempted swaps that were made, pair by pair: 0.2 to 0.4 is good.
  public var swapRates: [Double] {
    zip(swaps, attempts).map { $1 == 0 ? 0 : Double($0) / Double($1) }
  }

  private static func seed(_ seed: UInt64, of temperature: Int) -> UInt64 {
    seed &+ UInt64(temperature + 1) &* 0x9E37_79B9_7F4A_7C15
  }

  /// Transitions at every temperature, each followed by swaps.
  public mutating func advance(steps: Int) {
    for _ in 0..<steps {
      for (index, beta) in inverseTemperatures.enumerated() {
        ladder[index] = model.advance(
          ladder[index],
          at: beta,
          seed: Self.seed(seed, of: index),
          step: step
        )
      }
      swapNeighbours()
      step += 1
    }
  }

  /// Even pairs at even steps, odd ones at odd steps.
  mutating func swapNeighbours() {
    let generator = RandomGenerator(seed: ~seed, stream: step)
    for lower in stride(from: step % 2, to: ladder.count - 1, by: 2) {
      let (cold, hot) = (inverseTemperatures[lower + 1], inverseTemperatures[lower])
      let (x, y) = (ladder[lower], ladder[lower + 1])
      let logRatio =
        model.logRatio(x, from: hot, to: cold) + model.logRatio(y, from: cold, to: hot)
      let uniforms = Tensor.uniform(logRatio.shape, using: generator)
      let accepted = uniforms.logarithm .< logRatio.cast(to: .float32)
      let rows = accepted.insertingAxis(1)
      ladder[lower] = x.replacing(with: y, where: rows)
      ladder[lower + 1] = y.replacing(with: x, where: rows)
      attempts[lower] += x.shape[0]
      swaps[lower] += accepted.cast(to: .int64).sum().scalar(Int.self)
    }
  }
}
