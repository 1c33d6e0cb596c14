import Foundation
import Testing

@testable import Mathematics

@Suite struct WilsonTests {
  /// By definition the ends are the shares whose own standard error, times two, reaches the one found.
  @Test(arguments: [(3, 10), (1, 2), (500, 1_000), (9_990, 10_000)])
  func endsAreSharesThatReachTheOneFound(right: Int, count: Int) {
    let found = Double(right) / Double(count)
    let estimate = Estimate(of: (0..<count).map { $0 < right ? 1 : 0 })
    let interval = estimate.wilsonInterval()
    for end in [interval.lowerBound, interval.upperBound] {
      let reach = 2 * (end * (1 - end) / Double(count)).squareRoot()
      #expect(abs(abs(found - end) - reach) < 1e-12)
    }
    #expect(interval.lowerBound < found && found < interval.upperBound)
  }

  /// All of n right: from n / (n + 4) to 1.
  @Test(arguments: [1, 18, 10_000])
  func allRightIsNotCertain(count: Int) {
    let interval = Estimate(of: [Double](repeating: 1, count: count)).wilsonInterval()
    #expect(abs(interval.lowerBound - Double(count) / Double(count + 4)) < 1e-12)
    #expect(interval.upperBound == 1)
    let none = Estimate(of: [Double](repeating: 0, count: count)).wilsonInterval()
    #expect(none.lowerBound == 0 && abs(none.upperBound - 4 / Double(count + 4)) < 1e-12)
  }

  @Test func nothingSeenIsAnything() {
    #expect(Estimate(of: []).wilsonInterval() == 0...1)
  }
}
