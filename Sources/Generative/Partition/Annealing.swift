import Foundation
import Tensors

/// Inverse temperatures from 0 to 1.
public struct AnnealingSchedule: Sendable, Equatable {
  public let inverseTemperatures: [Double]

  /// - Parameter inverseTemperatures: Ascending, from 0 to 1.
  public init(_ inverseTemperatures: [Double]) {
    precondition(
      inverseTemperatures.first == 0 && inverseTemperatures.last == 1
        && zip(inverseTemperatures, inverseTemperatures.dropFirst()).allSatisfy { $0 < $1 },
      "AnnealingSchedule: must ascend from 0 to 1"
    )
    self.inverseTemperatures = inverseTemperatures
  }

  /// Evenly spaced.
  public static func linear(_ steps: Int) -> AnnealingSchedule {
    precondition(steps > 0, "AnnealingSchedule.linear: \(steps) steps")
    return AnnealingSchedule((0...steps).map { Double($0) / Double(steps) })
  }

  /// 14,500 steps that are finer towards 1, by Salakhutdinov & Murray (2008): 1/1,000 up to 0.5,
  /// 1/10,000 up to 0.9, 1/100,000 up to 1.
  public static let salakhutdinovMurray = {
    var points: [Double] = []
    for step in 0..<500 { points.append(Double(step) / 1e3) }
    for step in 0..<4_000 { points.append(0.5 + Double(step) / 1e4) }
    for step in 0..<10_000 { points.append(0.9 + Double(step) / 1e5) }
    return AnnealingSchedule(points + [1])
  }()

  /// `steps` steps of equal thermodynamic length: their density follows the standard deviation of
  /// ∂log p̃_β/∂β, which pilot runs measure (Gelman & Meng 1998).
  public static func adaptive(
    _ steps: Int,
    for rbm: RBM,
    from base: Tensor,
    pilotRuns: Int = 100,
    seed: UInt64
  ) -> AnnealingSchedule {
    let pilot = linear(max(steps / 10, 50)).inverseTemperatures
    var states = BoltzmannKernel.baseRateSamples(base, runs: pilotRuns, seed: seed)
    var lengths: [Double] = []
    for step in 0..<(pilot.count - 1) {
      let moved = rbm.kernel.anneal(
        states,
        base: base,
        along: pilot,
        steps: step..<(step + 1),
        seed: seed
      )
      states = moved.states
      lengths.append(LogPartition.variance(moved.logWeights.scalars()).squareRoot())
    }
    return spaced(steps, over: pilot, lengths: lengths)
  }

  /// `steps` steps that share the length of a path evenly, of which each interval between `pilot`'s
  /// points has a part.
  static func spaced(
    _ steps: Int,
    over pilot: [Double],
    lengths: [Double]
  ) -> AnnealingSchedule {
    let total = lengths.reduce(0, +)
    // A model that is its own base has a path of no length.
    guard total > 0, total.isFinite else { return .linear(steps) }
    // Noise must not make gaps: every interval keeps some length.
    let least = 0.1 * total / Double(lengths.count)
    let cumulative = lengths.reduce(into: [0.0]) { $0.append($0.last! + max($1, least)) }
    var index = 0
    let points = (1..<steps).map { step in
      let target = cumulative.last! * Double(step) / Double(steps)
      while cumulative[index + 1] < target { index += 1 }
      let part = (target - cumulative[index]) / (cumulative[index + 1] - cumulative[index])
      return pilot[index] + part * (pilot[index + 1] - pilot[index])
    }
    return AnnealingSchedule([0] + points + [1])
  }
}

extension RBM {
  /// Visible biases of the base-rate model, whose units are on as often as in `data`
  /// (`[count, visible]`), smoothed by one example half on: where annealing begins.
  public static func baseBias(of data: Tensor) -> Tensor {
    let count = Double(data.shape[0])
    let rate = (data.cast(to: .float64).sum(along: 0) + 0.5) / (count + 1)
    return (rate.logarithm - (1 - rate).logarithm).cast(to: .float32)
  }

