import Foundation
import Mathematics

/// One trajectory of the No-U-Turn sampler, grown by doubling in a flat workspace.
///
/// The workspace is cut into vectors of `dimension` numbers; the bookkeeping of a subtree lives at
/// an offset that depends on its depth alone, so growing allocates nothing.
struct TrajectoryTree {
  private typealias Vector = UnsafeMutablePointer<Double>
  /// Momentum and velocity at an end of a stretch of trajectory.
  private struct End {
    let momentum: Vector
    let velocity: Vector
  }
  /// A point that may become the next draw; its log-density is the first element of the third.
  private struct Choice {
    let position: Vector
    let gradient: Vector
    let logDensity: Vector
  }
  private static let vectorsAtTop = 18
  private static let vectorsForDepth = 9

  private let n: Int
  private let memory: Vector
  private let target: any DifferentiableDistribution
  private let metric: Metric
  private let stepSize: Double
  private let startEnergy: Double
  private var information = StepInformation()
  private var acceptanceSum = 0.0

  /// Numbers of workspace that a trajectory of this depth needs.
  static func workspaceCount(dimension: Int, maximumDepth: Int) -> Int {
    (vectorsAtTop + vectorsForDepth * maximumDepth) * dimension
  }

  /// A trajectory of one point: the moving point of `state`, which has just been launched.
  init(
    workspace: UnsafeMutableBufferPointer<Double>,
    target: any DifferentiableDistribution,
    state: HamiltonianState
  ) {
    n = target.dimension
    memory = workspace.baseAddress!
    self.target = target
    metric = state.metric
    stepSize = state.stepSize
    startEnergy = state.moving.energy
  }

  /// Grows the trajectory until it turns, diverges or is `maximumDepth` deep, and moves `state` to
  /// the point chosen.
  mutating func grow(
    _ state: inout HamiltonianState,
    maximumDepth: Int,
    using random: inout RandomStream
  ) -> StepInformation {
    var forward = state.moving
    var backward = state.moving
    let chosen = choice(at: 0)
    let candidate = choice(at: 3)
    let sumBack = vector(6)
    let sumForward = vector(7)
    let sum = vector(8)
    let back = end(at: 9)
    let front = end(at: 11)
    let backInner = end(at: 13)
    let frontInner = end(at: 15)
    record(forward, as: chosen)
    for e in [back, front, backInner, frontInner] { record(forward, as: e) }
    forward.momentum.withUnsafeBufferPointer { copy($0.baseAddress!, to: sum) }

    var logWeight = 0.0
    while information.treeDepth < maximumDepth {
      var newLogWeight = -Double.infinity
      let isForward = random.next() >> 63 == 1
      let isValid: Bool
      if isForward {
        copy(sum, to: sumBack)
        copy(front, to: backInner)
        sumForward.update(repeating: 0, count: n)
        isValid = build(
          information.treeDepth,
          stepSize,
          &forward,
          candidate,
          frontInner,
          front,
          sumForward,
          &newLogWeight,
          &random
        )
      } else {
        copy(sum, to: sumForward)
        copy(back, to: frontInner)
        sumBack.update(repeating: 0, count: n)
        isValid = build(
          information.treeDepth,
          -stepSize,
          &backward,
          candidate,
          backInner,
          back,
          sumBack,
          &newLogWeight,
          &random
        )
      }
      guard isValid else { break }
      information.treeDepth += 1
      // Biased progressive choice: the new half is favoured.
      if random.uniform() < exp(min(newLogWeight - logWeight, 0)) { copy(candidate, to: chosen) }
      logWeight = logSumExp(logWeight, newLogWeight)
      add(sumBack, sumForward, into: sum)
      guard
        continues(back.velocity, front.velocity, sum),
        continues(back.velocity, frontInner.velocity, sumBack, plus: frontInner.momentum),
        continues(backInner.velocity, front.velocity, sumForward, plus: backInner.momentum)
      else { break }
    }
    for i in 0..<n {
      state.position[i] = chosen.position[i]
      state.gradient[i] = chosen.gradient[i]
    }
    state.logDensity = chosen.logDensity[0]
    information.acceptance = acceptanceSum / Double(max(information.evaluations, 1))
    return information
  }

