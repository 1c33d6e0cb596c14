import Foundation
import Mathematics
import Tensors
import Testing

@testable import Reporting

@Suite struct ComparisonTests {
  private let reference = Reference.numbers.paired

  @Test func pairedDifference() {
    let comparison = PairedComparison(reference.first, reference.second)
    #expect(relativeError(comparison.pValue, reference.pValue) < 1e-10)
    let interval = comparison.interval(level: 0.9)
    #expect(relativeError(interval.lowerBound, reference.interval90[0]) < 1e-10)
    #expect(relativeError(interval.upperBound, reference.interval90[1]) < 1e-10)
  }

  @Test func permutations() {
    let comparison = PairedComparison(reference.first, reference.second)
    let found = comparison.permutationPValue(exchanges: 20_000, seed: 1)
    // Against all 16,384 exchanges; the standard error of a share of 20,000 draws is 0.0033.
    #expect(abs(found - reference.permutation) < 4 * 0.0034)
    #expect(found == comparison.permutationPValue(exchanges: 20_000, seed: 1))
    let same = PairedComparison(reference.first, reference.first)
    #expect(same.permutationPValue(exchanges: 99, seed: 1) == 1)
    #expect(same.pValue == 1)
  }

  @Test func bootstrap() {
    let comparison = PairedComparison(reference.first, reference.second)
    let interval = comparison.bootstrapInterval(seed: 2)
    // The end of a 95% interval by 9,999 resamples has the standard error √(0.025·0.975/9999)/f
    // with f = φ(1.96)/σ, that is 0.027 σ; σ is the standard error of the mean.
    let tolerance = 4 * 0.027 * comparison.difference.standardError
    #expect(abs(interval.lowerBound - reference.bootstrap95[0]) < tolerance)
    #expect(abs(interval.upperBound - reference.bootstrap95[1]) < tolerance)
  }

  @Test func seedsAndExamples() {
    let reference = Reference.numbers.seeds
    let comparison = SeedComparison(differences: Tensor(reference.differences))
    #expect(relativeError(comparison.mean, reference.mean) < 1e-12)
    #expect(relativeError(comparison.standardError, reference.standardError) < 1e-12)
    #expect(relativeError(comparison.degreesOfFreedom, reference.degreesOfFreedom) < 1e-12)
    #expect(comparison.seedMeans.count == 4)
    #expect(relativeError(comparison.acrossSeeds.mean, reference.mean) < 1e-12)
  }

  @Test func twoLevelIntervalsHoldTheMean() {
    // Three kinds of chance with standard deviations 0.4, 1 and 0.5: 8 seeds on 40 examples.
    let generator = RandomGenerator(seed: 11)
    func draw(_ shape: [Int], _ deviation: Double) -> Tensor {
      Tensor.normal(shape, .float64, using: generator) * deviation
    }
    let all = draw([2000, 8, 1], 0.4) + draw([2000, 1, 40], 1) + draw([2000, 8, 40], 0.5)
    let held = (0..<2000).count { SeedComparison(differences: all[$0]).interval().contains(0) }
    // 4 standard errors of the simulation are 2%; a source by its own t is on the wide side.
    #expect((1860...1990).contains(held))
    // Examples alone, as if a seed were no chance at all, hold it far less often.
    let naive = (0..<2000).count { Estimate(of: all[$0].mean(along: 0)).interval().contains(0) }
    #expect(naive < 1800)
  }