  /// log Z by annealed importance sampling (Neal 2001; Salakhutdinov & Murray 2008) along the
  /// geometric path from a base-rate model, one Gibbs step for each inverse temperature.
  ///
  /// - Parameters:
  ///   - base: Visible biases of the base-rate model; the default 0 makes fair bits.
  ///   - progress: Called with the steps made and all there are; what it throws ends the work.
  public func logPartition(
    annealing schedule: AnnealingSchedule,
    from base: Tensor? = nil,
    runs: Int = 100,
    confidence: Double = 0.95,
    seed: UInt64,
    progress: ((_ done: Int, _ total: Int) throws -> Void)? = nil
  ) throws -> LogPartition {
    let base = base ?? .zeros([inputs])
    try check(base, runs)
    let start = BoltzmannKernel.baseRateSamples(base, runs: runs, seed: seed)
    let path = schedule.inverseTemperatures
    let walked = try walk(start, base, along: path, seed, progress)
    return .of(
      weights: walked.logWeights,
      .annealedImportanceSampling,
      rounding: rounding(at: walked.states),
      offset: baseLogPartition(base),
      confidence: confidence
    )
  }

  /// The same in reverse, from states of the model to the base-rate model: on average an upper bound.
  ///
  /// - Parameters:
  ///   - states: Independent draws of the model, `[runs, visible]`.
  ///   - doubt: Why the states may be no draws of the model, such as
  ///     ``doubt(of:after:seed:progress:)`` finds: then no bound is claimed.
  public func logPartition(
    reverseAnnealing schedule: AnnealingSchedule,
    from states: Tensor,
    to base: Tensor? = nil,
    doubting doubt: String? = nil,
    confidence: Double = 0.95,
    seed: UInt64,
    progress: ((_ done: Int, _ total: Int) throws -> Void)? = nil
  ) throws -> LogPartition {
    let base = base ?? .zeros([inputs])
    try check(base, states.shape[0])
    let path: [Double] = schedule.inverseTemperatures.reversed()
    return .of(
      weights: try walk(states, base, along: path, seed, progress).logWeights,
      .reverseAnnealedImportanceSampling,
      rounding: rounding(at: states),
      doubt: doubt,
      direction: -1,
      offset: baseLogPartition(base),
      confidence: confidence
    )
  }

  /// How far log p̃ of the kernel, in which a walk's differences add up, is from what it is in
  /// Float64: at most, over states of the model.
  private func rounding(at states: Tensor) -> Double {
    let difference =
      logUnnormalized(states).cast(to: .float64) - preciseLogUnnormalized(states)
    return difference.magnitude.maximum().doubleValue
  }

  /// Whole walks and their weights, made in pieces of a fraction of a second, so that one can see how
  /// far they are, and stop them.
  private func walk(
    _ start: Tensor,
    _ base: Tensor,
    along path: [Double],
    _ seed: UInt64,
    _ progress: ((_ done: Int, _ total: Int) throws -> Void)?
  ) throws -> (states: Tensor, logWeights: [Double]) {
    let total = path.count - 1
    // A unit's random number costs as much as some hundred weights.
    let work = start.shape[0] * (inputs * hidden + 100 * (inputs + hidden))
    let piece = max(2_000_000_000 / work, 1)
    var states = start
    var sum = Tensor.zeros([start.shape[0]], .float64)
    for first in stride(from: 0, to: total, by: piece) {
      let range = first..<min(first + piece, total)
      let moved = kernel.anneal(states, base: base, along: path, steps: range, seed: seed)
      states = moved.states
      sum = sum + moved.logWeights
      try progress?(range.upperBound, total)
    }
    return (states, sum.scalars())
  }

  /// Σ_i log(1 + exp(a₀ᵢ)) + hidden·log 2.
  func baseLogPartition(_ base: Tensor) -> Double {
    base.cast(to: .float64).softplus.sum().doubleValue + Double(hidden) * log(2)
  }

  private func check(_ base: Tensor, _ runs: Int) throws {
    guard base.shape == [inputs], runs >= 2 else {
      throw GenerativeError(
        "annealing needs \(inputs) base biases and at least 2 runs, not \(base.shape) and \(runs)"
      )
    }
  }
}