  /// Adds `2^depth` points after `point` in the direction of `step`; false when the new stretch
  /// turns back on itself or diverges.
  private mutating func build(
    _ depth: Int,
    _ step: Double,
    _ point: inout PhasePoint,
    _ candidate: Choice,
    _ start: End,
    _ finish: End,
    _ sum: Vector,
    _ logWeight: inout Double,
    _ random: inout RandomStream
  ) -> Bool {
    guard depth > 0 else {
      return leaf(step, &point, candidate, start, finish, sum, &logWeight)
    }
    let base = TrajectoryTree.vectorsAtTop + TrajectoryTree.vectorsForDepth * (depth - 1)
    let laterCandidate = choice(at: base)
    let earlierFinish = end(at: base + 3)
    let laterStart = end(at: base + 5)
    let earlierSum = vector(base + 7)
    let laterSum = vector(base + 8)

    var earlierWeight = -Double.infinity
    earlierSum.update(repeating: 0, count: n)
    guard
      build(
        depth - 1,
        step,
        &point,
        candidate,
        start,
        earlierFinish,
        earlierSum,
        &earlierWeight,
        &random
      )
    else { return false }
    var laterWeight = -Double.infinity
    laterSum.update(repeating: 0, count: n)
    guard
      build(
        depth - 1,
        step,
        &point,
        laterCandidate,
        laterStart,
        finish,
        laterSum,
        &laterWeight,
        &random
      )
    else { return false }

    let total = logSumExp(earlierWeight, laterWeight)
    logWeight = logSumExp(logWeight, total)
    // Within a subtree the choice is exactly multinomial.
    if random.uniform() < exp(laterWeight - total) { copy(laterCandidate, to: candidate) }
    for i in 0..<n { sum[i] += earlierSum[i] + laterSum[i] }
    return continues(start.velocity, finish.velocity, earlierSum, plus: laterSum)
      && continues(start.velocity, laterStart.velocity, earlierSum, plus: laterStart.momentum)
      && continues(earlierFinish.velocity, finish.velocity, laterSum, plus: earlierFinish.momentum)
  }

  private mutating func leaf(
    _ step: Double,
    _ point: inout PhasePoint,
    _ candidate: Choice,
    _ start: End,
    _ finish: End,
    _ sum: Vector,
    _ logWeight: inout Double
  ) -> Bool {
    point.leapfrog(step, metric, target)
    let error = point.energy - startEnergy
    information.evaluations += 1
    acceptanceSum += exp(min(-error, 0))
    logWeight = logSumExp(logWeight, -error)
    record(point, as: candidate)
    record(point, as: start)
    record(point, as: finish)
    for i in 0..<n { sum[i] += point.momentum[i] }
    guard error < NoUTurnSampler.divergenceThreshold else {
      information.isDivergent = true
      return false
    }
    return true
  }
}

extension TrajectoryTree {
  private func vector(_ index: Int) -> Vector { memory + index * n }

  private func end(at index: Int) -> End {
    End(momentum: vector(index), velocity: vector(index + 1))
  }

  private func choice(at index: Int) -> Choice {
    Choice(
      position: vector(index),
      gradient: vector(index + 1),
      logDensity: vector(index + 2)
    )
  }

  private func copy(_ source: UnsafePointer<Double>, to destination: Vector) {
    destination.update(from: source, count: n)
  }

  private func copy(_ source: End, to destination: End) {
    copy(source.momentum, to: destination.momentum)
    copy(source.velocity, to: destination.velocity)
  }

  private func copy(_ source: Choice, to destination: Choice) {
    copy(source.position, to: destination.position)
    copy(source.gradient, to: destination.gradient)
    destination.logDensity[0] = source.logDensity[0]
  }

  private func record(_ point: PhasePoint, as end: End) {
    for i in 0..<n {
      end.momentum[i] = point.momentum[i]
      end.velocity[i] = point.velocity[i]
    }
  }

  private func record(_ point: PhasePoint, as choice: Choice) {
    for i in 0..<n {
      choice.position[i] = point.position[i]
      choice.gradient[i] = point.gradient[i]
    }
    choice.logDensity[0] = point.logDensity
  }

  private func add(_ a: Vector, _ b: Vector, into result: Vector) {
    for i in 0..<n { result[i] = a[i] + b[i] }
  }

  /// Betancourt's criterion: both ends still move away from each other along the summed momentum.
  private func continues(
    _ first: Vector,
    _ last: Vector,
    _ sum: Vector,
    plus extra: Vector? = nil
  ) -> Bool {
    var atFirst = 0.0
    var atLast = 0.0
    for i in 0..<n {
      let s = sum[i] + (extra?[i] ?? 0)
      atFirst += first[i] * s
      atLast += last[i] * s
    }
    return atFirst > 0 && atLast > 0
  }
}
