import Foundation
import Probability
import Tensors
import Testing

@testable import Generative

/// When estimates of log Z are to be trusted: by where the other side's samples lie, not by how
/// alike their own weights are. Truths by enumeration of all states.
@Suite struct TrustTests {
  private static let plan = ChainPlan(chains: 200, burnIn: 200, thinning: 2)

  /// Independent bits with log odds `bias`.
  private static func independent(_ bias: [Double]) -> NADE {
    NADE(
      weights: .zeros([bias.count, 1]),
      outputWeights: .zeros([bias.count, 1]),
      hiddenBias: .zeros([1]),
      visibleBias: Tensor(bias)
    )
  }

  private static func machine(
    _ visible: Int,
    _ hidden: Int,
    weight: Double,
    visibleBias: Double,
    hiddenBias: Double
  ) -> RBM {
    RBM(
      weights: .full(weight, [visible, hidden]),
      visibleBias: .full(visibleBias, [visible]),
      hiddenBias: .full(hiddenBias, [hidden])
    )
  }

  /// Two states have all the mass, and weigh the same: the uniform student has been where the chains
  /// never are.
  @Test func drawsThatLeaveTheStudentsSpaceAreNotTrusted() throws {
    let rbm = Self.machine(8, 8, weight: 6, visibleBias: -24, hiddenBias: -24)
    let truth = try rbm.enumeratedLogPartition().logZ
    #expect(abs(truth - 0.693147) < 1e-5)
    let estimate = try rbm.logPartition(
      using: Self.independent([Double](repeating: 0, count: 8)),
      by: .reciprocalImportanceSampling(samples: 2_000),
      drawing: Self.plan,
      seed: 1
    )
    #expect(!estimate.isTrustworthy)
    #expect(estimate.lower <= truth && truth <= estimate.upper, "\(estimate)")
    let alone = LogPartition.reciprocal(chains: [[Double]](repeating: [5.545], count: 400))
    #expect(!alone.isTrustworthy)
  }

  /// A student that is sure of one state, of a machine for which all states are alike.
  @Test func aStudentOfAFewStatesIsNotTrusted() throws {
    let rbm = Self.machine(8, 6, weight: 0, visibleBias: 0, hiddenBias: 0)
    let student = Self.independent([Double](repeating: 30, count: 8))
    let truth = 14 * log(2.0)
    let estimates = [
      try rbm.logPartition(importanceSampling: student, samples: 2_000, seed: 1),
      try rbm.logPartition(
        using: student,
        by: .importanceSampling(samples: 2_000),
        drawing: Self.plan,
        seed: 1
      ),
    ]
    for estimate in estimates {
      #expect(!estimate.isTrustworthy)
      #expect(estimate.lower <= truth && truth <= estimate.upper, "\(estimate)")
    }
  }

  /// Means of a chain's weights are closer together than the single weights of the other side.
  @Test func shortChainsOfAGoodStudentAreTrusted() {
    var random = RandomStream(seed: 3)
    // Log ratios whose spread is σ under both, and Z = 1.
    for spread in [0.1, 0.3] {
      let shift = spread * spread / 2
      let chains = (0..<2_000).map { _ in (0..<5).map { _ in shift + spread * random.normal() } }
      let proposals = (0..<10_000).map { _ in -shift + spread * random.normal() }
      let estimate = LogPartition.reciprocal(chains: chains, proposals: proposals)
      #expect(estimate.isTrustworthy, "\(estimate)")
      #expect(abs(estimate.logZ) < 5 * estimate.standardError)
    }
  }

  /// Equal weights of both sides are those of a student that is the machine.
  @Test func aPerfectStudentIsTrusted() throws {
    let rbm = Self.machine(8, 6, weight: 0, visibleBias: 0.5, hiddenBias: 0)
    let student = Self.independent([Double](repeating: 0.5, count: 8))
    let truth = 8 * log1p(exp(0.5)) + 6 * log(2)
    for method in [
      ProposalMethod.importanceSampling(samples: 2_000),
      .reciprocalImportanceSampling(samples: 2_000),
    ] {
      let estimate = try rbm.logPartition(
        using: student,
        by: method,
        drawing: Self.plan,
        seed: 1
      )
      #expect(estimate.isTrustworthy, "\(estimate)")
      #expect(abs(estimate.logZ - truth) < 1e-5)
    }
  }

  /// log p̃ of thousands: what Float32 loses is in the interval, and not in ratios.
  @Test func roundingIsPartOfTheError() throws {
    let rbm = Self.machine(12, 6, weight: 123.456, visibleBias: -3.21, hiddenBias: 7.89)
    let ratios = rbm.logRatios(
      to: Self.independent([Double](repeating: 0, count: 12)),
      at: allStates(12)
    )
    let (w, a, b) = (Double(Float(123.456)), Double(Float(-3.21)), Double(Float(7.89)))
    for (code, ratio) in ratios.enumerated() {
      let on = Double(code.nonzeroBitCount)
      let field = b + w * on
      let exact = a * on + 6 * (max(field, 0) + log1p(exp(-abs(field)))) + 12 * log(2.0)
      #expect(abs(ratio - exact) < 1e-5, "\(on) units on: \(ratio), not \(exact)")
    }
    let truth = try rbm.enumeratedLogPartition().logZ
    let states = Tensor.full(1, [400, 12]).cast(to: .uint8)
    let estimate = try rbm.logPartition(
      reverseAnnealing: .linear(2_000),
      from: states,
      seed: 2
    )
    #expect(estimate.upper >= truth && estimate.standardError > 1e-6, "\(estimate)")
  }

  /// A ferromagnet's chains stay in the mode they began in: where that holds no bound is claimed.
  @Test func chainsThatHaveNotMetClaimNoBound() throws {
    for field in [0, 0.5] {
      let rbm = Self.machine(20, 4, weight: 4, visibleBias: -8 + field, hiddenBias: -40)
      var chains = Chains(Tensor.zeros([200, 20]), seed: 3)
      rbm.advance(&chains, steps: 100)
      let doubt = try rbm.doubt(of: chains.states, after: 100, seed: 4)
      #expect(doubt != nil)
      let estimate = try rbm.logPartition(
        reverseAnnealing: .linear(200),
        from: chains.states,
        doubting: doubt,
        seed: 5
      )
      #expect(estimate.lower == -.infinity && estimate.upper == .infinity)
      #expect(!estimate.isTrustworthy)
    }
    let easy = randomRBM(visible: 10, hidden: 6, scale: 0.5, seed: 6)
    var chains = Chains(200, inputs: 10, seed: 7)
    easy.advance(&chains, steps: 100)
    #expect(try easy.doubt(of: chains.states, after: 100, seed: 8) == nil)
  }

  /// Annealing with far too few temperatures: no interval that misses the truth passes for sound.
  @Test func tooFewTemperaturesAreNoticed() throws {
    let rbm = randomRBM(visible: 12, hidden: 10, scale: 2, seed: 9)
    let truth = try rbm.enumeratedLogPartition().logZ
    let wrong = try (1...100).map(UInt64.init).count {
      let estimate = try rbm.logPartition(annealing: .linear(3), runs: 400, seed: $0)
      return estimate.isTrustworthy && !(estimate.lower...estimate.upper).contains(truth)
    }
    #expect(wrong <= 5, "\(wrong) of 100")
  }
}
