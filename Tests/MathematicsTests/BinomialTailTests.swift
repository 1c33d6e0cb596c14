import Foundation
import Testing

@testable import Mathematics

@Suite struct BinomialTailTests {
  /// By Pascal's triangle in whole numbers.
  private func exact(_ hits: Int, _ count: Int, _ probability: Double) -> Double {
    var row = [1.0]
    for _ in 0..<count { row = zip(row + [0], [0] + row).map(+) }
    return (0...hits).map {
      row[$0] * pow(probability, Double($0)) * pow(1 - probability, Double(count - $0))
    }.reduce(0, +)
  }

  @Test(arguments: [(0, 12, 0.2), (3, 12, 0.2), (11, 12, 0.9), (7, 40, 0.1), (20, 40, 0.5)])
  func sumsOfTheDistribution(_ hits: Int, _ count: Int, _ probability: Double) {
    let found = BinomialTail.atMost(hits, of: count, probability: probability)
    #expect(abs(found - exact(hits, count, probability)) < 1e-12)
  }

  @Test func theEnds() {
    #expect(BinomialTail.atMost(-1, of: 5, probability: 0.3) == 0)
    #expect(BinomialTail.atMost(5, of: 5, probability: 0.3) == 1)
    #expect(BinomialTail.atMost(2, of: 5, probability: 0) == 1)
    #expect(BinomialTail.atMost(2, of: 5, probability: 1) == 0)
  }

  /// The rule of three, (1 − p)ⁿ = level: 298 examples without a hit are one too few for 1% at 95%.
  @Test func theMostHitsThatPromiseSomething() {
    #expect(BinomialTail.most(of: 298, probability: 0.01, level: 0.05) == nil)
    #expect(BinomialTail.most(of: 299, probability: 0.01, level: 0.05) == 0)
    let most = BinomialTail.most(of: 40, probability: 0.5, level: 0.05)!
    #expect(exact(most, 40, 0.5) <= 0.05 && exact(most + 1, 40, 0.5) > 0.05)
  }

  /// SciPy 1.17: binomtest(k, n).proportion_ci(0.95, 'exact').
  @Test(arguments: [
    (0, 30, 0.0, 0.115_703_308_222_027_4), (30, 30, 0.884_296_691_777_972_5, 1.0),
    (3, 30, 0.021_117_137_029_722_6, 0.265_288_450_474_208_2),
  ])
  func intervalsOfClopperAndPearson(_ hits: Int, _ count: Int, _ low: Double, _ high: Double) {
    let interval = BinomialTail.interval(hits, of: count)
    #expect(abs(interval.lowerBound - low) < 1e-12 && abs(interval.upperBound - high) < 1e-12)
  }
}
