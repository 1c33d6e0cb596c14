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

  /// Units in groups of three, two and one that are not coupled.
  static func sparse() -> BoltzmannMachine {
    var couplings = [Float](repeating: 0, count: 36)
    for (a, b, value) in [(0, 3, 0.9), (3, 4, -1.1), (4, 1, 1.3), (1, 3, 0.7), (2, 5, -0.8)] {
      couplings[a * 6 + b] = Float(value)
      couplings[b * 6 + a] = Float(value)
    }
    return BoltzmannMachine(
      couplings: Tensor(couplings, shape: [6, 6]),
      bias: Tensor.normal([6], using: RandomGenerator(seed: 2))
    )
  }

  @Test func groupsHoldNoCoupledUnits() {
    let chessboard = UnitGroups(couplings: BoltzmannMachine.ising(side: 4, coupling: 0.3).couplings)
    #expect(chessboard.ranges == [0..<8, 8..<16])
    #expect(chessboard.order.prefix(8) == [0, 2, 5, 7, 8, 10, 13, 15])
    #expect(UnitGroups(couplings: Self.example().couplings).ranges.count == 6)
    let sparse = UnitGroups(couplings: Self.sparse().couplings)
    #expect(sparse.order == [0, 1, 2, 3, 5, 4] && sparse.ranges == [0..<3, 3..<5, 5..<6])
    #expect(sparse.places == [0, 1, 2, 3, 5, 4])
  }

  @Test(arguments: [false, true])
  func chainsReachTheDistribution(isSparse: Bool) {
    let machine = isSparse ? Self.sparse() : Self.example()
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

  /// The sum over all spins, written out.
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
