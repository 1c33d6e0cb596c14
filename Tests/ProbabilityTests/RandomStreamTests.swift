import Foundation
import Mathematics
import Testing

@testable import Probability

@Suite struct RandomStreamTests {
  /// Known answers published with Random123 (`kat_vectors`, philox4x32 10).
  @Test func philoxGivesThePublishedAnswers() {
    let ones = UInt32.max
    #expect(
      Philox.block(counter: .zero, key: .zero)
        == SIMD4(0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8)
    )
    #expect(
      Philox.block(counter: SIMD4(repeating: ones), key: SIMD2(repeating: ones))
        == SIMD4(0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD)
    )
    #expect(
      Philox.block(
        counter: SIMD4(0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344),
        key: SIMD2(0xA409_3822, 0x299F_31D0)
      )
        == SIMD4(0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1)
    )
  }

  @Test func wordsAreTheBlocksInOrder() {
    var random = RandomStream(seed: 0)
    #expect(random.next() == 0xE169_C58D_6627_E8D5)
    #expect(random.next() == 0x9B00_DBD8_BC57_AC4C)
  }

  @Test func aSavedStreamGoesOnAsIfNothingHappened() throws {
    var random = RandomStream(seed: 3, stream: 4)
    for _ in 0..<7 { _ = random.next() }
    let saved = try JSONEncoder().encode(random)
    var resumed = try JSONDecoder().decode(RandomStream.self, from: saved)
    for _ in 0..<10 { #expect(random.next() == resumed.next()) }
  }

  @Test func streamsAndChildrenDiffer() {
    let parent = RandomStream(seed: 3)
    var firsts: Set<UInt64> = []
    for i in 0..<100 {
      var stream = RandomStream(seed: 3, stream: UInt64(i))
      var child = parent.split(UInt64(i))
      firsts.insert(stream.next())
      firsts.insert(child.next())
    }
    #expect(firsts.count == 200)
  }

  /// 20 equally likely bins; the threshold is the χ²(19) value exceeded with probability 10⁻⁵.
  @Test func normalDrawsFillTheQuantilesEvenly() {
    var random = RandomStream(seed: 11)
    var counts = [Int](repeating: 0, count: 20)
    let edges = (1..<20).map { StandardNormal.quantile(Double($0) / 20) }
    for _ in 0..<200_000 {
      let x = random.normal()
      counts[edges.count { $0 < x }] += 1
    }
    #expect(chiSquare(counts) < 57.37)
  }

  /// The tail beyond the ziggurat's last layer, 3.44: P = 5.758e−4.
  @Test func normalTailsHaveTheirWeight() {
    var random = RandomStream(seed: 12)
    let count = 1_000_000
    var beyond = 0
    for _ in 0..<count where abs(random.normal()) > 3.5 { beyond += 1 }
    // P(|x| > 3.5) = 4.6526e−4; the threshold is 5 standard errors.
    let expected = 4.6526e-4 * Double(count)
    #expect(abs(Double(beyond) - expected) < 5 * expected.squareRoot())
  }

  /// First two moments within 5 standard errors (false alarm below 6·10⁻⁷ each).
  @Test(arguments: [
    ("exponential", 1.0, 1.0), ("gamma 0.4", 0.4, 0.4), ("gamma 7", 7, 7),
    ("poisson 3", 3, 3), ("poisson 40", 40, 40),
  ])
  func moments(_ name: String, _ mean: Double, _ variance: Double) {
    var random = RandomStream(seed: 13)
    let draws = (0..<100_000).map { _ in
      switch name {
      case "exponential": random.exponential()
      case "gamma 0.4", "gamma 7": random.gamma(shape: mean)
      default: Double(random.poisson(mean: mean))
      }
    }
    expectMean(draws, mean, name)
    expectMean(draws.map { ($0 - mean) * ($0 - mean) }, variance, name)
  }

  private func expectMean(_ values: [Double], _ expected: Double, _ name: String) {
    let error = (Diagnostics.variance(values) / Double(values.count)).squareRoot()
    #expect(abs(Diagnostics.mean(values) - expected) < 5 * error, "\(name)")
  }
}

/// Pearson's statistic against equal expected counts.
func chiSquare(_ counts: [Int]) -> Double {
  let expected = Double(counts.reduce(0, +)) / Double(counts.count)
  return counts.reduce(0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
}
