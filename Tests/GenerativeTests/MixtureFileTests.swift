import Foundation
import Networks
import Tensors
import Testing

@testable import Generative

/// Mixtures over orders in files, and numbers in files that overflow.
@Suite struct MixtureFileTests {
  /// Members that differ in which hidden units see which inputs read back as the same distribution.
  @Test(arguments: [
    MADE.MaskSampling.agnostic(), .connectivityAgnostic(), .orderAgnostic(), .agnostic(masks: 3),
  ])
  func membersKeepTheirConnectivity(_ sampling: MADE.MaskSampling) throws {
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("mixture.safetensors")
    let made = StudentCase.spread(
      MADE(inputs: 5, hidden: [9, 8], masks: sampling, using: RandomGenerator(seed: 1))
    )
    let mixture = OrderMixture(made.members(4, seed: 2))
    try mixture.write(to: file)
    let same = try OrderMixture<MADE>(contentsOf: file)
    let states = allStates(5)
    #expect(
      mixture.logProbability(states).largestDifference(from: same.logProbability(states)) == 0
    )
    let total = same.logProbability(states).exponential.sum().doubleValue
    #expect(abs(total - 1) < 1e-5)
    for (a, b) in zip(mixture.members, same.members) {
      #expect(a.order == b.order)
      #expect(a.logProbability(states).largestDifference(from: b.logProbability(states)) == 0)
    }
  }

  @Test func damagedConnectivitiesAreRefused() throws {
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("mixture.safetensors")
    let made = MADE(inputs: 3, hidden: [4], masks: .agnostic(), using: RandomGenerator(seed: 1))
    let mixture = OrderMixture(made.members(2, seed: 2))
    for text in ["", "1 1 1 1", "1 1 1 1, 1 1 1", "1 1 1 1, 1 1 0 1", "1 1 1 1, x", "1; 1, 1"] {
      try mixture.write(to: file)
      let (tensors, metadata) = try Safetensors.read(from: file)
      try Safetensors.write(
        tensors,
        metadata: metadata.merging(["connectivities": text]) { $1 },
        to: file
      )
      #expect(throws: GenerativeError.self) { try OrderMixture<MADE>(contentsOf: file) }
    }
  }

  /// Weights of 10³⁸ were taken, and their log-probabilities no numbers.
  @Test func weightsThatOverflowAreRefused() throws {
    for size in [1e38, 1e30, Double.infinity, .nan] {
      for name in ["weights", "visible_bias", "hidden_bias"] {
        var tensors = randomRBM(visible: 4, hidden: 3, scale: 1, seed: 1).tensors
        tensors[name] = .full(size, tensors[name]!.shape, .float64)
        #expect(throws: GenerativeError.self) { try RBM(tensors) }
        tensors["deviations"] = .full(1, [4])
        #expect(throws: GenerativeError.self) { try GaussianRBM(tensors) }
      }
    }
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("student.safetensors")
    let nade = NADE(inputs: 4, hidden: 3, using: RandomGenerator(seed: 1))
    nade.weights.replace(with: .full(1e38, [4, 3]))
    try nade.write(to: file)
    #expect(throws: GenerativeError.self) { try NADE(contentsOf: file) }
    let made = MADE(inputs: 4, hidden: [3], using: RandomGenerator(seed: 1))
    made.weights[0].replace(with: .full(1e38, [3, 4]))
    try made.write(to: file)
    #expect(throws: GenerativeError.self) { try MADE(contentsOf: file) }
  }

  /// As large as they may be: every method answers, and says what it is worth.
  @Test func largeWeightsAreMeasured() throws {
    var tensors = randomRBM(visible: 4, hidden: 3, scale: 1, seed: 1).tensors
    tensors["weights"] = tensors["weights"]! * 1e16
    let rbm = try RBM(tensors)
    let base = Tensor.zeros([4])
    let schedule = AnnealingSchedule.adaptive(100, for: rbm, from: base, seed: 1)
    let estimate = try rbm.logPartition(annealing: schedule, from: base, runs: 50, seed: 1)
    let truth = try rbm.enumeratedLogPartition().logZ
    #expect(estimate.logZ.isFinite && truth.isFinite)
    #expect(estimate.lower <= truth && truth <= estimate.upper || !estimate.isTrustworthy)
    let nade = NADE(inputs: 4, hidden: 3, using: RandomGenerator(seed: 1))
    for method in [
      ProposalMethod.importanceSampling(samples: 500),
      .reciprocalImportanceSampling(samples: 500), .bridgeSampling(samples: 500),
    ] {
      let estimate = try rbm.logPartition(
        using: nade,
        by: method,
        drawing: ChainPlan(chains: 50, burnIn: 20, thinning: 1),
        seed: 1
      )
      #expect(!estimate.logZ.isNaN)
    }
  }
}