  /// Few seeds, and seeds, examples and what is left of any size: the intervals of new certificates hold
  /// the truth as often as they say, those of earlier ones did not, and are not wide where examples
  /// alone matter.
  @Test(arguments: [2, 3, 4, 5])
  func intervalsOfFewSeedsHoldTheMean(seeds: Int) {
    let (count, examples) = (4_000, 40)
    // Four standard errors of the simulation.
    let least = 0.95 - 4 * (0.95 * 0.05 / Double(count)).squareRoot()
    var earlier: [Double] = []
    let truths = [
      (0.0, 1.0, 0.3), (0.05, 1, 0.3), (0.1, 1, 0.5), (0.15, 1, 0.2), (0.3, 1, 0.5), (1, 1, 1),
      (1, 0.1, 0.3), (0, 0, 1), (0, 1, 3),
    ]
    for (index, truth) in truths.enumerated() {
      let generator = RandomGenerator(seed: UInt64(100 * seeds + index))
      func draw(_ shape: [Int], _ deviation: Double) -> Tensor {
        Tensor.normal(shape, .float64, using: generator) * deviation
      }
      let all =
        draw([count, seeds, 1], truth.0) + draw([count, 1, examples], truth.1)
        + draw([count, seeds, examples], truth.2)
      let estimates = (0..<count).map { SeededEstimate(of: all[$0]) }
      func share(_ version: Int) -> Double {
        let rule = CertificateRule(version: version)
        let held = estimates.count { rule.interval(of: $0, level: 0.95).contains(0) }
        return Double(held) / Double(count)
      }
      #expect(share(2) >= least, "\(seeds) seeds, \(truth)")
      earlier.append(share(1))
      if index == 0 { #expect(share(2) < 0.99) }
      // A probability is below 5% where the interval does not hold 0.
      for estimate in estimates.prefix(20) {
        #expect((estimate.pValue < 0.05) == !estimate.interval().contains(0))
      }
    }
    if seeds <= 3 { #expect(earlier.min()! < 0.94) }
  }

  @Test func verdicts() {
    func verdict(_ low: Double, _ high: Double, margin: Double) -> Verdict {
      Verdict(level: 0.95, margin: margin) { _ in low...high }
    }
    #expect(verdict(0.01, 0.03, margin: 0.005) == .better)
    #expect(verdict(-0.03, -0.01, margin: 0.005) == .worse)
    #expect(verdict(-0.01, 0.02, margin: 0.005) == .undecided)
    #expect(verdict(-0.001, 0.002, margin: 0.005) == .same)
    #expect(verdict(0.001, 0.002, margin: 0.005) == .same)
    #expect(verdict(0.001, 0.006, margin: 0.005) == .better)
    #expect(verdict(0, 0, margin: 0) == .undecided)
    #expect(Verdict.allCases.map(\.description) == ["BETTER", "SAME", "WORSE", "UNDECIDED"])
  }

  @Test func verdictsAreWrongAsRarelyAsTheySay() {
    // 30 differences of deviation 1. At the margin SAME is wrong; at 0 BETTER and WORSE are. Both
    // are to happen at most 5% of the time: more than 139 of 2,000 has probability below 1e-4.
    let draws = Tensor.normal([2000, 30], .float64, using: RandomGenerator(seed: 17))
    let rows = (0..<2000).map { draws[$0].scalars(Double.self) }
    let zeros = [Double](repeating: 0, count: 30)
    let margin = 0.6
    let atMargin = rows.count {
      PairedComparison($0.map { $0 + margin }, zeros).verdict(margin: margin) == .same
    }
    let apart = rows.map { PairedComparison($0, zeros).verdict(margin: 0.01) }
    let wrong = apart.count { $0 == .better || $0 == .worse }
    #expect(atMargin <= 139)
    #expect(wrong <= 139)
    // And not because it never speaks: at equality with this margin SAME is the usual word.
    #expect(rows.count { PairedComparison($0, zeros).verdict(margin: 1) == .same } > 1900)
    // The rates are those stated, not merely below: fewer than 61 has probability below 1e-4.
    #expect(atMargin >= 61)
    #expect(wrong >= 61)
  }

  @Test func holm() {
    // By hand: 0.01·4, 0.02·3, 0.03·2 → kept at 0.06, 0.5·1.
    let adjusted = MultipleComparisons.holm([0.03, 0.5, 0.01, 0.02])
    for (found, expected) in zip(adjusted, [0.06, 0.5, 0.04, 0.06]) {
      #expect(abs(found - expected) < 1e-15)
    }
    #expect(MultipleComparisons.holm([0.9, 0.8]) == [1, 1])
    #expect(MultipleComparisons.holm([]) == [])
  }
}
