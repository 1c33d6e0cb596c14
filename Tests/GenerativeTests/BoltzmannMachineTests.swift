import Distillation
import Foundation
import Networks
import Tensors
import Testing

@testable import Generative

@Suite struct BoltzmannMachineTests {
  static func example() -> BoltzmannMachine {
    let random = Tensor.normal([6, 6], using: RandomGenerator(seed: 1)).upperTriangle(diagonal: 1)
    return BoltzmannMachine(
      couplings: random + random.transposed(),
      bias: Tensor.normal([6], using: RandomGenerator(seed: 2))
    )
  }

  @Test func derivativeIsThatOfTheFormula() {
    let machine = Self.example()
    let x = Tensor.uniform([5, 6], using: RandomGenerator(seed: 3))
    let slope = gradient(at: x) { machine.logUnnormalized($0).sum() }
    #expect(slope.largestDifference(from: machine.inputDerivative(x)) < 1e-5)
  }

  @Test func chainsReachTheDistribution() {
    let machine = Self.example()
    var chains = Chains(20_000, inputs: 6, seed: 3)
    machine.advance(&chains, steps: 60)
    let codes = (chains.states.cast(to: .int64) * Tensor([32, 16, 8, 4, 2, 1])).sum(along: 1)
    let observed = codes.oneHot(classes: 64).sum(along: 0).scalars(Double.self)
    let statistic = zip(observed, enumerated(machine).probabilities).reduce(0.0) {
      let expected = $1.1 * 20_000
      return $0 + ($1.0 - expected) * ($1.0 - expected) / expected
    }
    #expect(statistic < 63 + 5 * 11.2)
  }

  /// Kaufman's (1949) exact value for the finite lattice is not at hand; spins are summed by hand.
  @Test func isingIsThatOfSpins() throws {
    let (side, coupling, field) = (3, 0.3, 0.1)
    let machine = BoltzmannMachine.ising(side: side, coupling: coupling, field: field)
    var sum = 0.0
    for code in 0..<512 {
      let s = (0..<9).map { Double(2 * (code >> $0 & 1) - 1) }
      var energy = field * s.reduce(0, +)
      for r in 0..<3 {
        for c in 0..<3 {
          energy += coupling * s[r * 3 + c] * (s[(r + 1) % 3 * 3 + c] + s[r * 3 + (c + 1) % 3])
        }
      }
      sum += exp(energy)
    }
    let shift = coupling * 18 - field * 9
    #expect(abs(try machine.enumeratedLogPartition().logZ + shift - log(sum)) < 1e-4)
  }

  /// Any model with log p̃ teaches, and the student gives its log Z.
  @Test func teachesAStudentThatKnowsItsConstant() throws {
    let machine = BoltzmannMachine.ising(side: 3, coupling: 0.3)
    let student = NADE(inputs: 9, hidden: 20, using: RandomGenerator(seed: 1))
    try distill(
      machine,
      into: student,
      on: machine.gibbsSamples(
        chains: 1_000,
        batchSize: { _ in 100 },
        steps: 1_500,
        burnIn: 50,
        thinning: 2,
        seed: 2
      ),
      minimizing: .negativeLogLikelihood,
      using: Adam(learningRate: 0.02),
      schedule: .cosine(over: 1_500)
    )
    let exact = try machine.enumeratedLogPartition().logZ
    let estimate = try machine.logPartition(
      using: student,
      by: .bridgeSampling(samples: 2_000),
      drawing: .init(chains: 500, burnIn: 20, thinning: 2),
      seed: 5
    )
    #expect(abs(estimate.logZ - exact) < 4 * estimate.standardError + 1e-4)
    #expect(estimate.standardError < 0.02 && estimate.isTrustworthy)
  }
}
