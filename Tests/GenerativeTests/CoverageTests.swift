import Foundation
import Tensors
import Testing

@testable import Generative

/// Students that know a part of a machine: nothing that chains from their samples say is trusted. Truths
/// by enumeration of all states.
@Suite struct CoverageTests {
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

  /// All units off, or all on, and nothing between.
  private static var twoEnds: RBM {
    RBM(
      weights: .full(6, [8, 8]),
      visibleBias: .full(-24, [8]),
      hiddenBias: .full(-24, [8])
    )
  }

  /// The first half on and the second off, or the other way round: as many units, and as probable.
  private static var twoHalves: RBM {
    let half = (0..<8).map { Float($0 < 4 ? 10 : -10) }
    return RBM(
      weights: Tensor.stacked([Tensor(half), Tensor(half) * -1], along: 1),
      visibleBias: .full(-3, [8]),
      hiddenBias: .full(-20, [2])
    )
  }

  private static let methods: [ProposalMethod] = [
    .importanceSampling(samples: 2_000), .reciprocalImportanceSampling(samples: 2_000),
    .bridgeSampling(samples: 2_000),
  ]

  @Test func aStudentOfOneOfTwoModesIsNotTrusted() throws {
    let students = [
      (Self.twoEnds, Self.independent([Double](repeating: -30, count: 8))),
      (Self.twoHalves, Self.independent((0..<8).map { $0 < 4 ? 6 : -6 })),
    ]
    for (rbm, student) in students {
      let truth = try rbm.enumeratedLogPartition().logZ
      for method in Self.methods {
        let estimate = try rbm.logPartition(
          using: student,
          by: method,
          drawing: Self.plan,
          seed: 1
        )
        #expect(!estimate.isTrustworthy, "\(method): \(estimate)")
        #expect(estimate.lower <= truth && truth <= estimate.upper, "\(method): \(estimate)")
      }
      let bounds = try rbm.variationalBounds(
        using: student,
        samples: 2_000,
        drawing: Self.plan,
        seed: 1
      )
      #expect(bounds.doubt != nil && bounds.lower < truth)
    }
  }

  /// Both modes, in other proportions than the machine's, and chains that never change them.
  @Test func chainsOfWrongProportionsAreNotTrusted() throws {
    let draws = IndependentDraws(
      ratios: [Double](repeating: 1, count: 150) + [Double](repeating: 3, count: 50),
      logWeights: [Double](repeating: 0, count: 200)
    )
    let proposals = [Double](repeating: 1, count: 200) + [Double](repeating: 3, count: 200)
    func chains(_ upper: Int) -> [[Double]] { (0..<400).map { [$0 < upper ? 3 : 1] } }
    #expect(draws.doubt(ofChains: chains(100), proposals: proposals) == nil)
    #expect(draws.doubt(ofChains: chains(300), proposals: proposals) != nil)
    // The student goes wherever the machine does, which is all that importance sampling needs.
    #expect(draws.doubt(ofProposals: proposals) == nil)
    #expect(draws.doubt(ofProposals: [1, 1, 1]) != nil)
  }

  /// Weights of which a few have all: each draw counts as one, and a few are no mode.
  @Test func drawsOfUnevenWeightsCountAlike() {
    let ratios = [Double](repeating: 0, count: 195) + [Double](repeating: 9, count: 5)
    let weights = (0..<200).map { $0 == 30 ? 30.0 : 0 }
    let uneven = IndependentDraws(ratios: ratios, logWeights: weights)
    #expect(uneven.effectiveSampleSize == nil && uneven.doubt(ofChains: [[0, 0]]) == nil)
    let many = IndependentDraws(ratios: ratios + [9, 9, 9, 9, 9, 9], logWeights: nil)
    #expect(many.doubt(ofChains: [[0, 0]]) != nil && many.doubt(ofProposals: [0]) != nil)
    // A tenth that weighs nothing, as runs that ended where the model hardly goes.
    let stray = IndependentDraws(
      ratios: (0..<200).map { $0 < 20 ? 9 : 0 },
      logWeights: (0..<200).map { $0 < 20 ? -80 : weights[$0] }
    )
    #expect(stray.effectiveSampleSize == nil && stray.doubt(ofChains: [[0, 0]]) == nil)
  }

  /// With log p̃ alone nothing says where else the model goes.
  @Test func importanceSamplingAloneClaimsALowerBound() throws {
    let estimate = try Self.twoEnds.logPartition(
      importanceSampling: Self.independent([Double](repeating: 0, count: 8)),
      samples: 20_000,
      seed: 1
    )
    #expect(!estimate.isTrustworthy && estimate.upper == .infinity)
  }

  /// Students that know all of a machine are trusted, however its chains get about.
  @Test func aGoodStudentIsTrusted() throws {
    let rbm = randomRBM(visible: 10, hidden: 6, scale: 1, seed: 11)
    let truth = try rbm.enumeratedLogPartition().logZ
    let student = PartitionTests.independentProposal(rbm)
    for seed in 1...5 as ClosedRange<UInt64> {
      let estimate = try rbm.logPartition(
        using: student,
        by: .bridgeSampling(samples: 2_000),
        drawing: Self.plan,
        confidence: 0.9999,
        seed: seed
      )
      #expect(estimate.isTrustworthy, "\(estimate)")
      #expect(estimate.lower <= truth && truth <= estimate.upper, "\(estimate)")
    }
    let joined = try JumpTests.rbm.logPartition(
      using: JumpTests.Halves(),
      by: .bridgeSampling(samples: 4_000),
      drawing: ChainPlan(chains: 400, burnIn: 200, thinning: 10, jumpEvery: 5),
      seed: 2
    )
    #expect(joined.isTrustworthy, "\(joined)")
  }
}
