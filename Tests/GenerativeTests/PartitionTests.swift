import Foundation
import Networks
import Tensors
import Testing

@testable import Generative

@Suite struct PartitionTests {
  static var rbm: RBM { randomRBM(visible: 10, hidden: 6, scale: 1, seed: 11) }
  static let truth = enumerated(rbm).logZ
  /// A student that is near, and one that has learnt nothing.
  static var near: NADE { independentProposal(rbm) }

  /// A NADE without weights whose biases are the machine's own means: overlaps, but not perfectly.
  static func independentProposal(_ rbm: RBM) -> NADE {
    let p = enumerated(rbm).probabilities
    let means = Tensor(p, shape: [1, p.count]).matmul(allStates(rbm.inputs).cast(to: .float64))
      .flattened()
    let bias = means.logarithm - (1 - means).logarithm
    return NADE(
      weights: .zeros([rbm.inputs, 2]),
      outputWeights: .zeros([rbm.inputs, 2]),
      hiddenBias: .zeros([2]),
      visibleBias: bias
    )
  }

  @Test func enumerationsAgree() throws {
    #expect(abs(try Self.rbm.enumeratedLogPartition().logZ - Self.truth) < 1e-5)
    let wide = randomRBM(visible: 5, hidden: 9, scale: 1, seed: 3)
    #expect(abs(try wide.enumeratedLogPartition().logZ - enumerated(wide).logZ) < 1e-5)
    // Σ exp(Σ b x) = Π (1 + exp b).
    let independent = UnnormalizedFunction(inputs: 3) {
      $0.cast(to: .float64).matmul(Tensor([1.0, -2, 0.5]))
    }
    let exact = [1.0, -2, 0.5].reduce(0) { $0 + log1p(exp($1)) }
    #expect(abs(try independent.enumeratedLogPartition().logZ - exact) < 1e-12)
    #expect(throws: GenerativeError.self) {
      try UnnormalizedFunction(inputs: 26) { $0 }.enumeratedLogPartition()
    }
  }

  @Test func anEnumerationIsStopped() throws {
    let rbm = randomRBM(visible: 784, hidden: 20, scale: 0.1, seed: 5)
    var calls: [Int] = []
    #expect(throws: CancellationError.self) {
      try rbm.enumeratedLogPartition { done, total in
        #expect(total == 1 << 20)
        calls.append(done)
        throw CancellationError()
      }
    }
    #expect(calls == [1 << 14])
    var last = 0
    _ = try Self.rbm.enumeratedLogPartition { done, total in last = done == total ? done : 0 }
    #expect(last == 1 << min(Self.rbm.inputs, Self.rbm.hidden))
  }

  /// How often the 95% interval covers over 200 seeds: between 90% and 99%.
  static func coverage(_ estimate: (UInt64) throws -> LogPartition) rethrows -> Double {
    let covered = try (1...200).map(UInt64.init).count {
      let result = try estimate($0)
      return result.lower <= truth && truth <= result.upper
    }
    return Double(covered) / 200
  }

  @Test func bridgeSamplingCovers() throws {
    let plan = ChainPlan(chains: 100, burnIn: 30, thinning: 2)
    let rate = try Self.coverage { seed in
      try Self.rbm.logPartition(
        using: Self.near,
        by: .bridgeSampling(samples: 1_000),
        drawing: plan,
        seed: seed
      )
    }
    #expect(rate >= 0.9 && rate <= 0.99, "\(rate)")
  }

  @Test func importanceSamplingCovers() throws {
    let all = try (1...200).map {
      try Self.rbm.logPartition(importanceSampling: Self.near, samples: 4_000, seed: $0)
    }
    // A bound, with standard errors that cover where they are told.
    #expect(all.allSatisfy { $0.lower <= Self.truth && $0.upper == .infinity })
    let near = all.count { abs($0.logZ - Self.truth) <= 1.96 * $0.standardError }
    #expect(near >= 180 && near <= 199, "\(near)")
  }

  @Test func annealingCovers() throws {
    let schedule = AnnealingSchedule.linear(50)
    let rate = try Self.coverage { seed in
      try Self.rbm.logPartition(annealing: schedule, runs: 400, seed: seed)
    }
    #expect(rate >= 0.9 && rate <= 0.99, "\(rate)")
  }

  /// Long walks are made in pieces, from which one sees how far they are and can stop them.
  @Test func annealingIsFollowedAndStopped() throws {
    struct Enough: Error {}
    let schedule = AnnealingSchedule.linear(600)
    var seen: [Int] = []
    let estimate = try Self.rbm.logPartition(annealing: schedule, runs: 5_000, seed: 4) {
      seen.append($0)
      #expect($1 == 600)
    }
    #expect(seen.count > 1 && seen == seen.sorted() && seen.last == 600)
    let whole = Self.rbm.kernel.anneal(
      BoltzmannKernel.baseRateSamples(.zeros([10]), runs: 5_000, seed: 4),
      base: .zeros([10]),
      along: schedule.inverseTemperatures,
      seed: 4
    )
    let mean = LogMean.exponential(whole.logWeights.scalars()) + 16 * log(2.0)
    #expect(abs(estimate.logZ - mean) < 1e-9)

    var calls = 0
    #expect(throws: Enough.self) {
      try Self.rbm.logPartition(annealing: schedule, runs: 5_000, seed: 4) { _, _ in
        calls += 1
        throw Enough()
      }
    }
    #expect(calls == 1)
  }

  @Test func reverseAnnealingAndReciprocalCover() throws {
    let schedule = AnnealingSchedule.linear(50)
    let reverse = try Self.coverage { seed in
      var chains = Chains(400, inputs: 10, seed: seed)
      Self.rbm.advance(&chains, steps: 60)
      return try Self.rbm.logPartition(
        reverseAnnealing: schedule,
        from: chains.states,
        seed: seed + 1_000
      )
    }
    #expect(reverse >= 0.9 && reverse <= 0.99, "\(reverse)")
    let plan = ChainPlan(chains: 1_000, burnIn: 30, thinning: 3)
    let reciprocal = try Self.coverage { seed in
      try Self.rbm.logPartition(
        using: Self.near,
        by: .reciprocalImportanceSampling(samples: 2_000),
        drawing: plan,
        seed: seed
      )
    }
    #expect(reciprocal >= 0.9, "\(reciprocal)")
  }

  /// A proposal that is far off: the normal interval must not be claimed.
  @Test func refusesAnIntervalWhenFewSamplesDecide() throws {
    let peaked = randomRBM(visible: 10, hidden: 6, scale: 4, seed: 5)
    let uniform = NADE(
      weights: .zeros([10, 1]),
      outputWeights: .zeros([10, 1]),
      hiddenBias: .zeros([1]),
      visibleBias: .zeros([10])
    )
    let estimate = try peaked.logPartition(importanceSampling: uniform, samples: 200, seed: 1)
    #expect(!estimate.isTrustworthy)
    #expect(estimate.upper == .infinity)
    #expect(estimate.lower <= enumerated(peaked).logZ)
    #expect(estimate.description.contains("warning"))
  }

  /// log p̃/q is a on one side and b on the other, so far apart that numbers do not hold e^(b−a):
  /// then E_q[f·p̃/(qZ)] = e^(a−log Z)/s₂ and E_p[f] = e^(log Z−b)/s₁ with s the shares of the sides.
  @Test(arguments: [(20, 100, 9_000.0), (500, 200, 9_000), (500, 200, -4_000)])
  func bridgeOverAGulfClaimsBoundsOnly(n: Int, m: Int, b: Double) {
    let a = -5_000.0
    let estimate = LogPartition.bridge(
      chains: Array(repeating: [b], count: n),
      proposals: Array(repeating: a, count: m)
    )
    let expected = (a + b) / 2 + 0.5 * log(Double(n) / Double(m))
    #expect(abs(estimate.logZ - expected) < 1e-5)
    #expect(!estimate.isTrustworthy && estimate.effectiveSampleSize < 1e-9)
    // Markov's inequality, at 2.5% for either side.
    #expect(abs(estimate.lower - (a + log(0.025))) < 1e-9)
    #expect(abs(estimate.upper - (b - log(0.025))) < 1e-9)
  }

  @Test func adaptiveScheduleIsFinerWhereItMatters() throws {
    let base = Tensor.zeros([10])
    let schedule = AnnealingSchedule.adaptive(100, for: Self.rbm, from: base, seed: 1)
    #expect(schedule.inverseTemperatures.count == 101)
    let estimate = try Self.rbm.logPartition(annealing: schedule, runs: 1_000, seed: 2)
    #expect(abs(estimate.logZ - Self.truth) < 5 * estimate.standardError)
    #expect(AnnealingSchedule.salakhutdinovMurray.inverseTemperatures.count == 14_501)
  }

  @Test func boundsSandwich() throws {
    let bounds = try Self.rbm.variationalBounds(
      using: Self.near,
      samples: 4_000,
      drawing: .init(chains: 4_000, burnIn: 50),
      seed: 2
    )
    #expect(bounds.lower - 4 * bounds.lowerError < Self.truth)
    #expect(bounds.upper + 4 * bounds.upperError > Self.truth)
    // Against the enumerated divergences.
    let p = enumerated(Self.rbm).probabilities
    let q = Self.near.logProbability(allStates(10)).scalars(Double.self)
    let forward = zip(p, q).reduce(0) { $0 + $1.0 * (log($1.0) - $1.1) }
    let backward = zip(p, q).reduce(0) { $0 + exp($1.1) * ($1.1 - log($1.0)) }
    let measured = bounds.divergences(logZ: Self.truth)
    #expect(abs(measured.ofStudent - forward) < 5 * bounds.upperError)
    #expect(abs(measured.ofTeacher - backward) < 5 * bounds.lowerError)
  }

  @Test func refusesAnotherModelsProposal() {
    let error = #expect(throws: GenerativeError.self) {
      try Self.rbm.logPartition(importanceSampling: NADETests.example(), seed: 1)
    }
    #expect(error?.description.contains("6 units") == true)
  }

  /// The generalised Pareto tail's index is found from draws of it: k = 0.2 and k = 1.
  @Test(arguments: [0.2, 1.0]) func findsTheTailIndex(_ k: Double) {
    let draws = (1...10_000).map { i -> Double in
      let u = (Double(i) - 0.5) / 10_000
      return log((pow(u, -k) - 1) / k + 1)
    }
    #expect(abs(ParetoTail.index(of: draws) - k) < 0.15)
  }
}
