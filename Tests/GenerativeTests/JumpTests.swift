import Foundation
import Tensors
import Testing

@testable import Generative

/// Jumps to samples of the proposal, in chains that Gibbs steps leave where they began.
@Suite struct JumpTests {
  /// One hidden unit that turns eight visible ones on together: two modes, the upper three times as
  /// heavy as the lower, between which a Gibbs step goes once in thousands.
  static var rbm: RBM {
    RBM(
      weights: .full(6, [8, 1]),
      visibleBias: .full(-3, [8]),
      hiddenBias: Tensor([Float(log(3.0) - 24)])
    )
  }
  /// (1 + e⁻³)⁸ + e^(log 3 − 24)(1 + e³)⁸.
  static let truth = log(4.0) + 8 * log1p(exp(-3.0))

  /// Both modes with weight one half.
  struct Halves: ProposalModel {
    var inputs: Int { 8 }

    func logProbability(_ states: Tensor) -> Tensor {
      let on = states.cast(to: .float64).sum(along: 1)
      // log σ(3) for each unit that is as its mode has it, log σ(−3) for others.
      let (most, least) = (-log1p(exp(-3.0)), -log1p(exp(3.0)))
      let lower = on * least + (8 - on) * most
      let upper = on * most + (8 - on) * least
      return Tensor.stacked([lower, upper]).logSumExp(along: 0) - log(2.0)
    }

    func samples(_ count: Int, seed: UInt64, stream: Int) -> Tensor {
      let generator = RandomGenerator(seed: seed &* 1_000_003 &+ UInt64(stream))
      let isUpper = Tensor.uniform([count, 1], using: generator) .< 0.5
      let rates = isUpper.choosing(1 / (1 + exp(-3.0)), else: 1 / (1 + exp(3.0)))
      let uniforms = Tensor.uniform([count, 8], using: generator)
      return (uniforms .< rates.cast(to: .float32)).cast(to: .uint8)
    }
  }

  /// Whether the truth is in an interval: bounds of estimates that are not trusted are none.
  private func covers(_ seed: UInt64, jumpEvery: Int?) throws -> Bool {
    let estimate = try Self.rbm.logPartition(
      using: Halves(),
      by: .bridgeSampling(samples: 4_000),
      drawing: ChainPlan(chains: 400, burnIn: 40, thinning: 10, jumpEvery: jumpEvery),
      seed: seed
    )
    return estimate.upper.isFinite && estimate.lower <= Self.truth
      && Self.truth <= estimate.upper
  }

  @Test func truthIsTheSum() throws {
    #expect(abs(try Self.rbm.enumeratedLogPartition().logZ - Self.truth) < 1e-6)
  }

  /// Of 40 intervals of 95%, fewer than 33 cover with a probability below 0.001. Without jumps the
  /// chains keep the halves they began with, log Z is 0.14 off, and most intervals miss it.
  @Test func bridgeCoversWithJumpsAndNotWithout() throws {
    let seeds = (1...40).map(UInt64.init)
    #expect(try seeds.count { try covers($0, jumpEvery: 5) } >= 33)
    #expect(try seeds.count { try covers($0, jumpEvery: nil) } < 20)
  }

  /// Whoever looks on, in pieces, does not change the draws.
  @Test func progressChangesNothing() throws {
    let plan = ChainPlan(chains: 50, burnIn: 70, thinning: 30, jumpEvery: 25)
    var seen: [Int] = []
    let watched = try Self.rbm.ratioSamples(
      to: Halves(),
      samples: 150,
      drawing: plan,
      seed: 3
    ) { done, total in
      #expect(total == 130)
      seen.append(done)
    }
    let plain = try Self.rbm.ratioSamples(to: Halves(), samples: 150, drawing: plan, seed: 3)
    #expect(watched.chains == plain.chains && watched.proposals == plain.proposals)
    #expect(seen.last == 130 && seen == seen.sorted())
  }
}
